#include "pkg/providers/catalog.h"

#include <algorithm>
#include <map>

#include <catch2/catch_test_macros.hpp>

using namespace slipway;
using namespace slipway::providers;

namespace {

std::string error_of(std::string_view yaml) {
  const auto catalog = Catalog::parse(yaml, "mine.yaml");
  return catalog ? "" : catalog.error().message();
}

}  // namespace

TEST_CASE("the built-in catalog has every provider that clusterctl 1.14.2 has") {
  std::map<ProviderType, int> count;
  for (const CatalogEntry& entry : Catalog::builtin().entries()) {
    ++count[entry.id.type];
    INFO(to_string(entry.id) << " " << entry.url);
    CHECK(entry.url.starts_with("https://github.com/"));
    CHECK(entry.url.contains("/releases/latest/"));
    CHECK(entry.url.ends_with(".yaml"));
    CHECK(provider_of_label(manifest_label(entry.id.type, entry.id.name)) == entry.id);
  }
  CHECK(count == std::map<ProviderType, int>{{ProviderType::Core, 1},
                                             {ProviderType::Bootstrap, 7},
                                             {ProviderType::ControlPlane, 10},
                                             {ProviderType::Infrastructure, 39},
                                             {ProviderType::Ipam, 3},
                                             {ProviderType::RuntimeExtension, 1},
                                             {ProviderType::Addon, 3}});
  CHECK(std::ranges::is_sorted(Catalog::builtin().entries(), {}, &CatalogEntry::id));
  const CatalogEntry* docker = Catalog::builtin().find(ProviderType::Infrastructure, "docker");
  REQUIRE(docker != nullptr);
  CHECK(docker->url == "https://github.com/kubernetes-sigs/cluster-api/releases/latest/infrastructure-components-development.yaml");
  CHECK(Catalog::builtin().cert_manager().version == "v1.21.1");
  CHECK(Catalog::builtin().cert_manager().timeout == std::chrono::minutes(10));
  CHECK(Catalog::builtin().cert_manager().url->ends_with("/cert-manager.yaml"));
}

TEST_CASE("a user's entry overrides the one of the same type and name, and others are added") {
  const auto mine = Catalog::parse(R"(
VSPHERE_USERNAME: left-alone
providers:
  - {name: vsphere, type: InfrastructureProvider, url: https://example.com/v/infrastructure-components.yaml}
  - {name: acme, type: AddonProvider, url: https://example.com/acme/addon-components.yaml}
cert-manager: {version: v1.19.0, externallyProvisioned: "true"}
)",
                                   "mine.yaml");
  REQUIRE(mine);
  const Catalog all = Catalog::builtin().with(*mine);
  CHECK(all.entries().size() == Catalog::builtin().entries().size() + 1);
  CHECK(std::ranges::is_sorted(all.entries(), {}, &CatalogEntry::id));
  CHECK(all.find(ProviderType::Infrastructure, "vsphere")->url == "https://example.com/v/infrastructure-components.yaml");
  CHECK(all.find(ProviderType::Addon, "acme") != nullptr);
  CHECK(all.find(ProviderType::Bootstrap, "acme") == nullptr);
  CHECK(all.find(ProviderType::Infrastructure, "aws")->url == Catalog::builtin().find(ProviderType::Infrastructure, "aws")->url);
  CHECK(all.cert_manager().version == "v1.19.0");
  CHECK(all.cert_manager().externally_provisioned == true);
  CHECK(all.cert_manager().url == Catalog::builtin().cert_manager().url);
  CHECK(Catalog::builtin().with({}).entries().size() == Catalog::builtin().entries().size());
}

TEST_CASE("variables in an url are expanded, and one that is missing is named without its neighbours' values") {
  const std::string yaml = "providers: [{name: acme, type: AddonProvider, url: 'https://${USER_TOKEN}@${ HOST }/${BASE:=files}/addon-components.yaml'}]";
  const auto with_host = [](std::string_view name) -> std::optional<std::string> {
    if (name == "USER_TOKEN") return "s3cret";
    if (name == "HOST") return "example.com";
    return std::nullopt;
  };
  const auto expanded = Catalog::parse(yaml, "mine.yaml", with_host);
  REQUIRE(expanded);
  CHECK(expanded->entries()[0].url == "https://s3cret@example.com/files/addon-components.yaml");
  const auto without = Catalog::parse(yaml, "mine.yaml", [](std::string_view name) -> std::optional<std::string> {
    if (name == "USER_TOKEN") return "s3cret";
    return std::nullopt;
  });
  REQUIRE_FALSE(without);
  CHECK(without.error().message().contains("mine.yaml: providers[0].url"));
  CHECK(without.error().message().contains("HOST"));
  CHECK_FALSE(without.error().message().contains("s3cret"));
  const auto blank = Catalog::parse(yaml, "mine.yaml", [](std::string_view) { return std::optional<std::string>("a b"); });
  REQUIRE_FALSE(blank);
  CHECK_FALSE(blank.error().message().contains("a b"));
}

TEST_CASE("a catalog that is wrong is refused with the entry and the field") {
  struct Row {
    const char* yaml;
    const char* error;
  };
  const Row rows[] = {
      {"[]", "mine.yaml: must be a mapping"},
      {"providers: {}", "mine.yaml: providers: must be a list"},
      {"providers: [x]", "mine.yaml: providers[0]: must be a mapping"},
      {"providers: [{name: a, type: AddonProvider, url: u}, {name: a, type: Addon, url: u}]", "mine.yaml: providers[1].type: must be one of CoreProvider, "},
      {"providers: [{name: A, type: AddonProvider, url: u}]", "mine.yaml: providers[0].name: must be a DNS label"},
      {"providers: [{name: kubeadm, type: CoreProvider, url: u}]", "mine.yaml: providers[0].name: must be cluster-api where"},
      {"providers: [{name: cluster-api, type: AddonProvider, url: u}]", "mine.yaml: providers[0].name: must be cluster-api where"},
      {"providers: [{name: a, type: AddonProvider}]", "mine.yaml: providers[0].url: is needed"},
      {"providers: [{name: a, type: AddonProvider, url: ''}]", "mine.yaml: providers[0].url: is needed"},
      {"providers: [{name: a, type: AddonProvider, uri: u}]", "mine.yaml: providers[0].uri: is no field here; there are name, type, url"},
      {"providers: [{name: a, type: AddonProvider, url: u}, {name: a, type: AddonProvider, url: w}]", "mine.yaml: providers: has AddonProvider a twice"},
      {"cert-manager: {version: newest}", "mine.yaml: cert-manager.version: must be a semantic version"},
      {"cert-manager: {timeout: soon}", "mine.yaml: cert-manager.timeout: must be a duration"},
      {"cert-manager: {externallyProvisioned: 1}", "mine.yaml: cert-manager.externallyProvisioned: must be true or false"},
      {"cert-manager: [1]", "mine.yaml: cert-manager: must be a mapping"},
  };
  for (const Row& row : rows) {
    INFO(row.yaml << "\n" << error_of(row.yaml));
    CHECK(error_of(row.yaml).starts_with(row.error));
  }
  CHECK(error_of("").empty());
}

TEST_CASE("a misspelt provider gets a suggestion, also from another type") {
  const Catalog& catalog = Catalog::builtin();
  CHECK(catalog.suggestions(ProviderType::Infrastructure, "vshpere") == std::vector<ProviderId>{{ProviderType::Infrastructure, "vsphere"}});
  CHECK(catalog.suggestions(ProviderType::Addon, "vsphere") == std::vector<ProviderId>{{ProviderType::Infrastructure, "vsphere"}});
  CHECK(catalog.suggestions(ProviderType::Infrastructure, "kubeadm") ==
        std::vector<ProviderId>{{ProviderType::Bootstrap, "kubeadm"}, {ProviderType::ControlPlane, "kubeadm"}});
  CHECK(catalog.suggestions(ProviderType::Infrastructure, "nothing-like-it").empty());
  const auto missing = catalog.get(ProviderType::Infrastructure, "vspere");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().is(Disposition::NotFound));
  CHECK(missing.error().message() ==
        "the catalog has no InfrastructureProvider vspere (did you mean InfrastructureProvider vsphere?); give the provider a source "
        "of its own, or add it to the catalog");
  CHECK(catalog.get(ProviderType::Infrastructure, "vsphere"));
}
