#include "pkg/pivot/plan.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "pkg/base/strings.h"
#include "pkg/pivot/names.h"
#include "pkg/pivot/selection.h"

namespace slipway::pivot {
namespace {

enum Reach : unsigned { kNone = 0, kLocal = 1, kGlobal = 2, kShared = 4, kProvider = 8 };
constexpr std::string_view kNotSelected = "not selected";

// One planning; the steps run in the order of draft_plan().
class Planner {
 public:
  Planner(const Inventory& inventory, const Scope& scope)
      : inventory_(inventory), graph_(inventory), scope_(scope), reach_(inventory.items.size(), kNone), reason_(inventory.items.size()) {}

  void reach();
  void exclude();
  void propagate();
  void place();
  void follow_references();
  [[nodiscard]] Draft finish() &&;

 private:
  [[nodiscard]] const Item& item(std::size_t i) const { return inventory_.items[i]; }
  [[nodiscard]] const Kind& kind(std::size_t i) const { return inventory_.kind_of(item(i)); }
  [[nodiscard]] bool in_scope(std::size_t i) const { return selection_ || scope_.ns.empty() || item(i).key.ns.empty() || item(i).key.ns == scope_.ns; }
  void walk_roots();
  void add_labelled();
  void pull_identities();
  void follow_selection();
  void refuse_doubles();
  [[nodiscard]] std::set<std::string> provider_namespaces() const;
  [[nodiscard]] bool is_root(std::size_t i) const { return (kind(i).hierarchy || item(i).hierarchy) && !is_provider(kind(i)); }
  [[nodiscard]] bool stands_without(std::size_t i, std::size_t owner) const;
  [[nodiscard]] unsigned flavour(std::size_t root) const;
  [[nodiscard]] bool may_enter(std::size_t root, unsigned flavour, std::size_t i) const;
  void walk(std::size_t root, unsigned flavour);
  void hole(std::size_t i, std::string reason);
  [[nodiscard]] std::string exclusion(std::size_t i) const;
  [[nodiscard]] std::string keep_reason(std::size_t i) const;

  const Inventory& inventory_;
  const Graph graph_;
  const Scope& scope_;
  std::optional<Selection> selection_;
  std::vector<unsigned> reach_;
  std::vector<std::string> reason_;  // of exclusion; empty: in the move
  std::vector<std::optional<std::size_t>> level_;
  Draft draft_;
};

// A class is shared where a Cluster outside the move uses it, or where it stands outside itself.
unsigned Planner::flavour(std::size_t root) const {
  if (item(root).key.ns.empty()) return kGlobal;
  if (!in_scope(root)) return kShared;
  const bool others = is_class(kind(root)) && std::ranges::any_of(graph_[root].followers, [&](std::size_t f) { return is_cluster(kind(f)) && !in_scope(f); });
  return others ? kShared : kLocal;
}

bool Planner::may_enter(std::size_t root, unsigned flavour, std::size_t i) const {
  if (in_scope(i)) return true;
  if (flavour == kGlobal) return is_core(kind(i));  // the Secret of a global identity stands in its provider's namespace
  return flavour == kShared && item(i).key.ns == item(root).key.ns;
}

void Planner::walk(std::size_t root, unsigned flavour) {
  std::vector<std::size_t> stack{root};
  while (!stack.empty()) {
    const std::size_t i = stack.back();
    stack.pop_back();
    if ((reach_[i] & flavour) != 0) continue;
    reach_[i] |= flavour;
    for (const auto next : graph_[i].dependents)
      if (may_enter(root, flavour, next)) stack.push_back(next);
  }
}

void Planner::walk_roots() {
  for (std::size_t i = 0; i < graph_.size(); ++i) {
    const bool used = is_class(kind(i)) && std::ranges::any_of(graph_[i].followers, [&](std::size_t f) { return in_scope(f); });
    if (is_root(i) && (in_scope(i) || used)) walk(i, flavour(i));
  }
}

std::set<std::string> Planner::provider_namespaces() const {
  std::set<std::string> out;
  for (std::size_t i = 0; i < graph_.size(); ++i)
    if (item(i).infrastructure) out.insert(item(i).key.ns);
  return out;
}

// What a label alone moves. In a move of one namespace that is also a labelled Secret of an infrastructure provider's own namespace (credentials); it is kept,
// since the Clusters of other namespaces need it too.
void Planner::add_labelled() {
  const std::set<std::string> providers = provider_namespaces();
  for (std::size_t i = 0; i < graph_.size(); ++i) {
    const bool labelled = (kind(i).move || item(i).move || item(i).hierarchy) && !is_provider(kind(i));
    if (!labelled) continue;
    if (in_scope(i) && !is_root(i)) reach_[i] |= item(i).key.ns.empty() ? kGlobal : kLocal;
    if (!in_scope(i) && is_core(kind(i)) && kind(i).kind == "Secret" && providers.contains(item(i).key.ns)) reach_[i] |= kProvider;
  }
}

void Planner::follow_selection() {
  for (std::size_t i = 0; i < graph_.size(); ++i) {
    if (!selection_->own[i] && !selection_->companion[i]) continue;
    reach_[i] = selection_->shared[i] ? kShared : kLocal;
  }
  for (const auto& problem : selection_->problems) draft_.blockers.push_back(problem);
  draft_.companions = selection_->companion;
}

void Planner::reach() {
  if (!scope_.clusters.empty()) {
    selection_ = select(inventory_, graph_, scope_.clusters);
    follow_selection();
    return;
  }
  walk_roots();
  add_labelled();
  pull_identities();
}

// A cluster-scoped identity that a moved object names comes along, with what it owns.
void Planner::pull_identities() {
  for (bool more = true; more;) {
    more = false;
    for (std::size_t i = 0; i < graph_.size(); ++i) {
      if (reach_[i] == kNone) continue;
      for (const auto before : graph_[i].after) {
        if (reach_[before] != kNone || !item(before).key.ns.empty()) continue;
        walk(before, kGlobal);
        more = true;
      }
    }
  }
}

std::string Planner::exclusion(std::size_t i) const {
  if (is_provider(kind(i))) return "provider inventory: it describes the cluster that it is in";
  if (reach_[i] == kNone && !in_scope(i)) return "outside namespace " + scope_.ns;
  if (reach_[i] == kNone && selection_ && selection_->movable[i]) return std::string(kNotSelected);
  if (reach_[i] == kNone) return "not linked with any Cluster";
  if (item(i).deleting) return "being deleted";
  const Links& links = graph_[i];
  if (!links.foreign.empty())
    return "its owner " + links.foreign.front().kind + " " + links.foreign.front().name + " is of a kind whose CRD is not labelled " +
           std::string(kClusterctlLabel);
  if (!links.stale.empty() && links.owners.empty()) return "its owner " + links.stale.front().kind + " " + links.stale.front().name + " is gone";
  return {};
}

void Planner::hole(std::size_t i, std::string reason) {
  draft_.plan.unmovable.push_back(inventory_.describe(item(i)) + " cannot move: " + reason);
  reason_[i] = std::move(reason);
}

void Planner::exclude() {
  for (std::size_t i = 0; i < graph_.size(); ++i) {
    std::string reason = exclusion(i);
    if (reason.empty()) continue;
    const bool reached = reach_[i] != kNone && !is_provider(kind(i));
    if (reached && item(i).deleting) {
      draft_.blockers.push_back(inventory_.describe(item(i)) + " is being deleted: wait until it is gone");
      reason_[i] = std::move(reason);
    } else if (reached) {
      hole(i, std::move(reason));
    } else {
      reason_[i] = std::move(reason);
    }
  }
}

// Owned by a Cluster that stays and by one that moves: the copy goes without the first.
bool Planner::stands_without(std::size_t i, std::size_t owner) const {
  return selection_ && selection_->own[i] && selection_->others[i] && reason_[owner] == kNotSelected;
}

// What hangs on an excluded object cannot move either: its owner would not resolve on the target.
void Planner::propagate() {
  std::deque<std::size_t> excluded;
  for (std::size_t i = 0; i < graph_.size(); ++i)
    if (!reason_[i].empty()) excluded.push_back(i);
  while (!excluded.empty()) {
    const std::size_t i = excluded.front();
    excluded.pop_front();
    for (const auto next : graph_[i].followers) {
      if (!reason_[next].empty() || stands_without(next, i)) continue;
      hole(next, "its owner " + inventory_.describe(item(i)) + " does not move");
      excluded.push_back(next);
    }
  }
}

void Planner::place() {
  std::vector<bool> in(graph_.size());
  for (std::size_t i = 0; i < graph_.size(); ++i) in[i] = reason_[i].empty();
  level_ = graph_.levels(in);
  for (std::size_t i = 0; i < graph_.size(); ++i)
    if (in[i] && !level_[i]) hole(i, "its owners own each other in a cycle");
}

std::string Planner::keep_reason(std::size_t i) const {
  if (item(i).key.ns.empty()) return "global: all namespaces share it";
  if ((reach_[i] & kLocal) != 0) return {};
  if ((reach_[i] & kShared) != 0) return selection_ ? "shared: what is not selected uses it" : "shared: Clusters outside the move use its class";
  return (reach_[i] & kProvider) != 0 ? "of a provider: all namespaces share it" : "belongs to a global object";
}

void Planner::follow_references() {
  for (std::size_t i = 0; i < graph_.size(); ++i) {
    if (!reason_[i].empty()) continue;
    for (const auto& reference : item(i).references) {
      const auto to = graph_.resolve(i, reference);
      if (to && reason_[*to].empty()) continue;
      const bool custom = reference.group && reference.group->contains('.') && !reference.group->ends_with(".k8s.io");
      if (to || (custom && !graph_.knows(reference.group, reference.kind))) draft_.dangling.push_back({i, reference, to});
    }
  }
}

// Another namespace on the target can bring two objects under one name.
void Planner::refuse_doubles() {
  std::map<std::pair<std::size_t, kube::ObjectKey>, std::size_t> by_key;
  for (std::size_t i = 0; i < graph_.size(); ++i) {
    if (!reason_[i].empty()) continue;
    const auto [other, fresh] = by_key.emplace(std::pair(item(i).kind, scope_.there(item(i).key)), i);
    if (!fresh)
      draft_.blockers.push_back(inventory_.describe(item(other->second)) + " and " + inventory_.describe(item(i)) +
                                " would have the same name on the target, in namespace " + other->first.second.ns);
  }
}

Draft Planner::finish() && {
  if (scope_.relocates()) refuse_doubles();
  std::uint64_t groups = 0;
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < graph_.size(); ++i) {
    PlannedObject o;
    o.gvr = kind(i).gvr;
    o.key = item(i).key;
    o.there = scope_.there(o.key);
    o.kind = kind(i).kind;
    o.uid = item(i).uid;
    o.owners = graph_[i].owners;
    o.owners.insert(o.owners.end(), graph_[i].soft.begin(), graph_[i].soft.end());
    if (reason_[i].empty()) {
      o.reason = keep_reason(i);
      o.fate = o.reason.empty() ? Fate::Move : Fate::Keep;
      o.group = *level_[i];
      groups = std::max<std::uint64_t>(groups, o.group + 1);
      lines.push_back(o.gvr.resource + "." + o.gvr.group + " " + o.key.to_string() + " " + o.uid + (o.fate == Fate::Move ? " move " : " keep ") +
                      std::to_string(o.group));
    } else {
      o.reason = std::move(reason_[i]);
    }
    draft_.plan.objects.push_back(std::move(o));
  }
  std::ranges::sort(lines);
  draft_.plan.digest = hex(fnv1a(join(lines, "\n")));
  draft_.groups = groups;
  draft_.plan.notes = notes_of(inventory_, graph_, draft_.plan, scope_);
  return std::move(draft_);
}

}  // namespace

Draft draft_plan(const Inventory& inventory, const Scope& scope) {
  Planner planner(inventory, scope);
  planner.reach();
  planner.exclude();
  planner.propagate();
  planner.place();
  planner.follow_references();
  return std::move(planner).finish();
}

std::string sentence(const Inventory& inventory, const Dangling& dangling, const Plan& plan) {
  std::string out = inventory.describe(inventory.items[dangling.from]) + ": " + dangling.reference.field + " names " + dangling.reference.kind + " ";
  if (!dangling.to)
    return out + dangling.reference.key.to_string() + ", whose kind does not move (its CRD is not labelled " + std::string(kClusterctlLabel) + ")";
  const std::string& reason = plan.objects[*dangling.to].reason;
  return out + inventory.items[*dangling.to].key.to_string() + (reason == kNotSelected ? ", which stays elsewhere (" : ", which does not move (") + reason +
         ")";
}

std::string enumerate(const std::vector<std::string>& sentences) {
  const std::size_t shown = std::min(sentences.size(), kMaxNamed);
  std::string out = join(std::vector<std::string>(sentences.begin(), sentences.begin() + static_cast<std::ptrdiff_t>(shown)), "; ");
  if (shown < sentences.size()) out += "; and " + std::to_string(sentences.size() - shown) + " more";
  return out;
}

}  // namespace slipway::pivot
