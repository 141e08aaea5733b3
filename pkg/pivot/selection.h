// A move of some Clusters only: what belongs to them, what they use, and what others use as well. Pure; any thread. Indices are those of Inventory::items.
//
// What hangs on a selected Cluster is its own. From there the selection reaches up and sideways: to owners, classes, identities, and to what its fields name,
// where that would move in a move of everything (a class, a ClusterResourceSet, a labelled pool or Secret) and belongs to no other Cluster. Such a companion
// moves where nothing else uses it, and is copied and kept where something does: what stays must find all that it needs.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "pkg/pivot/graph.h"
#include "pkg/pivot/inventory.h"

namespace slipway::pivot {

struct Selection {
  std::vector<bool> own;              // of a selected Cluster
  std::vector<bool> others;           // of a Cluster that is not selected; may be both
  std::vector<bool> companion;        // neither, but used by what is own
  std::vector<bool> shared;           // own or companion, and used by what stays
  std::vector<bool> movable;          // would move, were everything selected
  std::vector<std::string> problems;  // Clusters that do not exist, or that a name alone does not tell apart, as sentences
};
[[nodiscard]] Selection select(const Inventory& inventory, const Graph& graph, const std::vector<kube::ObjectKey>& clusters);

// metav1.LabelSelector over the labels of an object, as ClusterResourceSet uses it: an empty selector matches nothing.
[[nodiscard]] bool label_selector_matches(const json::Value& selector, const json::Value& labels);

}  // namespace slipway::pivot
