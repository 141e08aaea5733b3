#include "pkg/simcloud/infra_kinds.h"

#include <algorithm>

#include "pkg/base/strings.h"
#include "pkg/simcloud/objects.h"

namespace slipway::simcloud {
namespace {
constexpr std::string_view kGroup = "infrastructure.cluster.x-k8s.io";
}

std::span<const InfraKind> infra_kinds() noexcept {
  static constexpr InfraKind kTable[] = {
      {"vsphere", "v1beta1", "VSphereCluster", "VSphereMachine", "capv-system", "capv-controller-manager", "vsphere://", true, true, "tkg-worker"},
      {"aws", "v1beta2", "AWSCluster", "AWSMachine", "capa-system", "capa-controller-manager", "aws:///us-east-1a/", false, false, "tkg-worker"},
      {"azure", "v1beta1", "AzureCluster", "AzureMachine", "capz-system", "capz-controller-manager", "azure:///subscriptions/sim/virtualMachines/", false,
       false, "tkg-worker"},
      {"docker", "v1beta1", "DockerCluster", "DockerMachine", "capd-system", "capd-controller-manager", "docker:////", false, false, "default-worker"},
  };
  return kTable;
}

const InfraKind* infra_by_kind(std::string_view kind) noexcept {
  const auto table = infra_kinds();
  const auto found = std::ranges::find_if(table, [&](const InfraKind& row) { return row.cluster == kind || row.machine == kind; });
  return found == table.end() ? nullptr : &*found;
}

std::string InfraKind::api_version() const { return std::string(kGroup) + "/" + std::string(version); }
Gvr InfraKind::clusters() const { return {std::string(kGroup), std::string(version), plural_of(cluster)}; }
Gvr InfraKind::machines() const { return {std::string(kGroup), std::string(version), plural_of(machine)}; }
Gvr InfraKind::templates_of(std::string_view kind) const { return {std::string(kGroup), std::string(version), plural_of(std::string(kind) + "Template")}; }
std::string InfraKind::finalizer(std::string_view kind) const { return to_lower(kind) + "." + std::string(kGroup); }

}  // namespace slipway::simcloud
