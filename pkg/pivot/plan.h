// Decides about every discovered object: Move, Keep or Exclude with a reason, and in which group it is created. Pure; any thread.
//
// Move: created on the target, deleted on the source. Keep: created on the target where it is absent, never deleted on the source (cluster-scoped objects,
// what belongs to them, classes that other namespaces use, what Clusters that are not selected use too). Exclude: stays.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pkg/pivot/graph.h"
#include "pkg/pivot/inventory.h"
#include "pkg/pivot/pivot.h"
#include "pkg/pivot/scope.h"

namespace slipway::pivot {

// A field of a moved object that names something that stays. `to` is nothing where its kind was not discovered: whether it exists is not known then.
struct Dangling {
  std::size_t from = 0;
  Reference reference;
  std::optional<std::size_t> to;
};

struct Draft {
  Plan plan;                          // objects in the order of Inventory::items; unmovable holds what was reached but cannot move
  std::vector<Dangling> dangling;     // not in unmovable: the target may have it already
  std::vector<std::string> blockers;  // sentences: what makes a move wrong whatever the options say (objects that are being deleted)
  std::vector<bool> companions;       // what selected Clusters use and do not own: an earlier move may have brought it; empty: nothing was selected
  std::size_t groups = 0;
};

[[nodiscard]] Draft draft_plan(const Inventory& inventory, const Scope& scope);
// Plan::notes of a draft: references that are dropped or rewritten, and what is on both sides afterwards.
[[nodiscard]] std::vector<std::string> notes_of(const Inventory& inventory, const Graph& graph, const Plan& plan, const Scope& scope);
[[nodiscard]] std::string sentence(const Inventory& inventory, const Dangling& dangling, const Plan& plan);
// What is not provisioned, as sentences: Clusters without infrastructure or control plane, Machines without a node (clusterctl's checks).
// Nothing is said of the Clusters in `allowed`, nor of their Machines.
[[nodiscard]] std::vector<std::string> not_provisioned(const Inventory& inventory, const Plan& plan, const std::vector<kube::ObjectKey>& allowed);
// "a; b; c; and 4 more"
[[nodiscard]] std::string enumerate(const std::vector<std::string>& sentences);

}  // namespace slipway::pivot
