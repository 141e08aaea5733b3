// The objects of a Cluster with a topology, as Cluster API's topology controller makes them from the ClusterClass. Thread: the loop's only.
#pragma once

#include "pkg/simcloud/sim_controller.h"

namespace slipway::simcloud {

// Creates what is missing, scales what is there, removes MachineDeployments that the topology no longer names; gives the Cluster with its references filled in.
// Errors: the client's; NotFound where the class or one of its templates is missing.
Awaitable<Result<Object>> reconcile_topology(Env env, ObjectPtr cluster);

// A cluster's variable (spec.topology.variables); null where absent.
[[nodiscard]] json::Value topology_variable(const Object& cluster, std::string_view name);

}  // namespace slipway::simcloud
