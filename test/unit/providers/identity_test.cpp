#include "pkg/providers/identity.h"

#include <algorithm>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using namespace slipway::providers;

TEST_CASE("a provider's label is its name with the type in front, but for core, and leads back to it") {
  const std::vector<std::pair<ProviderId, std::string>> rows{{{ProviderType::Core, "cluster-api"}, "cluster-api"},
                                                             {{ProviderType::Bootstrap, "kubeadm"}, "bootstrap-kubeadm"},
                                                             {{ProviderType::ControlPlane, "kubeadm"}, "control-plane-kubeadm"},
                                                             {{ProviderType::Infrastructure, "vsphere"}, "infrastructure-vsphere"},
                                                             {{ProviderType::Ipam, "in-cluster"}, "ipam-in-cluster"},
                                                             {{ProviderType::RuntimeExtension, "nutanix"}, "runtime-extension-nutanix"},
                                                             {{ProviderType::Addon, "helm"}, "addon-helm"}};
  CHECK(std::ranges::is_sorted(rows));
  for (const auto& [id, label] : rows) {
    CHECK(manifest_label(id.type, id.name) == label);
    CHECK(provider_of_label(label) == id);
    CHECK(parse_provider_type(to_string(id.type)) == id.type);
  }
  for (const char* label : {"", "vsphere", "bootstrap-", "bootstrap", "core-cluster-api", "cluster-api-2", "bootstrap-cluster-api", "ipam-Upper"}) {
    INFO(label);
    CHECK_FALSE(provider_of_label(label));
  }
  CHECK_FALSE(parse_provider_type("coreprovider"));
}

TEST_CASE("names are DNS labels, and cluster-api is the core provider's alone") {
  const auto problem = [](ProviderType type, std::string name) { return identity_problem({type, std::move(name)}).has_value(); };
  CHECK_FALSE(problem(ProviderType::Core, "cluster-api"));
  CHECK_FALSE(problem(ProviderType::Infrastructure, "3-x"));
  CHECK_FALSE(problem(ProviderType::Addon, std::string(57, 'a')));
  for (const char* name : {"", "-a", "a-", "A", "a.b", "a_b", "a b", "\xC3\xA9"}) {
    INFO(name);
    CHECK(problem(ProviderType::Infrastructure, name));
  }
  CHECK(problem(ProviderType::Addon, std::string(58, 'a')));  // addon- and 58 are 64
  CHECK(problem(ProviderType::Core, "other"));
  CHECK(problem(ProviderType::Bootstrap, "cluster-api"));
}

TEST_CASE("each type has a components file of its own") {
  CHECK(components_file_of(ProviderType::Core) == "core-components.yaml");
  CHECK(components_file_of(ProviderType::ControlPlane) == "control-plane-components.yaml");
  CHECK(components_file_of(ProviderType::Ipam) == "ipam-components.yaml");
}
