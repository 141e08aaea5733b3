#include "pkg/providers/identity.h"

#include <algorithm>
#include <array>

namespace slipway::providers {
namespace {

struct TypeRow {
  ProviderType type;
  std::string_view text;
  std::string_view prefix;  // of the manifest label
};
constexpr std::array<TypeRow, 7> kTypes{{{ProviderType::Core, "CoreProvider", ""},
                                         {ProviderType::Bootstrap, "BootstrapProvider", "bootstrap-"},
                                         {ProviderType::ControlPlane, "ControlPlaneProvider", "control-plane-"},
                                         {ProviderType::Infrastructure, "InfrastructureProvider", "infrastructure-"},
                                         {ProviderType::Ipam, "IPAMProvider", "ipam-"},
                                         {ProviderType::RuntimeExtension, "RuntimeExtensionProvider", "runtime-extension-"},
                                         {ProviderType::Addon, "AddonProvider", "addon-"}}};
constexpr std::size_t kMaxLabel = 63;

const TypeRow& row(ProviderType type) noexcept { return kTypes[static_cast<std::size_t>(type)]; }

bool is_dns_label(std::string_view name) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-";
  return !name.empty() && name.size() <= kMaxLabel && name.find_first_not_of(kAllowed) == std::string_view::npos && name.front() != '-' && name.back() != '-';
}

}  // namespace

std::string_view to_string(ProviderType type) noexcept { return row(type).text; }

std::optional<ProviderType> parse_provider_type(std::string_view text) noexcept {
  const auto found = std::ranges::find(kTypes, text, &TypeRow::text);
  if (found == kTypes.end()) return std::nullopt;
  return found->type;
}

std::string provider_types() {
  std::string out;
  for (const TypeRow& r : kTypes) out.append(out.empty() ? "" : ", ").append(r.text);
  return out;
}

std::string to_string(const ProviderId& id) { return std::string(to_string(id.type)) + " " + id.name; }

std::string manifest_label(ProviderType type, std::string_view name) { return std::string(row(type).prefix).append(name); }

std::optional<ProviderId> provider_of_label(std::string_view label) {
  if (label == kCoreProviderName) return ProviderId{ProviderType::Core, std::string(label)};
  for (const TypeRow& r : kTypes) {
    if (r.prefix.empty() || !label.starts_with(r.prefix)) continue;
    ProviderId id{r.type, std::string(label.substr(r.prefix.size()))};
    if (identity_problem(id)) return std::nullopt;
    return id;
  }
  return std::nullopt;
}

std::string components_file_of(ProviderType type) {
  const std::string prefix(type == ProviderType::Core ? "core-" : row(type).prefix);
  return prefix + "components.yaml";
}

std::optional<std::string> identity_problem(const ProviderId& id) {
  if (!is_dns_label(id.name)) return "must be a DNS label: at most 63 lower-case letters, digits and -, with a letter or digit at both ends";
  if ((id.type == ProviderType::Core) != (id.name == kCoreProviderName)) return "must be cluster-api where the type is CoreProvider, and only there";
  if (manifest_label(id.type, id.name).size() > kMaxLabel)
    return "is too long: " + manifest_label(id.type, id.name) + " is a label of the provider's objects, which may have 63 characters";
  return std::nullopt;
}

}  // namespace slipway::providers
