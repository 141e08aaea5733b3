#include "cmd/slipway/move_tree.h"

#include <algorithm>
#include <optional>
#include <tuple>

namespace slipway::cmd {
namespace {

using pivot::Fate;
using pivot::PlannedObject;

constexpr std::size_t kMaxIndent = 120;  // bytes: what hangs deeper is shown there

struct Pending {
  std::size_t object;
  std::size_t parent;
  std::string indent;  // of its siblings
  bool last;           // of them
};

bool in(const PlannedObject& object) { return object.fate != Fate::Exclude; }

std::optional<std::size_t> parent_of(const pivot::Plan& plan, std::size_t i) {
  for (const std::size_t owner : plan.objects[i].owners)
    if (owner < plan.objects.size() && owner != i && in(plan.objects[owner])) return owner;
  return std::nullopt;
}

void sort(const pivot::Plan& plan, std::vector<std::size_t>& places) {
  const auto rank = [&](std::size_t i) {
    const PlannedObject& o = plan.objects[i];
    return std::tie(o.key.ns, o.kind, o.key.name, i);
  };
  std::ranges::sort(places, [&](std::size_t a, std::size_t b) {
    const bool first = plan.objects[a].kind == "Cluster";
    const bool second = plan.objects[b].kind == "Cluster";
    return first != second ? first : rank(a) < rank(b);
  });
}

std::string name_of(const PlannedObject& object, const std::string* ns) {
  return object.kind + " " + (ns != nullptr && *ns == object.key.ns ? object.key.name : object.key.to_string());
}

}  // namespace

std::vector<TreeLine> move_tree(const pivot::Plan& plan) {
  std::vector<std::size_t> roots;
  std::vector<std::vector<std::size_t>> children(plan.objects.size());
  for (std::size_t i = 0; i < plan.objects.size(); ++i) {
    if (!in(plan.objects[i])) continue;
    const auto parent = parent_of(plan, i);
    (parent ? children[*parent] : roots).push_back(i);
  }
  sort(plan, roots);
  std::vector<TreeLine> out;
  std::vector<Pending> stack;  // the next line on top
  const auto push_children = [&](std::size_t parent, const std::string& indent) {
    sort(plan, children[parent]);
    for (std::size_t n = children[parent].size(); n-- > 0;) stack.push_back({children[parent][n], parent, indent, n + 1 == children[parent].size()});
  };
  for (const std::size_t root : roots) {
    out.push_back({root, name_of(plan.objects[root], nullptr)});
    push_children(root, "");
    while (!stack.empty()) {
      const Pending line = std::move(stack.back());
      stack.pop_back();
      out.push_back({line.object, line.indent + (line.last ? "└─ " : "├─ ") + name_of(plan.objects[line.object], &plan.objects[line.parent].key.ns)});
      const bool deeper = line.indent.size() < kMaxIndent;
      push_children(line.object, deeper ? line.indent + (line.last ? "   " : "│  ") : line.indent);
    }
  }
  return out;
}

}  // namespace slipway::cmd
