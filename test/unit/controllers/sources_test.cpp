// Components out of ConfigMaps and Secrets of the hub, and the sentences where they cannot be had.
#include "controllers/managementcluster/sources.h"

#include <catch2/catch_test_macros.hpp>

#include "controllers/wanted.h"
#include "support.h"

using namespace slipway;
using namespace slipway::controllers;
using namespace slipway::controllers::managementcluster;
using namespace slipway::test;

namespace {

Object config_map(std::string_view name, std::string_view key, std::string_view text, std::string_view version = "1") {
  Object map = kube::make_object("v1", "ConfigMap", {kNs, std::string(name)});
  map.ref({"metadata", "resourceVersion"}) = version;
  map.ref({"data", key}) = text;
  return map;
}

constexpr std::string_view kComponents = R"(
apiVersion: v1
kind: Namespace
metadata: {name: capv-system}
---
apiVersion: v1
kind: Secret
metadata: {name: capv-manager-bootstrap-credentials, namespace: capv-system}
stringData: {username: "${VSPHERE_USERNAME}"}
)";

struct SourcesFixture : Fixture {
  Sources sources;
  SourcesFixture() {
    request.spec.certManager.mode = "None";
    auto& provider = request.spec.providers[0];
    provider.type = "InfrastructureProvider";
    provider.name = "vsphere";
    provider.version = "v1.5.1";
    provider.source = api::Source{};
    provider.source->configMapRef = api::LocalRef{"vsphere"};
  }
  Resolved resolve() {
    observed.providers.clear();
    sources.resolve(request, observed);
    return observed.providers.at(0);
  }
};

}  // namespace

TEST_CASE("a source that is not there is named with its field") {
  SourcesFixture f;
  CHECK(f.resolve().message == "spec.providers[0].source: ConfigMap tkg-system/vsphere does not exist; create it");
  f.observed.hub.add(kube::res::kConfigMaps, config_map("vsphere", "other.yaml", "x"));
  CHECK(f.resolve().message == "spec.providers[0].source: ConfigMap tkg-system/vsphere has no key components.yaml; add it");
  f.request.spec.providers[0].source->url = "https://example.com/components.yaml";
  f.request.generation = 2;
  CHECK(f.resolve().reason == "Unsupported");
  f.request.spec.providers[0].source.reset();
  f.request.generation = 3;
  CHECK(f.resolve().reason == "SourceMissing");
}

TEST_CASE("variables come from the provider's Secret, and what lacks is named without any value") {
  SourcesFixture f;
  f.observed.hub.add(kube::res::kConfigMaps, config_map("vsphere", "components.yaml", kComponents));
  CHECK(f.resolve().reason == "InvalidComponents");
  CHECK(f.resolve().message.find("VSPHERE_USERNAME") != std::string::npos);
  f.request.spec.providers[0].variablesSecretRef = api::LocalRef{"credentials"};
  f.request.generation = 2;
  f.observed.hub.add(kube::res::kSecrets, secret(kNs, "credentials", "VSPHERE_USERNAME", "ZGVtbw=="));
  const Resolved resolved = f.resolve();
  REQUIRE(resolved.components);
  CHECK(resolved.in_inventory);
  CHECK(resolved.components->objects[1]["data"]["username"].as_string() == "ZGVtbw==");
}

TEST_CASE("what did not change is not worked out again; what did is") {
  SourcesFixture f;
  f.request.spec.providers[0].variablesSecretRef = api::LocalRef{"credentials"};
  f.observed.hub.add(kube::res::kSecrets, secret(kNs, "credentials", "VSPHERE_USERNAME", "ZGVtbw=="));
  f.observed.hub.add(kube::res::kConfigMaps, config_map("vsphere", "components.yaml", kComponents));
  const Resolved first = f.resolve();
  CHECK(f.resolve().components == first.components);
  Object changed = secret(kNs, "credentials", "VSPHERE_USERNAME", "b3RoZXI=");
  changed.ref({"metadata", "resourceVersion"}) = "2";
  f.observed.hub.add(kube::res::kSecrets, std::move(changed));
  const Resolved second = f.resolve();
  CHECK(second.components != first.components);
  CHECK(second.hash != first.hash);
}

TEST_CASE("a manifest of one's own holds one Cluster with the resource's name") {
  ClusterView hub;
  const ObjectKey owner{kNs, kName};
  const auto error = [&] { return manifest_of(hub, owner, "mine").error().message(); };
  CHECK(error() == "spec.cluster.manifestRef: ConfigMap tkg-system/mine does not exist; create it");
  hub.add(kube::res::kConfigMaps, config_map("mine", "cluster.yaml", "a: [1"));
  CHECK(error().starts_with("spec.cluster.manifestRef: ConfigMap tkg-system/mine, cluster.yaml"));
  hub.add(kube::res::kConfigMaps, config_map("mine", "cluster.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\n"));
  CHECK(error().ends_with("holds 0 Clusters; it must hold one"));
  hub.add(kube::res::kConfigMaps, config_map("mine", "cluster.yaml", "apiVersion: cluster.x-k8s.io/v1beta1\nkind: Cluster\nmetadata: {name: x}\n"));
  CHECK(error().ends_with("names its Cluster tkg-system/x; name it tkg-system/tkg-mgmt-vc"));
  hub.add(kube::res::kConfigMaps, config_map("mine", "cluster.yaml", "apiVersion: cluster.x-k8s.io/v1beta1\nkind: Cluster\nmetadata: {name: tkg-mgmt-vc}\n"));
  const auto manifest = manifest_of(hub, owner, "mine");
  REQUIRE(manifest);
  CHECK(kube::namespace_of(manifest->front()) == kNs);
}
