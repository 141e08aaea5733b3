#include <algorithm>
#include <set>

#include "pkg/pivot/detail/move.h"
#include "pkg/pivot/names.h"
#include "pkg/pivot/payload.h"

namespace slipway::pivot::detail {
namespace {

// Classes come with packages on both sides; so do the templates that a class owns. What a selected Cluster uses and does not own may have come with another.
bool is_definition(const Snapshot& snapshot, std::size_t i) {
  const Kind& kind = snapshot.inventory.kind_of(snapshot.inventory.items[i]);
  if (is_class(kind) || (!snapshot.draft.companions.empty() && snapshot.draft.companions[i])) return true;
  const auto& owners = snapshot.inventory.items[i].owners;
  return kind.kind.ends_with("Template") && !owners.empty() &&
         std::ranges::all_of(owners, [](const Owner& o) { return o.kind == "ClusterClass" && o.group == "cluster.x-k8s.io"; });
}

}  // namespace

const Item* TargetSet::at(std::size_t kind, const kube::ObjectKey& key) const {
  const auto found = by_key.find({kind, key});
  return found == by_key.end() ? nullptr : &inventory.items[found->second];
}

const Item* TargetSet::copy_of(const std::string& source_uid) const {
  const auto found = by_source_uid.find(source_uid);
  return found == by_source_uid.end() ? nullptr : &inventory.items[found->second];
}

Awaitable<Result<TargetSetPtr>> read_target(MovePtr move, std::vector<Kind> kinds, KeepText keep_text) {
  Result<Inventory> inventory = co_await read_inventory(move->target, std::move(kinds), std::move(keep_text), move->options.max_concurrency);
  if (!inventory) co_return fail(std::move(inventory).error());
  const auto set = std::make_shared<TargetSet>();
  set->inventory = std::move(*inventory);
  set->kinds_read = set->inventory.kinds.size();
  for (std::size_t i = 0; i < set->inventory.items.size(); ++i) {
    const Item& item = set->inventory.items[i];
    set->by_key.emplace(std::pair(item.kind, item.key), i);
    if (item.move_id == move->options.id) set->by_source_uid.emplace(item.source_uid, i);
  }
  co_return set;
}

Awaitable<Result<TargetSetPtr>> read_target(MovePtr move, SnapshotPtr snapshot, Look look) {
  const Inventory& source = snapshot->inventory;
  std::vector<bool> used(source.kinds.size());
  const auto definitions = std::make_shared<std::set<std::pair<std::string, kube::ObjectKey>>>();  // by "resource.version.group"
  for (std::size_t i = 0; i < source.items.size(); ++i) {
    if (!snapshot->copied(i)) continue;
    const Item& item = source.items[i];
    used[item.kind] = true;
    if (is_definition(*snapshot, i)) definitions->emplace(source.kind_of(item).gvr.to_string(), snapshot->there(i));
  }
  std::vector<Kind> kinds;
  std::vector<std::size_t> original;
  for (std::size_t k = 0; k < used.size(); ++k) {
    if (!used[k]) continue;
    kinds.push_back(source.kinds[k]);
    original.push_back(k);
  }
  const auto keep = [definitions, look](const Kind& kind, const Item& item, const kube::Object& object) {
    if (look) look(item, object);
    return definitions->contains({kind.gvr.to_string(), item.key});
  };
  Result<TargetSetPtr> set = co_await read_target(move, std::move(kinds), keep);
  if (!set) co_return set;
  std::map<std::pair<std::size_t, kube::ObjectKey>, std::size_t> by_key;
  for (const auto& [key, i] : (*set)->by_key) by_key.emplace(std::pair(original[key.first], key.second), i);
  (*set)->by_key = std::move(by_key);
  for (auto& item : (*set)->inventory.items) item.kind = original[item.kind];
  (*set)->inventory.kinds = source.kinds;
  co_return set;
}

bool may_adopt(const Snapshot& snapshot, std::size_t i, const Item& there) {
  if (snapshot.fate(i) == Fate::Keep) return true;
  if (!is_definition(snapshot, i)) return false;
  const auto ours = json::parse(snapshot.inventory.items[i].text);
  const auto theirs = json::parse(there.text);
  return ours && theirs && same_payload(snapshot.inventory.kind_of(snapshot.inventory.items[i]), relocated(*ours, snapshot.scope), *theirs);
}

Error collision(const Snapshot& snapshot, std::size_t i) {
  const Item& item = snapshot.inventory.items[i];
  const std::string as = snapshot.there(i) == item.key ? std::string() : " (as " + snapshot.there(i).to_string() + ")";
  return Error(Disposition::Terminal, snapshot.inventory.describe(item) + as +
                                          " exists on the target already and is not a copy of this move: delete or rename it there, nothing was overwritten");
}

std::vector<std::size_t> groups_of(const TargetSet& target) {
  const Graph graph(target.inventory);
  std::vector<bool> ours(target.inventory.items.size());
  for (const auto& [uid, i] : target.by_source_uid) ours[i] = true;
  const auto levels = graph.levels(ours);
  std::vector<std::size_t> groups;
  for (const auto& level : levels) groups.push_back(level.value_or(0));
  return groups;
}

}  // namespace slipway::pivot::detail
