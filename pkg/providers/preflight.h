// Everything about versions and contracts that would make an installation fail, found before the first write (clusterctl.md 1.1 steps 4 and 5, 1.8;
// clusterctl's client/cluster/installer.go, which stops at the first). Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "pkg/base/error.h"
#include "pkg/kube/types.h"
#include "pkg/providers/identity.h"
#include "pkg/providers/metadata.h"

namespace slipway::providers {

// What a user names: "vsphere:v1.5.1", or "vsphere" for the newest.
struct ProviderRequest {
  ProviderId id;
  std::string version;  // empty: not named
};

// name[:version]; the name may be written in capitals. Errors: Invalid, naming what was given.
[[nodiscard]] Result<ProviderRequest> parse_request(ProviderType type, std::string_view text);

struct NamedProvider {
  ProviderType type = ProviderType::Core;
  std::string text;  // name[:version], or "-": none of this type
};
// What is asked for, sorted by id. On a first run (no CoreProvider is in the inventory) core cluster-api, bootstrap kubeadm and control plane kubeadm are
// added, each unless its type is named; "-" names a type without asking for a provider, and is refused for core. Errors: Invalid: parse_request's; a provider
// twice.
[[nodiscard]] Result<std::vector<ProviderRequest>> with_defaults(std::span<const NamedProvider> named, bool first_run);

// One entry of the inventory.
struct InstalledProvider {
  ProviderId id;
  std::string ns;
  std::string version;
  std::string contract;  // of that version, by its metadata.yaml; empty: not known. Needed for the core provider only.
};
// What is to be installed.
struct PlannedProvider {
  ProviderId id;
  std::string ns;
  std::string version;
  Metadata metadata;                        // of this version
  std::span<const kube::Object> objects{};  // the components; their definitions' names are checked
};

struct Problem {
  ProviderId provider;
  std::string sentence;  // begins with the provider, ends with the fix
  friend auto operator<=>(const Problem&, const Problem&) = default;
};

// Empty where nothing stands in the way. What is installed already in the same version and namespace is no problem: an installation may be run again. Checked:
// identities; one instance of a provider whatever the namespace; a change of version (which is an upgrade); a CoreProvider; every planned version has a
// contract in its metadata that Slipway supports and that is compatible with the core provider's; names of CustomResourceDefinitions. As clusterctl does, what
// is installed and not planned is not checked again, but for the core provider. Sorted by provider.
[[nodiscard]] std::vector<Problem> preflight(std::span<const InstalledProvider> installed, std::span<const PlannedProvider> planned);

// Providers that the inventory has more than once: nothing can be installed or upgraded until one is left.
[[nodiscard]] std::vector<Problem> duplicate_instances(std::span<const InstalledProvider> installed);

}  // namespace slipway::providers
