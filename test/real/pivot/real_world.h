// The move of reference as real CRDs want it: the 145 objects of world.h with the fields that Cluster API's v1beta2 schemas ask for, two Clusters with pauses
// of their users' own, the CRDs of Cluster API and cert-manager from hack/realkube/components, and CRDs of CAPV's shape.
#pragma once

#include <string>
#include <vector>

#include "test/unit/pivot/world.h"

namespace slipway::test {

[[nodiscard]] World real_world();
// `repository`: the folder that hack/realkube/components fills.
[[nodiscard]] std::vector<Object> real_crds(const World& world, const std::string& repository);
// Provider Deployments (whose pods are nobody's) and their webhook configurations (without rules: nothing calls them).
[[nodiscard]] std::vector<Object> provider_deployments();
[[nodiscard]] Object provider_webhooks();

}  // namespace slipway::test
