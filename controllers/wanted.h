// Parts of steps of both kinds: from what is wanted and what is there to intents. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "controllers/applied.h"
#include "controllers/intents.h"

namespace slipway::controllers {

// Applies `wanted`, in this order, as far as it is not settled on the view. Empty where all is. Kinds that nobody watches go along with those that are watched.
[[nodiscard]] std::vector<Intent> unsettled(const ClusterView& view, const AppliedMemory* applied, Role role, const std::vector<Object>& wanted);
// A Namespace that the view does not show.
void ensure_namespace(const ClusterView& view, Role role, const std::string& ns, std::vector<Intent>& intents);
// A Secret of the hub, wanted on a cluster. Nothing where the copy has the same data, or where there is no original.
struct SecretCopy {
  const ClusterView& hub;
  ObjectKey source;
  const ClusterView& view;
  Role role;
  ObjectKey target;
  json::Value labels;
};
void ensure_secret(SecretCopy copy, std::vector<Intent>& intents);

// The objects of a manifest that a spec brings (ConfigMap key cluster.yaml): exactly one Cluster, named as the resource. Errors: Invalid, with the fix.
[[nodiscard]] Result<std::vector<Object>> manifest_of(const ClusterView& hub, const ObjectKey& owner, const std::string& config_map);

}  // namespace slipway::controllers
