// Server-side dry-run creates on the target: its webhooks and schemas say now what they would say in the middle of the move. All objects with `rehearse`, else
// one of each kind. Not rehearsed: a Cluster whose ClusterClass is not on the target yet (a dry run leaves none behind, and the webhook asks for it).
#include <set>

#include "pkg/pivot/detail/move.h"
#include "pkg/pivot/payload.h"

namespace slipway::pivot::detail {
namespace {

struct Rehearsal {
  SnapshotPtr snapshot;
  std::vector<std::size_t> items;
  std::vector<std::string> refusals;
};

bool class_is_missing(const Snapshot& snapshot, const TargetSet& target, const Item& item) {
  if (item.classed.name.empty()) return false;
  for (std::size_t k = 0; k < snapshot.inventory.kinds.size(); ++k)
    if (is_class(snapshot.inventory.kinds[k])) return target.at(k, snapshot.scope.there(item.classed)) == nullptr;
  return true;
}

std::vector<std::size_t> choose(const Move& move, const Snapshot& snapshot, const TargetSet& target) {
  std::vector<std::size_t> chosen;
  std::set<std::size_t> kinds;
  for (std::size_t i = 0; i < snapshot.inventory.items.size(); ++i) {
    const Item& item = snapshot.inventory.items[i];
    if (!snapshot.copied(i) || target.at(item.kind, snapshot.there(i)) != nullptr || class_is_missing(snapshot, target, item)) continue;
    if (kinds.insert(item.kind).second || move.options.rehearse) chosen.push_back(i);
  }
  return chosen;
}

Awaitable<Status> rehearse_one(MovePtr move, std::shared_ptr<Rehearsal> rehearsal, std::size_t n) {
  const Inventory& inventory = rehearsal->snapshot->inventory;
  const Item& item = inventory.items[rehearsal->items[n]];
  auto object = json::parse(item.text);
  if (!object) co_return fail(std::move(object).error().in(inventory.describe(item)));
  // Owners have no UID there yet; what the source calls them does for a rehearsal.
  const CopyOptions options{
      .move_id = move->options.id, .scope = move->scope, .target_uid = [](std::string_view uid) { return std::optional(std::string(uid)); }};
  kube::Object body = copy_for_target(inventory.kind_of(item), *object, options);
  Result<kube::Object> answer = co_await move->target->create(inventory.kind_of(item).gvr, std::move(body), {.dry_run = true, .metadata_only = true});
  if (answer) co_return Status();
  if (answer.error().is(Disposition::Canceled) || worth_retry(answer.error())) co_return fail(std::move(answer).error().in("rehearsing on the target"));
  rehearsal->refusals.push_back(inventory.describe(item) + ": " + answer.error().message());
  co_return Status();
}

}  // namespace

Awaitable<Status> rehearse(MovePtr move, SnapshotPtr snapshot, TargetSetPtr target) {
  const auto rehearsal = std::make_shared<Rehearsal>();
  rehearsal->snapshot = snapshot;
  rehearsal->items = choose(*move, *snapshot, *target);
  Status done = co_await for_each(move->target, rehearsal->items.size(), move->options.max_concurrency,
                                  [move, rehearsal](std::size_t n) { return rehearse_one(move, rehearsal, n); });
  if (!done) co_return done;
  if (rehearsal->refusals.empty()) co_return Status();
  co_return fail(Disposition::Terminal, "the target would refuse: " + enumerate(rehearsal->refusals));
}

}  // namespace slipway::pivot::detail
