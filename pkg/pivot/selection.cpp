#include "pkg/pivot/selection.h"

#include <algorithm>
#include <map>

#include "pkg/pivot/names.h"
#include "pkg/pivot/plan.h"

namespace slipway::pivot {
namespace {

using Indices = std::vector<std::size_t>;

bool is_resource_set(const Kind& kind) { return kind.is("addons.cluster.x-k8s.io", "ClusterResourceSet"); }

class Selector {
 public:
  Selector(const Inventory& inventory, const Graph& graph) : inventory_(inventory), graph_(graph), below_root_(graph.size()) {
    for (auto* flags : {&out_.own, &out_.others, &out_.companion, &out_.shared, &out_.movable}) flags->resize(graph.size());
  }

  void find_clusters(const std::vector<kube::ObjectKey>& wanted);
  void find_movable();
  void match_resource_sets();
  void find_companions();
  void find_shared();
  [[nodiscard]] Selection finish() && { return std::move(out_); }

 private:
  [[nodiscard]] const Item& item(std::size_t i) const { return inventory_.items[i]; }
  [[nodiscard]] const Kind& kind(std::size_t i) const { return inventory_.kind_of(item(i)); }
  [[nodiscard]] bool comes(std::size_t i) const { return out_.own[i] || out_.companion[i]; }
  [[nodiscard]] Indices used_by(std::size_t i) const;
  void walk(Indices roots, std::vector<bool>& reached) const;
  void take(std::size_t i);
  void take_dependents(std::size_t i);
  void share(std::size_t i);

  const Inventory& inventory_;
  const Graph& graph_;
  std::vector<bool> below_root_;  // a root other than a Cluster, or what it owns
  Indices selected_, rest_;       // Clusters
  Indices fresh_, spreading_;
  Selection out_;
};

void Selector::walk(Indices stack, std::vector<bool>& reached) const {
  while (!stack.empty()) {
    const std::size_t i = stack.back();
    stack.pop_back();
    if (reached[i]) continue;
    reached[i] = true;
    std::ranges::copy(graph_[i].dependents, std::back_inserter(stack));
  }
}

std::string listing(const Inventory& inventory, const Indices& clusters) {
  std::vector<std::string> keys;
  for (const auto i : clusters) keys.push_back(inventory.items[i].key.to_string());
  std::ranges::sort(keys);
  return keys.empty() ? "none" : enumerate(keys);
}

void Selector::find_clusters(const std::vector<kube::ObjectKey>& wanted) {
  Indices all;
  for (std::size_t i = 0; i < graph_.size(); ++i)
    if (is_cluster(kind(i))) all.push_back(i);
  std::vector<bool> chosen(graph_.size());
  for (const auto& key : wanted) {
    Indices found;
    std::ranges::copy_if(all, std::back_inserter(found), [&](std::size_t i) { return names({key}, item(i).key); });
    if (found.empty()) out_.problems.push_back("there is no Cluster " + key.to_string() + "; the source has " + listing(inventory_, all));
    if (found.size() > 1) out_.problems.push_back("Cluster " + key.name + " is ambiguous: say which of " + listing(inventory_, found));
    if (found.size() == 1) chosen[found.front()] = true;
  }
  for (const auto i : all) (chosen[i] ? selected_ : rest_).push_back(i);
  walk(selected_, out_.own);
  walk(rest_, out_.others);
}

void Selector::find_movable() {
  Indices roots;
  for (std::size_t i = 0; i < graph_.size(); ++i) {
    if (is_provider(kind(i)) || is_cluster(kind(i))) continue;
    if (kind(i).hierarchy || item(i).hierarchy) roots.push_back(i);
    out_.movable[i] = kind(i).move || item(i).move || out_.own[i] || out_.others[i];
  }
  walk(std::move(roots), below_root_);
  for (std::size_t i = 0; i < graph_.size(); ++i) out_.movable[i] = out_.movable[i] || below_root_[i] || is_cluster(kind(i));
}

// Owners, what must be there before, and what its fields name.
Indices Selector::used_by(std::size_t i) const {
  Indices used = graph_[i].owners;
  std::ranges::copy(graph_[i].soft, std::back_inserter(used));
  std::ranges::copy(graph_[i].after, std::back_inserter(used));
  for (const auto& reference : item(i).references)
    if (const auto to = graph_.resolve(i, reference)) used.push_back(*to);
  return used;
}

void Selector::take(std::size_t i) {
  if (comes(i) || out_.others[i] || is_provider(kind(i))) return;
  out_.companion[i] = true;
  fresh_.push_back(i);
}

// Of a companion's dependents those come that have no owner that stays: an address under a common pool stays with its own claim.
void Selector::take_dependents(std::size_t i) {
  if (out_.own[i]) return;
  for (const auto d : graph_[i].dependents)
    if (std::ranges::all_of(graph_[d].owners, [&](std::size_t o) { return comes(o); })) take(d);
}

// A ClusterResourceSet chooses Clusters by their labels, before any binding tells.
void Selector::match_resource_sets() {
  std::map<std::size_t, json::Value> labels;
  for (const auto* clusters : {&selected_, &rest_})
    for (const auto c : *clusters) {
      const auto object = json::parse(item(c).text);
      labels.emplace(c, object ? (*object)["metadata"]["labels"] : json::Value());
    }
  for (std::size_t i = 0; i < graph_.size(); ++i) {
    if (!is_resource_set(kind(i))) continue;
    const auto object = json::parse(item(i).text);
    if (!object) continue;
    const auto matches = [&](std::size_t c) {
      return item(c).key.ns == item(i).key.ns && label_selector_matches((*object)["spec"]["clusterSelector"], labels.at(c));
    };
    if (std::ranges::any_of(selected_, matches)) take(i);
    if (std::ranges::any_of(rest_, matches)) spreading_.push_back(i);
  }
}

void Selector::find_companions() {
  for (std::size_t i = 0; i < graph_.size(); ++i)
    if (out_.own[i]) fresh_.push_back(i);
  while (!fresh_.empty()) {
    const std::size_t i = fresh_.back();
    fresh_.pop_back();
    const Indices& after = graph_[i].after;
    for (const auto used : used_by(i)) {
      const bool identity = item(used).key.ns.empty() && std::ranges::find(after, used) != after.end();
      if ((out_.movable[used] || identity) && !is_cluster(kind(used))) take(used);
    }
    if (below_root_[i] || item(i).key.ns.empty()) take_dependents(i);
  }
}

void Selector::share(std::size_t i) {
  if (!comes(i) || out_.shared[i]) return;
  out_.shared[i] = true;
  spreading_.push_back(i);
}

// What something uses that stays on the source must stay there too, with all that it owns and uses itself.
void Selector::find_shared() {
  Indices seeds = std::move(spreading_);
  spreading_.clear();
  for (const auto i : seeds) share(i);
  for (std::size_t i = 0; i < graph_.size(); ++i) {
    if (out_.own[i] && out_.others[i]) share(i);
    if (comes(i) && item(i).key.ns.empty()) share(i);
    if (comes(i) || is_provider(kind(i))) continue;
    for (const auto used : used_by(i))
      if (out_.companion[used]) share(used);
  }
  while (!spreading_.empty()) {
    const std::size_t i = spreading_.back();
    spreading_.pop_back();
    if (out_.own[i]) continue;
    for (const auto used : used_by(i))
      if (out_.companion[used]) share(used);
    for (const auto d : graph_[i].dependents)
      if (out_.companion[d]) share(d);
  }
}

bool expression_matches(const json::Value& expression, const json::Value& labels) {
  const std::string key = expression["key"].str();
  const std::string_view op = expression["operator"].as_string();
  const bool there = labels.contains(key);
  if (op == "Exists") return there;
  if (op == "DoesNotExist") return !there;
  const bool in = there && std::ranges::any_of(expression["values"].array(), [&](const auto& v) { return v == labels[key]; });
  return op == "In" ? in : op == "NotIn" && !in;
}

}  // namespace

bool label_selector_matches(const json::Value& selector, const json::Value& labels) {
  const auto& wanted = selector["matchLabels"].object();
  const auto& expressions = selector["matchExpressions"].array();
  if (wanted.empty() && expressions.empty()) return false;
  return std::ranges::all_of(wanted, [&](const auto& m) { return labels.contains(m.key) && labels[m.key] == m.value; }) &&
         std::ranges::all_of(expressions, [&](const auto& e) { return expression_matches(e, labels); });
}

Selection select(const Inventory& inventory, const Graph& graph, const std::vector<kube::ObjectKey>& clusters) {
  Selector selector(inventory, graph);
  selector.find_clusters(clusters);
  selector.find_movable();
  selector.match_resource_sets();
  selector.find_companions();
  selector.find_shared();
  return std::move(selector).finish();
}

}  // namespace slipway::pivot
