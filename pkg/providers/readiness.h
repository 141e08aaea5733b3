// Whether components that were applied work, from what the caches of their cluster show; the reason for waiting names the deepest thing that is not as it
// should be: the Pod's condition, the image that cannot be pulled. Pure; any thread.
#pragma once

#include <functional>
#include <vector>

#include "pkg/providers/providers.h"
#include "pkg/topology/topology.h"

namespace slipway::providers {

// Reads what is cached of a cluster.
struct Look {
  std::function<kube::ObjectPtr(const kube::GroupVersionResource&, const kube::ObjectKey&)> get;  // null where absent
  std::function<std::vector<kube::ObjectPtr>(const kube::GroupVersionResource&)> list;            // empty where not watched
};

[[nodiscard]] topology::Readiness crds_established(const Components& components, const Look& look);
// CRDs Established, Deployments Available at this generation, and a CA in every webhook and CRD that asks for one.
[[nodiscard]] topology::Readiness installed(const Components& components, const Look& look);

}  // namespace slipway::providers
