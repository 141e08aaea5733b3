// What happens on a machine: kubeadm makes it a node. The first control plane machine brings the cluster's API server with it. Thread: the loop's only.
#pragma once

#include "pkg/simcloud/sim_controller.h"

namespace slipway::simcloud {

struct Join {
  json::Value node;                      // reference to the Node; null while it is not there
  std::optional<async::Duration> again;  // when to look again; nothing: something else must happen first
};
// `provider_id` names the machine in the cloud.
Awaitable<Result<Join>> join_node(Env env, ObjectPtr cluster, std::string provider_id);
// Takes the Node away; a cluster whose API server is gone has none.
Awaitable<Status> leave_node(Env env, ObjectKey cluster, std::string node);

}  // namespace slipway::simcloud
