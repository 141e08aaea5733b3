// The life of a virtual machine in the cloud, as the infrastructure controllers drive it: asked for again and again, it is cloned, boots and runs; asked to go,
// it is destroyed. Thread: the loop's only.
#pragma once

#include <optional>
#include <string>

#include "pkg/simcloud/sim_controller.h"

namespace slipway::simcloud {

struct VmRequest {
  ObjectKey cluster;
  std::string name;
  bool control_plane = false;
  std::string version;
  std::string provider_prefix;  // "vsphere://"
  std::string provider_id;      // known from an earlier life of the object; empty: found by name
  std::string address;          // given by IPAM; empty: the network's own
};
struct VmState {
  bool running = false;
  std::string provider_id;
  std::string uuid;
  std::string address;
  std::string_view reason;               // while it is not running: Cloning, PoweringOn
  std::string failure;                   // will not get better by itself
  std::optional<async::Duration> again;  // when to look again
};
[[nodiscard]] VmState ensure_vm(Env env, const VmRequest& request);
// What is left until it is gone; nothing where it is.
[[nodiscard]] std::optional<async::Duration> destroy_vm(Env env, const ObjectKey& cluster, const std::string& name);

}  // namespace slipway::simcloud
