// Components out of ConfigMaps and Secrets of the hub, what a spec says of them, and the sentences where they cannot be had.
#include <catch2/catch_test_macros.hpp>

#include "components_world.h"
#include "controllers/wanted.h"
#include "pkg/providers/sources/digest.h"

using namespace slipway;
using namespace slipway::controllers;
using namespace slipway::controllers::managementcluster;
using namespace slipway::test;

namespace {

Object config_map(std::string_view name, std::string_view key, std::string_view text) {
  return data_object("ConfigMap", name, {{std::string(key), std::string(text)}});
}

struct SourcesWorld : ComponentsWorld {
  SourcesWorld() { source().configMapRef = api::LocalRef{"vsphere"}; }
  void put(std::vector<std::pair<std::string, std::string>> data, std::string_view version = "1") {
    observed.hub.add(kube::res::kConfigMaps, data_object("ConfigMap", "vsphere", std::move(data), version));
  }
  void change() { ++request.generation; }
};

std::string username(const Resolved& resolved) {
  std::string out;
  REQUIRE(resolved.components);
  REQUIRE(base64_decode(resolved.components->objects.at(1)["data"]["username"].as_string(), out));
  return out;
}

}  // namespace

TEST_CASE("a source that is not there is named with its field") {
  SourcesWorld f;
  CHECK(f.resolve().message == "spec.providers[0].source: ConfigMap tkg-system/vsphere does not exist; create it");
  f.put({});
  CHECK(f.resolve().message == "spec.providers[0].source: ConfigMap tkg-system/vsphere has no key components.yaml; add it");
  f.put({{"metadata.yaml", std::string(kMetadata)}});
  CHECK(f.resolve().message ==
        "spec.providers[0].source: ConfigMap tkg-system/vsphere has no components: they belong under the key components.yaml, or components.yaml.gz in base64");
  CHECK(f.resolve().reason == "InvalidComponents");
  f.source() = {};
  f.source().secretRef = api::LocalRef{"vsphere"};
  CHECK(f.resolve().message == "spec.providers[0].source: Secret tkg-system/vsphere does not exist; create it");
  CHECK(f.resolve().reason == "SecretMissing");
}

TEST_CASE("objects of the hub are read at once, also a Secret, and one that the Cluster API operator would take") {
  SourcesWorld f;
  f.put({{"components.yaml", std::string(kComponents)}, {"metadata.yaml", std::string(kMetadata)}});
  Resolved r = f.resolve();
  REQUIRE(r.components);
  CHECK(r.title == "InfrastructureProvider vsphere v1.5.1");
  CHECK(r.where == "ConfigMap tkg-system/vsphere");
  CHECK(r.contract == "v1beta1");
  CHECK_FALSE(r.is_signed);

  f.source() = {};
  f.source().secretRef = api::LocalRef{"vsphere"};
  f.observed.hub.add(kube::res::kSecrets, data_object("Secret", "vsphere", {{"components", std::string(kComponents)}}));
  r = f.resolve();
  REQUIRE(r.components);
  CHECK(r.where == "Secret tkg-system/vsphere");
  CHECK_FALSE(r.metadata);
  CHECK(f.web->calls.empty());
}

TEST_CASE("an object that says its version is not taken for another") {
  SourcesWorld f;
  Object map = config_map("vsphere", "components.yaml", kComponents);
  map.ref({"metadata", "labels", "provider.cluster.x-k8s.io/version"}) = "v1.5.0";
  f.observed.hub.add(kube::res::kConfigMaps, map);
  CHECK(f.resolve().message == "InfrastructureProvider vsphere v1.5.1: ConfigMap tkg-system/vsphere has no version v1.5.1; it has v1.5.0");
  f.provider().version = "";
  f.change();
  CHECK(f.resolve().title == "InfrastructureProvider vsphere v1.5.0");
}

TEST_CASE("where neither the spec nor the object names a version, the installed one is kept; where none is, the spec has to") {
  SourcesWorld f;
  f.put({{"components.yaml", std::string(kComponents)}});
  f.provider().version = "";
  SECTION("nothing is installed") {
    CHECK(f.resolve().message ==
          "spec.providers[0].version: ConfigMap tkg-system/vsphere does not say which version it is; name it, or give it the label "
          "provider.cluster.x-k8s.io/version");
    // A cluster that comes later may have one.
    SourcesWorld::install(f.observed.bootstrap, "v1.5.0");
    CHECK(f.resolve().title == "InfrastructureProvider vsphere v1.5.0");
  }
  SECTION("the management cluster's counts first") {
    SourcesWorld::install(f.observed.bootstrap, "v1.4.0");
    SourcesWorld::install(f.observed.target, "v1.5.0");
    const Resolved r = f.resolve();
    CHECK(r.title == "InfrastructureProvider vsphere v1.5.0");
    CHECK(r.components);
  }
  SECTION("it is waited for while it cannot be read") {
    f.observed.target.connected = true;
    const Resolved r = f.resolve();
    CHECK(r.pending);
    CHECK(r.reason == "TargetConnecting");
  }
  SECTION("an object that names one is not overruled") {
    SourcesWorld::install(f.observed.bootstrap, "v1.5.0");
    Object map = config_map("vsphere", "components.yaml", kComponents);
    map.ref({"metadata", "labels", "provider.cluster.x-k8s.io/version"}) = "v1.5.1";
    f.observed.hub.add(kube::res::kConfigMaps, map);
    CHECK(f.resolve().title == "InfrastructureProvider vsphere v1.5.1");
  }
}

TEST_CASE("components in the hub that do not have the pinned digest are not used") {
  SourcesWorld f;
  f.put({{"components.yaml", std::string(kComponents)}});
  f.provider().digest = providers::sha256_digest(kComponents);
  CHECK(f.resolve().components);
  f.provider().digest = "sha256:" + std::string(64, '0');
  f.change();
  const Resolved r = f.resolve();
  CHECK_FALSE(r.components);
  CHECK_FALSE(r.pending);
  CHECK(r.message == "InfrastructureProvider vsphere v1.5.1: the components have digest " + providers::sha256_digest(kComponents) +
                         ", but the spec pins sha256:" + std::string(64, '0') + "; nothing was applied");
}

TEST_CASE("variables come from a ConfigMap, the spec over it, and a Secret over both") {
  SourcesWorld f;
  f.put({{"components.yaml", std::string(kComponents)}});
  CHECK(username(f.resolve()) == "nobody");
  f.observed.hub.add(kube::res::kConfigMaps, config_map("variables", "VSPHERE_USERNAME", "of the map"));
  f.provider().variablesConfigMapRef = api::LocalRef{"variables"};
  f.change();
  CHECK(username(f.resolve()) == "of the map");
  f.provider().variables["VSPHERE_USERNAME"] = "of the spec";
  f.change();
  CHECK(username(f.resolve()) == "of the spec");
  f.observed.hub.add(kube::res::kSecrets, data_object("Secret", "credentials", {{"VSPHERE_USERNAME", "of the secret"}}));
  f.provider().variablesSecretRef = api::LocalRef{"credentials"};
  f.change();
  CHECK(username(f.resolve()) == "of the secret");
}

TEST_CASE("a variable that lacks is named without any value") {
  SourcesWorld f;
  f.put({{"components.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: \"${A}${B}\"}\n"}});
  f.provider().variables["A"] = "hunter2";
  const Resolved r = f.resolve();
  CHECK(r.reason == "InvalidComponents");
  CHECK(r.message.starts_with("InfrastructureProvider vsphere v1.5.1: components.yaml: value for variables [B] is not set"));
  CHECK(r.message.find("hunter2") == std::string::npos);
}

TEST_CASE("patches and image rules of the spec change the objects; one that cannot be is named with its field") {
  constexpr std::string_view kManager = R"(
apiVersion: apps/v1
kind: Deployment
metadata: {name: capv, namespace: capv-system}
spec: {template: {spec: {containers: [{name: manager, image: "registry.k8s.io/cluster-api-vsphere/capv:v1"}]}}}
)";
  SourcesWorld f;
  f.put({{"components.yaml", std::string(kComponents) + "---" + std::string(kManager)}});
  f.provider().patches.push_back(
      json::Object{{"target", json::Object{{"kind", "Deployment"}}}, {"patch", json::Object{{"spec", json::Object{{"replicas", 2}}}}}});
  f.request.spec.images.push_back({"all", "", "registry.k8s.io", "mirror.example.com/k8s", "", ""});
  const Resolved r = f.resolve();
  REQUIRE(r.components);
  const Object& deployment = r.components->objects.back();
  CHECK(deployment["spec"]["replicas"].as_int() == 2);
  CHECK(deployment["spec"]["template"]["spec"]["containers"].array()[0]["image"].as_string() == "mirror.example.com/k8s/cluster-api-vsphere/capv:v1");

  f.provider().patches[0].set("target", json::Object{{"kind", "Deployment"}, {"colour", "red"}});
  f.change();
  CHECK(f.resolve().message.starts_with("spec.providers[0].patches[0].target"));
}

TEST_CASE("what did not change is not worked out again; what did is") {
  SourcesWorld f;
  f.provider().variablesSecretRef = api::LocalRef{"credentials"};
  f.observed.hub.add(kube::res::kSecrets, data_object("Secret", "credentials", {{"VSPHERE_USERNAME", "demo"}}));
  f.put({{"components.yaml", std::string(kComponents)}});
  const Resolved first = f.resolve();
  CHECK(f.resolve().components == first.components);
  f.observed.hub.add(kube::res::kSecrets, data_object("Secret", "credentials", {{"VSPHERE_USERNAME", "other"}}, "2"));
  const Resolved second = f.resolve();
  CHECK(second.components != first.components);
  CHECK(second.hash != first.hash);
  f.put({{"components.yaml", std::string(kComponents) + "# changed\n"}}, "2");
  CHECK(f.resolve().components != second.components);
}

TEST_CASE("kapp-controller comes from where the spec says, as no catalog has it") {
  SourcesWorld f;
  f.put({{"components.yaml", std::string(kComponents)}});
  f.request.spec.kappController.source = api::Source{};
  f.look();
  REQUIRE(f.observed.kapp_controller);
  CHECK(f.observed.kapp_controller->message ==
        "spec.kappController.source: nobody knows where kapp-controller comes from; name its place: url, oci, configMapRef, secretRef or path");
  f.request.spec.kappController.source->configMapRef = api::LocalRef{"vsphere"};
  f.look();
  CHECK(f.observed.kapp_controller->message ==
        "spec.kappController.version: ConfigMap tkg-system/vsphere does not say which version it is; name it, or give it the label "
        "provider.cluster.x-k8s.io/version");
  f.request.spec.kappController.version = "v0.41.5";
  ++f.request.generation;
  f.look();
  CHECK(f.observed.kapp_controller->title == "kapp-controller v0.41.5");
  CHECK_FALSE(f.observed.kapp_controller->in_inventory);
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
