// The infrastructures that the world plays: their kinds differ, their behaviour is the same. One row each. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "pkg/simcloud/kinds.h"

namespace slipway::simcloud {

struct InfraKind {
  std::string_view name;     // as in clusterctl's provider name and in ClusterClass names
  std::string_view version;  // of infrastructure.cluster.x-k8s.io
  std::string_view cluster;  // the kinds
  std::string_view machine;
  std::string_view manager_ns;  // its Deployment
  std::string_view manager;
  std::string_view provider_id;   // up to the machine's identity: "vsphere://"
  bool has_vm;                    // a VSphereVM stands between the machine and the cloud
  bool user_endpoint;             // the control plane endpoint is the user's to give (a virtual address), else the provider's load balancer
  std::string_view worker_class;  // of the MachineDeployments in its ClusterClass

  [[nodiscard]] std::string api_version() const;
  [[nodiscard]] Gvr clusters() const;
  [[nodiscard]] Gvr machines() const;
  [[nodiscard]] Gvr templates_of(std::string_view kind) const;       // kind + "Template"
  [[nodiscard]] std::string finalizer(std::string_view kind) const;  // "vspherecluster.infrastructure.cluster.x-k8s.io"
};
[[nodiscard]] std::span<const InfraKind> infra_kinds() noexcept;
[[nodiscard]] const InfraKind* infra_by_kind(std::string_view kind) noexcept;  // of a cluster or a machine; null where unknown

}  // namespace slipway::simcloud
