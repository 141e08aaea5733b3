// Provider components: from the bytes of a components.yaml to the objects that are applied, in stages, and the gate that says when they run.
// This issue: sources configMapRef and path; the rest of `clusterctl init` comes with the providers issue. Pure but for nothing; any thread.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/v1alpha1/types.h"
#include "pkg/base/error.h"
#include "pkg/kube/types.h"
#include "pkg/topology/topology.h"

namespace slipway::providers {

struct Components {
  std::string type;  // "CoreProvider"
  std::string name;  // "cluster-api"
  std::string version;
  std::string ns;      // where the controllers run
  std::string digest;  // "sha256:..." of the bytes as fetched
  std::vector<kube::Object> objects;
  [[nodiscard]] std::string manifest_label() const;  // clusterctl's: "infrastructure-vsphere", "cluster-api"
};

// Digest check, substitution of ${VAR} (clusterctl.md 1.6: defaults ${X:-y} and plain; all missing variables named at once), YAML, namespace rewriting, and
// clusterctl's labels (clusterctl.cluster.x-k8s.io: "", cluster.x-k8s.io/provider). Errors: Invalid, naming provider, file and fix.
[[nodiscard]] Result<Components> process(const api::Provider& provider, std::string_view components_yaml, const std::map<std::string, std::string>& variables);
// For cert-manager and kapp-controller: the same without a provider's labels; `name` is for messages and labels.
[[nodiscard]] Result<Components> process_plain(std::string_view name, std::string_view version, std::string_view components_yaml);

// In the order in which they must be applied: CRDs; Namespaces; everything else. Within a stage the order does not matter.
[[nodiscard]] std::vector<std::vector<kube::Object>> stages(const Components& components);
// clusterctl's inventory object (Provider, clusterctl.cluster.x-k8s.io/v1alpha3), written last: clusterctl reads our clusters.
[[nodiscard]] kube::Object inventory_object(const Components& components);
// The CRD of the inventory itself, as clusterctl installs it.
[[nodiscard]] kube::Object inventory_crd();

// Reads a cached object; null where absent.
using Lookup = std::function<kube::ObjectPtr(const kube::GroupVersionResource&, const kube::ObjectKey&)>;
// CRDs Established, Deployments Available at this generation; the reason names the object and the condition that is missing.
[[nodiscard]] topology::Readiness installed(const Components& components, const Lookup& lookup);
// The test of clusterctl: a self-signed Issuer and a Certificate in namespace cert-manager-test; ready when the Certificate is.
[[nodiscard]] std::vector<kube::Object> cert_manager_probe();

}  // namespace slipway::providers
