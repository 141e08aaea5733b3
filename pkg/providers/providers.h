// Provider components: from the bytes of a components.yaml to the objects that are applied, in stages, and the gate that says when they run.
// Pure; any thread. Where the bytes come from is repository.h's business.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pkg/base/error.h"
#include "pkg/kube/types.h"
#include "pkg/providers/images.h"
#include "pkg/providers/patches.h"

namespace slipway::providers {

// A certificate that Slipway issues itself, where no cert-manager does (certificates.h).
struct ServingCertificate {
  kube::ObjectKey certificate;  // as its components name it
  kube::ObjectKey secret;
  std::string set;  // manifest label of its components
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
};

struct Components {
  std::string type;  // "CoreProvider"
  std::string name;  // "cluster-api"
  std::string version;
  std::string ns;      // where the controllers run
  std::string digest;  // "sha256:..." of the bytes as fetched
  std::vector<kube::Object> objects;
  std::vector<ServingCertificate> certificates;      // empty where cert-manager issues them
  [[nodiscard]] std::string manifest_label() const;  // clusterctl's: "infrastructure-vsphere", "cluster-api"
};

// Ours on every object of a set (detail/rewrite.h), and cert-manager's request for a CA.
inline constexpr std::string_view kComponentLabel = "slipway.dev/component";      // the set's manifest label
inline constexpr std::string_view kIntentAnnotation = "slipway.dev/intent-hash";  // of the object as it is wanted
inline constexpr std::string_view kInjectAnnotation = "cert-manager.io/inject-ca-from";

// What turns a components file into objects, besides the file.
struct Recipe {
  std::string type;                              // "InfrastructureProvider"
  std::string name;                              // "vsphere"
  std::string version;                           // "v1.5.1"
  std::string ns;                                // empty: the one in the file
  std::map<std::string, std::string> variables;  // may be secret
  std::vector<ImageRule> images = {};
  std::vector<Patch> patches = {};
};
// Substitution of ${VAR} (substitute.h), YAML, image overrides, namespace rewriting, clusterctl's labels (clusterctl.cluster.x-k8s.io: "",
// cluster.x-k8s.io/provider) patches, and our marks. Errors: Invalid, naming provider, file and fix; never a variable's value.
[[nodiscard]] Result<Components> process(const Recipe& recipe, std::string_view components_yaml);
// For cert-manager and kapp-controller: the same without a provider's labels and variables; `name` is for messages and labels.
[[nodiscard]] Result<Components> process_plain(std::string_view name, std::string_view version, std::string_view components_yaml,
                                               std::span<const ImageRule> images = {});

// The same without its CRDs: for going back to an older version, under which something may be stored in a version that only the newer CRDs know.
[[nodiscard]] Components without_crds(Components components);

// Stages are applied one after the other, the objects of one side by side: 0 CRDs (then they are waited for), 1 Namespaces, 2 what cert-manager reads,
// 3 everything else.
[[nodiscard]] int stage_of(const kube::Object& object);
// clusterctl's inventory object (Provider, clusterctl.cluster.x-k8s.io/v1alpha3), written last: clusterctl reads our clusters.
[[nodiscard]] kube::Object inventory_object(const Components& components);
// The CRD of the inventory itself, as clusterctl installs it.
[[nodiscard]] kube::Object inventory_crd();

// The test of clusterctl: a self-signed Issuer and a Certificate in namespace slipway-cert-manager-test; ready when the Certificate is.
[[nodiscard]] std::vector<kube::Object> cert_manager_probe();

}  // namespace slipway::providers
