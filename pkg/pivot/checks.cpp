// What is said about the set itself, before it is paused and again when it is frozen.
#include <algorithm>
#include <set>

#include "pkg/base/strings.h"
#include "pkg/kube/mapper.h"
#include "pkg/log/log.h"
#include "pkg/pivot/detail/move.h"

namespace slipway::pivot::detail {
namespace {

Awaitable<Result<bool>> exists(SidePtr side, kube::GroupVersionResource gvr, kube::ObjectKey key) {
  Result<kube::Object> found = co_await side->get(std::move(gvr), std::move(key));
  if (!found && found.error().is(Disposition::NotFound)) co_return false;
  if (!found) co_return fail(std::move(found).error());
  co_return true;
}

struct Place {
  kube::GroupVersionResource gvr;
  kube::ObjectKey key;
};

// Where the object of a dangling reference is on the source; nothing where it does not exist there either.
Awaitable<Result<std::optional<Place>>> locate(MovePtr move, SnapshotPtr snapshot, std::shared_ptr<kube::Mapper> mapper, Dangling dangling) {
  const Inventory& inventory = snapshot->inventory;
  if (dangling.to) {
    const Item& item = inventory.items[*dangling.to];
    co_return Place{inventory.kind_of(item).gvr, item.key};
  }
  Result<std::vector<kube::ApiResource>> served = co_await mapper->versions_of(*dangling.reference.group, dangling.reference.kind);
  if (!served && served.error().is(Disposition::NotFound)) co_return std::nullopt;
  if (!served) co_return fail(std::move(served).error());
  Place place{served->front().gvr, dangling.reference.key};
  if (!place.gvr.namespaced) place.key.ns.clear();
  if (place.gvr.namespaced && place.key.ns.empty()) place.key.ns = inventory.items[dangling.from].key.ns;
  Result<bool> there = co_await exists(move->source, place.gvr, place.key);
  if (!there) co_return fail(std::move(there).error());
  if (!*there) co_return std::nullopt;
  co_return place;
}

}  // namespace

Status check_source(const Move& move, const Snapshot& snapshot) {
  const bool any = std::ranges::any_of(snapshot.draft.plan.objects, [](const PlannedObject& o) { return o.fate == Fate::Move; });
  std::vector<std::string> problems = snapshot.draft.blockers;
  if (!snapshot.archived)
    std::ranges::move(not_provisioned(snapshot.inventory, snapshot.draft.plan, move.options.allow_unprovisioned), std::back_inserter(problems));
  if (!problems.empty()) return fail(Disposition::Terminal, "the source cannot be moved now: " + enumerate(problems));
  if (!any) return fail(Disposition::Terminal, "nothing to move: the source has no Cluster in scope, nor anything labelled for a move");
  return {};
}

Awaitable<Result<std::vector<std::string>>> unmovable(MovePtr move, SnapshotPtr snapshot) {
  std::vector<std::string> sentences = snapshot->draft.plan.unmovable;
  const auto mapper = std::make_shared<kube::Mapper>(move->source->client());
  for (const auto& dangling : snapshot->draft.dangling) {
    Result<std::optional<Place>> place = co_await locate(move, snapshot, mapper, dangling);
    if (!place) co_return fail(std::move(place).error());
    if (!*place) continue;
    bool resolved = false;
    if (move->target) {
      Result<bool> there = co_await exists(move->target, (*place)->gvr, move->scope.there((*place)->key));
      if (!there) co_return fail(std::move(there).error());
      resolved = *there;
    }
    if (!resolved) sentences.push_back(sentence(snapshot->inventory, dangling, snapshot->draft.plan));
  }
  co_return sentences;
}

std::vector<std::string> lacking_kinds(const Snapshot& snapshot) {
  std::set<std::string> out;
  for (std::size_t i = 0; i < snapshot.inventory.items.size(); ++i)
    if (snapshot.copied(i)) out.insert(snapshot.kinds->lacking[snapshot.inventory.items[i].kind]);
  out.erase("");
  return {out.begin(), out.end()};
}

Awaitable<Status> check_set(MovePtr move, SnapshotPtr snapshot) {
  Status sound = check_source(*move, *snapshot);
  if (!sound) co_return sound;
  const std::vector<std::string> lacking = lacking_kinds(*snapshot);
  if (!lacking.empty()) co_return fail(Disposition::Terminal, "the target is not ready: " + enumerate(lacking));
  Result<std::vector<std::string>> left = co_await unmovable(move, snapshot);
  if (!left) co_return fail(std::move(left).error());
  for (const auto& note : snapshot->draft.plan.notes) log::info("plan", {{"move", move->options.id}, {"note", note}});
  if (left->empty()) co_return Status();
  if (move->options.fail_on_unmovable)
    co_return fail(Disposition::Terminal, "the move would leave something behind: " + enumerate(*left) +
                                              ". Label or own what must come along, create it on the target, or allow it (onUnmovable: Warn)");
  for (const auto& text : *left) log::warn("left behind", {{"move", move->options.id}, {"reason", text}});
  co_return Status();
}

}  // namespace slipway::pivot::detail
