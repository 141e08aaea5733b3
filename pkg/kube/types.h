// Names of things in a Kubernetes API: values that cannot be swapped by mistake.
#pragma once

#include <compare>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pkg/json/value.h"

namespace slipway::kube {

struct GroupVersionResource {
  std::string group;     // "" is core
  std::string version;   // "v1"
  std::string resource;  // plural, "pods"
  bool namespaced = true;
  friend auto operator<=>(const GroupVersionResource&, const GroupVersionResource&) = default;
  [[nodiscard]] std::string to_string() const;  // "machines.v1beta1.cluster.x-k8s.io"
};

struct GroupVersionKind {
  std::string group;
  std::string version;
  std::string kind;
  friend auto operator<=>(const GroupVersionKind&, const GroupVersionKind&) = default;
  [[nodiscard]] std::string api_version() const;  // "group/version", or "version" in core
};
[[nodiscard]] GroupVersionKind gvk_of(const json::Value& object);

struct ObjectKey {
  std::string ns;  // empty for cluster-scoped
  std::string name;
  friend auto operator<=>(const ObjectKey&, const ObjectKey&) = default;
  [[nodiscard]] std::string to_string() const;  // "ns/name", or "name"
};

using Object = json::Value;
using ObjectPtr = std::shared_ptr<const Object>;  // cached objects: immutable, shared

// Readers of metadata; empty where absent. The views live as long as the object.
[[nodiscard]] std::string_view name_of(const Object& o) noexcept;
[[nodiscard]] std::string_view namespace_of(const Object& o) noexcept;
[[nodiscard]] std::string_view uid_of(const Object& o) noexcept;
[[nodiscard]] std::string_view kind_of(const Object& o) noexcept;
[[nodiscard]] std::string_view resource_version_of(const Object& o) noexcept;
[[nodiscard]] std::int64_t generation_of(const Object& o) noexcept;
[[nodiscard]] bool is_deleting(const Object& o) noexcept;  // deletionTimestamp set
[[nodiscard]] std::string_view label(const Object& o, std::string_view key) noexcept;
[[nodiscard]] std::string_view annotation(const Object& o, std::string_view key) noexcept;
[[nodiscard]] bool has_label(const Object& o, std::string_view key) noexcept;
[[nodiscard]] bool has_finalizer(const Object& o, std::string_view finalizer) noexcept;
[[nodiscard]] ObjectKey key_of(const Object& o);
// "Machine tkg-system/md-0-abc"
[[nodiscard]] std::string describe(const Object& o);
// status.conditions[type==...]; null where absent
[[nodiscard]] const json::Value& condition(const Object& o, std::string_view type) noexcept;
[[nodiscard]] bool condition_true(const Object& o, std::string_view type) noexcept;
// A new object with apiVersion, kind, metadata.name and (where given) namespace.
[[nodiscard]] Object make_object(std::string_view api_version, std::string_view kind, const ObjectKey& key);
// metadata.ownerReferences entry for `owner`
[[nodiscard]] json::Value owner_reference(const Object& owner, bool controller, bool block_owner_deletion);

// Secret.data / ConfigMap.data. secret_data decodes base64; empty optional-like result: false where absent or broken.
[[nodiscard]] bool secret_value(const Object& secret, std::string_view key, std::string& out);

// The resources that Slipway itself touches, with the versions it speaks.
namespace res {
extern const GroupVersionResource kNamespaces, kSecrets, kConfigMaps, kEvents, kServices, kServiceAccounts, kPods, kNodes, kDeployments, kLeases, kCrds,
    kClusterRoles, kClusterRoleBindings, kRoles, kRoleBindings, kValidatingWebhookConfigurations, kMutatingWebhookConfigurations;
extern const GroupVersionResource kManagementClusterRequests, kWorkloadClusters;                             // slipway.dev/v1alpha1
extern const GroupVersionResource kClusters, kClusterClasses, kMachines, kMachineDeployments, kMachineSets;  // cluster.x-k8s.io/v1beta1
extern const GroupVersionResource kKubeadmControlPlanes;                                                     // controlplane.cluster.x-k8s.io/v1beta1
extern const GroupVersionResource kProviders;                                                                // clusterctl.cluster.x-k8s.io/v1alpha3
extern const GroupVersionResource kIssuers, kCertificates;                                                   // cert-manager.io/v1
extern const GroupVersionResource kPackageInstalls, kPackageRepositories;                                    // packaging.carvel.dev/v1alpha1
extern const GroupVersionResource kTanzuKubernetesReleases, kClusterBootstraps;                              // run.tanzu.vmware.com/v1alpha3
extern const GroupVersionResource kSimulatedClusters;                                                        // sim.slipway.dev/v1alpha1
}  // namespace res

}  // namespace slipway::kube
