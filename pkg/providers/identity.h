// What a provider is called: its type and name, the label that its objects carry, the order of types. The vocabulary is clusterctl's (clusterctl.md 1.1 to 1.3;
// its api/v1alpha3), so that its inventory and ours read alike. Pure; any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace slipway::providers {

// In the order in which types are installed.
enum class ProviderType : std::uint8_t { Core, Bootstrap, ControlPlane, Infrastructure, Ipam, RuntimeExtension, Addon };

[[nodiscard]] std::string_view to_string(ProviderType type) noexcept;  // "CoreProvider", "IPAMProvider"
[[nodiscard]] std::optional<ProviderType> parse_provider_type(std::string_view text) noexcept;
// "CoreProvider, BootstrapProvider, ...": for messages.
[[nodiscard]] std::string provider_types();

// One provider, whatever its version and namespace. A cluster holds at most one instance of it. Sorted by type, then name.
struct ProviderId {
  ProviderType type = ProviderType::Core;
  std::string name;
  friend auto operator<=>(const ProviderId&, const ProviderId&) = default;
};
[[nodiscard]] std::string to_string(const ProviderId& id);  // "InfrastructureProvider vsphere": for messages

// The value of the label cluster.x-k8s.io/provider, and the name of the inventory object: "infrastructure-vsphere"; for core the name alone.
[[nodiscard]] std::string manifest_label(ProviderType type, std::string_view name);
// The inverse; nothing where no provider has that label. Only "cluster-api" is a core provider's.
[[nodiscard]] std::optional<ProviderId> provider_of_label(std::string_view label);
// The components' file where the location does not name one: "infrastructure-components.yaml".
[[nodiscard]] std::string components_file_of(ProviderType type);

inline constexpr std::string_view kCoreProviderName = "cluster-api";

// The first reason why this cannot be a provider's identity, as the end of a sentence ("must be ..."); nothing where it can. Names are DNS-1123 labels (RFC
// 1123: at most 63 of a-z, 0-9 and -, with a letter or digit at both ends) that with the type's prefix still fit in a label; the name cluster-api and the type
// CoreProvider imply each other.
[[nodiscard]] std::optional<std::string> identity_problem(const ProviderId& id);

}  // namespace slipway::providers
