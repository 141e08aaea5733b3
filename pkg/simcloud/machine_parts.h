// A Machine with its bootstrap config and its infrastructure machine, as KubeadmControlPlane and MachineSet make them from templates. Thread: the loop's only.
#pragma once

#include "pkg/simcloud/sim_controller.h"

namespace slipway::simcloud {

struct MachineRequest {
  ObjectPtr owner;  // KubeadmControlPlane or MachineSet
  std::string name;
  std::string cluster;
  json::Value labels;
  json::Value version;
  json::Value infra_template;      // reference
  json::Value bootstrap_template;  // reference; null: bootstrap_spec
  json::Value bootstrap_spec;
};
// Creates what is missing; all three bear the machine's name.
Awaitable<Status> ensure_machine(Env env, MachineRequest request);
// True where a Machine's bootstrap config or infrastructure machine is not in the cache.
[[nodiscard]] bool lacks_parts(Env env, const Object& machine);
// The first of the names that an owner gives its machines that is not taken.
[[nodiscard]] std::string free_machine_name(const Object& owner, const std::vector<ObjectPtr>& machines);
[[nodiscard]] bool has_node(const Object& machine) noexcept;
// The one to delete first: without a node, then the youngest, then by name.
[[nodiscard]] ObjectPtr most_dispensable(const std::vector<ObjectPtr>& machines);
// MachinesReady of an owner: True, or the words of the gravest machine.
void write_machines_ready(Env env, Object& owner, const std::vector<ObjectPtr>& machines);

}  // namespace slipway::simcloud
