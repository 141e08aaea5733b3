// After the deletes: what stays on the source is as it was. A class that the target had already was paused and is not deleted; and where Clusters stay, the
// source lives on, so its providers come back. They do not where one that has moved is there again: two sets of providers would work on its machines. All of it
// may be done twice.
#include <algorithm>

#include "pkg/log/log.h"
#include "pkg/pivot/detail/move.h"

namespace slipway::pivot::detail {
namespace {

struct Clusters {
  bool stay = false;
  std::vector<std::string> again;  // moved, and there all the same
};

// Both sets are of the same kinds in the same order.
Clusters sort_out(const Move& move, const Inventory& left, const TargetSet& target) {
  Clusters out;
  for (const auto& item : left.items) {
    if (!is_cluster(left.kind_of(item))) continue;
    out.stay = true;
    const Item* copy = target.at(item.kind, move.scope.there(item.key));
    if (copy != nullptr && copy->move_id == move.options.id) out.again.push_back(left.describe(item));
  }
  return out;
}

}  // namespace

Awaitable<Status> leave_source(MovePtr move) {
  std::vector<Kind> kinds = move->journal.kinds;
  std::erase_if(kinds, [](const Kind& kind) { return !is_cluster(kind) && !is_class(kind); });
  Result<TargetSetPtr> target = co_await read_target(move, kinds, no_text());
  if (!target) co_return fail(std::move(target).error());
  Result<Inventory> left = co_await read_inventory(move->source, std::move(kinds), no_text(), move->options.max_concurrency);
  if (!left) co_return fail(std::move(left).error());
  for (const auto& item : left->items) {
    const Item* copy = (*target)->copy_of(item.uid);
    if (copy != nullptr && !copy->kept_on_source)
      co_return fail(Disposition::Terminal, left->describe(item) + " is still on the source, paused, though it has moved: run the move again");
  }
  const bool paused = std::ranges::any_of(left->items, [&](const Item& item) { return item.pause_token == move->options.id; });
  if (paused) {
    Status restored = co_await restore_pauses(move);
    if (!restored) co_return restored;
  }
  const Clusters clusters = sort_out(*move, *left, **target);
  if (!clusters.again.empty() && !move->journal.quiesced)
    co_return fail(
        Disposition::Terminal,
        enumerate(clusters.again) +
            ": moved, and made again on the source, where providers run; the copies on the target stay paused. Pause it there, stop who makes it (Flux, "
            "Argo CD), take its finalizers off and delete it, and run the move again");
  for (const auto& name : clusters.again)
    log::warn("a Cluster that has moved is on the source again: the source's providers stay down", {{"move", move->options.id}, {"object", name}});
  if (!clusters.stay || !clusters.again.empty() || !move->journal.quiesced) co_return Status();
  log::info("providers of the source come back: Clusters stay on it", {{"move", move->options.id}});
  Status awake = co_await wake(move);
  co_return awake;
}

}  // namespace slipway::pivot::detail
