// What a plan tells its reader beyond the fate of each object, many of a kind in one sentence.
#include <map>

#include "pkg/base/strings.h"
#include "pkg/pivot/plan.h"

namespace slipway::pivot {
namespace {

struct Many {
  std::size_t count = 0;
  std::string first;
  void add(const std::string& name) {
    if (count++ == 0) first = name;
  }
  [[nodiscard]] std::string text() const { return count == 1 ? first : first + " and " + std::to_string(count - 1) + " more"; }
};

// Definitions and credentials do no harm on two sides; what hands something out, as a pool of addresses, may.
bool may_stand_twice(const Kind& kind) {
  return is_core(kind) || is_class(kind) || kind.kind.ends_with("Template") || kind.kind == "ClusterResourceSet" || kind.kind.contains("Identity");
}

void note_stale(const Inventory& inventory, const Item& item, const Links& links, std::vector<std::string>& out) {
  for (const auto& owner : links.stale)
    out.push_back(inventory.describe(item) + ": its ownerReference to " + owner.kind + " " + owner.name + " is stale (uid " + shorten(owner.uid, 64) +
                  " is gone): the copy goes without it");
}

std::string field_of(const std::string& path) {
  const auto bracket = path.find('[');
  return bracket == std::string::npos ? path : path.substr(0, bracket);
}

}  // namespace

std::vector<std::string> notes_of(const Inventory& inventory, const Graph& graph, const Plan& plan, const Scope& scope) {
  std::vector<std::string> out;
  std::map<std::pair<std::string, std::string>, Many> twice;      // kind, reason
  std::map<std::pair<std::string, std::string>, Many> rewritten;  // kind, field
  for (std::size_t i = 0; i < inventory.items.size(); ++i) {
    const Item& item = inventory.items[i];
    const Kind& kind = inventory.kind_of(item);
    const PlannedObject& planned = plan.objects[i];
    if (planned.fate == Fate::Exclude) continue;
    note_stale(inventory, item, graph[i], out);
    if (planned.fate == Fate::Keep && !may_stand_twice(kind)) twice[{kind.kind, planned.reason}].add(item.key.to_string());
    if (!scope.relocates()) continue;
    for (const auto& reference : item.references)
      if (reference.key.ns == scope.ns) rewritten[{kind.kind, field_of(reference.field)}].add(item.key.to_string());
  }
  for (const auto& [what, many] : twice)
    out.push_back(what.first + " " + many.text() + " will be on both sides, since it stays on the source as well (" + what.second +
                  "): what one side changes or hands out, the other does not know");
  for (const auto& [what, many] : rewritten)
    out.push_back(what.first + " " + many.text() + ": the namespace in " + what.second + " becomes " + scope.target_namespace);
  return out;
}

}  // namespace slipway::pivot
