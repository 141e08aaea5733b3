// The target takes over: one patch an object takes our marks off and restores managedFields; ClusterClasses after all that is not paused, Clusters last, each
// with its user's own pause state in the same patch. What still carries our marks is what is left to do.
#include <algorithm>

#include "pkg/pivot/detail/measure.h"
#include "pkg/pivot/detail/move.h"
#include "pkg/pivot/names.h"
#include "pkg/pivot/payload.h"

namespace slipway::pivot::detail {
namespace {

struct Wave {
  TargetSetPtr target;
  std::vector<std::size_t> items;
  bool all_done = true;  // by the server's answers
};

std::size_t rank(const Kind& kind) { return is_cluster(kind) ? 2 : is_class(kind) ? 1 : 0; }

std::vector<std::shared_ptr<Wave>> waves(const TargetSetPtr& target) {
  std::vector<std::shared_ptr<Wave>> out;
  for (std::size_t r = 0; r < 3; ++r) {
    out.push_back(std::make_shared<Wave>());
    out.back()->target = target;
  }
  for (const auto& [uid, i] : target->by_source_uid) out[rank(target->inventory.kind_of(target->inventory.items[i]))]->items.push_back(i);
  return out;
}

// Gone, or another object by now: the next look at the target tells.
bool is_other(const Error& error) { return error.is(Disposition::NotFound) || error.is(Disposition::Conflict); }

Awaitable<Status> finalize_one(MovePtr move, std::shared_ptr<Wave> wave, std::size_t n) {
  const Inventory& inventory = wave->target->inventory;
  const Item& item = inventory.items[wave->items[n]];
  const Kind& kind = inventory.kind_of(item);
  auto object = json::parse(item.text);
  if (!object) co_return fail(std::move(object).error());
  auto found = move->journal.pauses.find(pause_key(kind, move->scope.here(item.key)));  // by the name on the source
  if (found == move->journal.pauses.end()) found = move->journal.pauses.find(pause_key(kind, item.key));
  const std::string state = found == move->journal.pauses.end() ? std::string() : found->second;
  auto first = unpause_patch(kind, *object, state);
  if (first) {
    Result<kube::Object> unpaused = co_await move->target->patch(kind.gvr, item.key, std::move(*first));
    if (!unpaused && !is_other(unpaused.error())) co_return fail(std::move(unpaused).error().in("unpausing " + inventory.describe(item) + " on the target"));
  }
  json::Value patch = finalize_patch(kind, *object, state);
  Result<kube::Object> patched = co_await move->target->patch(kind.gvr, item.key, std::move(patch), {.dry_run = false, .metadata_only = true});
  if (!patched && !is_other(patched.error())) co_return fail(std::move(patched).error().in("finalizing " + inventory.describe(item) + " on the target"));
  count_object(Deed::Finalized, kind);
  wave->all_done = wave->all_done && patched.has_value();
  report(*move, false);
  co_return Status();
}

}  // namespace

Awaitable<Result<Event>> finalize(MovePtr move) {
  const auto ours = [id = move->options.id](const Kind&, const Item& item, const kube::Object&) { return item.move_id == id; };
  for (int round = 1;; ++round) {
    Result<TargetSetPtr> target = co_await read_target(move, move->journal.kinds, ours);
    if (!target) co_return fail(std::move(target).error());
    if ((*target)->by_source_uid.empty()) co_return Event::Done;
    if (round > kMaxRounds)
      co_return fail(Disposition::Terminal, std::to_string((*target)->by_source_uid.size()) + " objects on the target do not lose the marks of the move");
    bool all_done = true;
    for (const auto& wave : waves(*target)) {
      Status done = co_await for_each(move->target, wave->items.size(), move->options.max_concurrency,
                                      [move, wave](std::size_t n) { return finalize_one(move, wave, n); });
      if (!done) co_return fail(std::move(done).error());
      all_done = all_done && wave->all_done;
    }
    if (all_done) co_return Event::Done;
  }
}

}  // namespace slipway::pivot::detail
