#include "pkg/pivot/graph.h"

#include <algorithm>
#include <deque>

namespace slipway::pivot {
namespace {

constexpr std::string_view kClusterGroup = "cluster.x-k8s.io";

void add_once(std::vector<std::size_t>& list, std::size_t i) {
  if (std::ranges::find(list, i) == list.end()) list.push_back(i);
}

// Kinds that clone templates: a template that none owns yet belongs to who names it.
bool clones_templates(const Kind& kind) {
  if (is_class(kind) || kind.kind == "KubeadmControlPlane") return true;
  return kind.gvr.group == kClusterGroup && (kind.kind == "MachineDeployment" || kind.kind == "MachineSet" || kind.kind == "MachinePool");
}

}  // namespace

Graph::Graph(const Inventory& inventory) : inventory_(inventory), links_(inventory.items.size()) {
  for (std::size_t i = 0; i < inventory.items.size(); ++i) {
    const Item& item = inventory.items[i];
    by_uid_.emplace(item.uid, i);
    by_kind_and_name_.emplace(std::pair<std::string_view, std::string_view>(inventory.kind_of(item).kind, item.key.name), i);
  }
  for (std::size_t i = 0; i < links_.size(); ++i) {
    add_hard(i);
    add_soft(i);
  }
  reverse();
}

void Graph::add_hard(std::size_t i) {
  for (const auto& owner : inventory_.items[i].owners) {
    const auto found = by_uid_.find(owner.uid);
    if (found != by_uid_.end())
      add_once(links_[i].owners, found->second);
    else
      (knows(owner.group, owner.kind) ? links_[i].stale : links_[i].foreign).push_back(owner);
  }
}

void Graph::own_softly(std::size_t owner, std::size_t dependent) {
  if (owner != dependent) add_once(links_[dependent].soft, owner);
}

void Graph::add_soft(std::size_t i) {
  const Item& item = inventory_.items[i];
  const Kind& kind = inventory_.kind_of(item);
  const auto cluster = [&](std::string_view name) { return find(std::string(kClusterGroup), "Cluster", {item.key.ns, std::string(name)}); };
  if (is_core(kind) && kind.kind == "Secret" && item.owners.empty()) {
    const auto name = cluster_of_secret(item.key.name);
    if (const auto owner = name.empty() ? std::nullopt : cluster(name)) own_softly(*owner, i);
  }
  if (!item.cluster.empty())
    if (const auto owner = cluster(item.cluster)) own_softly(*owner, i);
  if (!item.classed.name.empty())
    if (const auto owner = find(std::string(kClusterGroup), "ClusterClass", item.classed)) add_once(links_[i].after, *owner);
  for (const auto& reference : item.references) {
    const bool identity = reference.field.ends_with(".identityRef");
    if (!identity && !(clones_templates(kind) && reference.kind.ends_with("Template"))) continue;
    const auto to = resolve(i, reference);
    if (!to || *to == i) continue;
    const Item& named = inventory_.items[*to];
    if (identity && named.key.ns.empty()) add_once(links_[i].after, *to);
    if (!identity && named.owners.empty()) own_softly(i, *to);
  }
}

std::vector<std::size_t> Graph::before(std::size_t i) const {
  std::vector<std::size_t> all = links_[i].owners;
  for (const auto* list : {&links_[i].soft, &links_[i].after})
    for (const auto one : *list) add_once(all, one);
  return all;
}

void Graph::reverse() {
  for (std::size_t i = 0; i < links_.size(); ++i) {
    const Links& links = links_[i];
    for (const auto one : before(i)) {
      links_[one].followers.push_back(i);
      const bool owns = std::ranges::find(links.owners, one) != links.owners.end() || std::ranges::find(links.soft, one) != links.soft.end();
      if (owns) links_[one].dependents.push_back(i);
    }
  }
}

bool Graph::knows(const std::optional<std::string>& group, std::string_view kind) const {
  return std::ranges::any_of(inventory_.kinds, [&](const Kind& k) { return k.kind == kind && (!group || k.gvr.group == *group); });
}

std::optional<std::size_t> Graph::find(const std::optional<std::string>& group, std::string_view kind, const kube::ObjectKey& key) const {
  std::optional<std::size_t> found;
  const auto [first, last] = by_kind_and_name_.equal_range(std::pair<std::string_view, std::string_view>(kind, key.name));
  for (auto it = first; it != last; ++it) {
    const Item& item = inventory_.items[it->second];
    if (item.key.ns != key.ns || (group && inventory_.kind_of(item).gvr.group != *group)) continue;
    if (found) return std::nullopt;
    found = it->second;
  }
  return found;
}

std::optional<std::size_t> Graph::resolve(std::size_t from, const Reference& reference) const {
  const std::string& own = inventory_.items[from].key.ns;
  const auto named = find(reference.group, reference.kind, {reference.key.ns.empty() ? own : reference.key.ns, reference.key.name});
  if (named) return named;
  const auto global = find(reference.group, reference.kind, {"", reference.key.name});
  if (global || !own.empty() || !reference.key.ns.empty()) return global;
  const auto [first, last] = by_kind_and_name_.equal_range(std::pair<std::string_view, std::string_view>(reference.kind, reference.key.name));
  for (auto it = first; it != last; ++it)
    if (!reference.group || inventory_.kind_of(inventory_.items[it->second]).gvr.group == *reference.group) return it->second;
  return std::nullopt;
}

std::vector<std::optional<std::size_t>> Graph::levels(const std::vector<bool>& in) const {
  std::vector<std::optional<std::size_t>> level(links_.size());
  std::vector<std::size_t> waits(links_.size(), 0);
  std::vector<std::size_t> highest(links_.size(), 0);
  std::deque<std::size_t> ready;
  for (std::size_t i = 0; i < links_.size(); ++i) {
    if (!in[i]) continue;
    for (const auto one : before(i)) waits[i] += in[one] ? 1 : 0;
    if (waits[i] == 0) ready.push_back(i);
  }
  while (!ready.empty()) {
    const std::size_t i = ready.front();
    ready.pop_front();
    level[i] = highest[i];
    for (const auto next : links_[i].followers) {
      if (!in[next]) continue;
      highest[next] = std::max(highest[next], highest[i] + 1);
      if (--waits[next] == 0) ready.push_back(next);
    }
  }
  return level;
}

}  // namespace slipway::pivot
