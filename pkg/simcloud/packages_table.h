// The packages that the world knows, as a table: the management packages of a Tanzu management cluster and the core packages of a workload cluster, with what
// each brings. Rows follow the order in which tanzu-framework v0.28 installs them. Pure; any thread.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "pkg/kube/types.h"

namespace slipway::simcloud {

struct PackageRow {
  std::string_view name = {};  // of the PackageInstall, where the world makes it
  std::string_view ref = {};   // packageRef.refName
  std::string_view version = {};
  std::string_view parent = {};  // the PackageInstall that makes this one; empty: somebody else does
  std::string_view after = {};   // reconciled only when that PackageInstall has been
  std::string_view infra = {};   // only where this infrastructure provider is installed; empty: always
  enum class Brings : std::uint8_t { Objects, ReleaseKinds, AddonKinds, ClusterClass } brings = Brings::Objects;
  std::initializer_list<std::string_view> namespaces = {};
  std::initializer_list<std::string_view> deployments = {};  // "ns/name"
  std::initializer_list<std::string_view> tls_secrets = {};  // in tkg-system
  std::initializer_list<std::string_view> config_maps = {};  // "ns/name"
  bool core = false;                                         // its Package is there without a PackageRepository (a cluster's core package)
};
[[nodiscard]] std::span<const PackageRow> package_table() noexcept;
[[nodiscard]] const PackageRow* package_by_ref(std::string_view ref) noexcept;  // null where unknown
// For the references of a ClusterBootstrap: "antrea.tanzu.vmware.com.1.7.2+vmware.1", "antrea*"; null where unknown.
[[nodiscard]] const PackageRow* package_by_reference(std::string_view reference) noexcept;
[[nodiscard]] std::string_view short_name(const PackageRow& row) noexcept;  // "antrea"
[[nodiscard]] kube::ObjectKey split_key(std::string_view text);             // "ns/name"

inline constexpr std::string_view kRelease = "v1.24.9---vmware.1-tkg.1-rc.2";
inline constexpr std::string_view kReleaseVersion = "v1.24.9+vmware.1-tkg.1-rc.2";
inline constexpr std::string_view kKubernetesVersion = "v1.24.9+vmware.1";

}  // namespace slipway::simcloud
