#include <catch2/catch_test_macros.hpp>

#include "pkg/pivot/names.h"
#include "test/unit/pivot/world.h"

namespace slipway {
namespace {

using namespace pivot;
using namespace test;

// Names of what `links` point at, in order.
std::vector<std::string> names(const Inventory& inventory, const std::vector<std::size_t>& indices) {
  std::vector<std::string> out;
  for (const auto i : indices) out.push_back(inventory.items[i].key.name);
  std::ranges::sort(out);
  return out;
}

std::size_t index_of(const Inventory& inventory, const std::string& kind, const std::string& name) {
  for (std::size_t i = 0; i < inventory.items.size(); ++i)
    if (inventory.kind_of(inventory.items[i]).kind == kind && inventory.items[i].key.name == name) return i;
  FAIL("no " << kind << " " << name);
  return 0;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a Secret's name tells its cluster by the longest purpose that it can end with") {
  struct Row {
    const char* secret;
    const char* cluster;
  };
  for (const auto& row : {Row{"c-ca", "c"}, Row{"c-etcd", "c"}, Row{"c-sa", "c"}, Row{"c-proxy", "c"}, Row{"c-kubeconfig", "c"},
                          Row{"c-apiserver-etcd-client", "c"}, Row{"a-b-ca", "a-b"}, Row{"c-etcd-ca", "c-etcd"}, Row{"c-client", ""}, Row{"-ca", ""},
                          Row{"ca", ""}, Row{"cca", ""}, Row{"c-user-kubeconfig", "c-user"}, Row{"c-CA", ""}}) {
    INFO(row.secret);
    CHECK(cluster_of_secret(row.secret) == row.cluster);
  }
}

TEST_CASE("soft owners come from names, and only where no ownerReference says otherwise") {
  World world = reference_world();
  world.add("v1", "Secret", "default", kCluster + "-ca");                                                                         // another namespace
  world.own(world.add("v1", "Secret", kSystem, kCluster + "-sa-ca"), "ConfigMap", "storage-class");                               // owned by something else
  world.at("VSphereMachineTemplate", "tkg-vsphere-default-v1.0.0-control-plane").find_mut("metadata")->erase("ownerReferences");  // not reconciled yet
  const Inventory inventory = world.inventory();
  const Graph graph(inventory);
  const auto soft = [&](const std::string& kind, const std::string& name) { return names(inventory, graph[index_of(inventory, kind, name)].soft); };
  CHECK(soft("Secret", kCluster + "-etcd") == Names{kCluster});
  CHECK(soft("Secret", kCluster + "-apiserver-etcd-client") == Names{kCluster});
  CHECK(soft("Secret", kCluster + "-kubeconfig").empty());
  CHECK(soft("Secret", kCluster + "-sa-ca").empty());
  CHECK(soft("ClusterResourceSetBinding", kCluster) == Names{kCluster});
  CHECK(soft("VSphereMachineTemplate", "tkg-vsphere-default-v1.0.0-control-plane") == Names{"tkg-vsphere-default-v1.0.0"});
  CHECK(soft("VSphereMachineTemplate", kCluster + "-control-plane").empty());
  CHECK(names(inventory, graph[index_of(inventory, "Cluster", kCluster)].after) == Names{"tkg-vsphere-default-v1.0.0"});
  CHECK(names(inventory, graph[index_of(inventory, "VSphereCluster", kCluster)].after) == Names{"tkg-identity"});
}

TEST_CASE("a class is found by classRef and by class with classNamespace, and defaults to the Cluster's namespace") {
  const Kind kind = *kind_of_crd(make_crd({"cluster.x-k8s.io", "Cluster", "clusters"}));
  Object cluster = kube::make_object(kCapi, "Cluster", {"a", "c"});
  const auto classed = [&](json::Value topology) {
    cluster.ref({"spec", "topology"}) = std::move(topology);
    return read_item(0, kind, cluster).classed.to_string();
  };
  CHECK(classed(json::Object{{"class", "k"}}) == "a/k");
  CHECK(classed(json::Object{{"class", "k"}, {"classNamespace", "b"}}) == "b/k");
  CHECK(classed(json::Object{{"classRef", json::Object{{"name", "k"}, {"namespace", "b"}}}}) == "b/k");
  CHECK(classed(json::Object{}).empty());
}

TEST_CASE("owners are matched by UID, so a namesake of another life does not count") {
  World world = reference_world();
  world.at("Machine", kCluster + "-kcp-5h8zq").ref({"metadata", "uid"}) = "second-life";
  const Inventory inventory = world.inventory();
  const Graph graph(inventory);
  const Links& links = graph[index_of(inventory, "VSphereMachine", kCluster + "-kcp-5h8zq")];
  CHECK(links.owners.empty());
  REQUIRE(links.stale.size() == 1);
  CHECK(links.foreign.empty());
}

TEST_CASE("references are found by their form") {
  const auto object = json::parse(R"({"kind": "X", "metadata": {"name": "x"}, "status": {"secretName": "no"}, "spec": {
    "secretName": "a", "identityRef": {"kind": "Id", "name": "b"}, "clientSecret": {"name": "c", "namespace": "n"}, "files": [{"contentFrom": {"secret": {"name": "d", "key": "k"}}}],
    "dataSecretName": "e", "ref": {"apiVersion": "g.example/v1", "kind": "G", "name": "f"}, "poolRef": {"apiGroup": "p.example", "kind": "P", "name": "g"},
    "valuesFrom": {"configMapRef": {"name": "h"}}, "secretRef": "i", "notARef": {"name": "z"}, "users": [{"name": "root", "passwdFrom": {"secret": {"name": "j"}}}],
    "variables": [{"schema": {"openAPIV3Schema": {"default": {"kind": "Secret", "name": "no"}}}}]}})");
  REQUIRE(object);
  std::vector<std::string> found;
  for (const auto& r : references_of(*object))
    found.push_back(r.field + " " + (r.group ? *r.group : std::string("?")) + " " + r.kind + " " + r.key.to_string());
  CHECK(found == Names{"spec.clientSecret  Secret n/c", "spec.dataSecretName  Secret e", "spec.files[0].contentFrom.secret  Secret d",
                       "spec.identityRef ? Id b", "spec.poolRef p.example P g", "spec.ref g.example G f", "spec.secretName  Secret a",
                       "spec.secretRef  Secret i", "spec.users[0].passwdFrom.secret  Secret j", "spec.valuesFrom.configMapRef  ConfigMap h"});
}

TEST_CASE("kinds come from labelled CRDs, in their storage version, with what their labels ask for") {
  CHECK_FALSE(kind_of_crd(make_crd({"g.example", "G", "gs", true, {"v1"}, {}})));
  const auto plain = kind_of_crd(make_crd({"g.example", "G", "gs", false, {"v1", "v2"}}));
  REQUIRE(plain);
  CHECK(plain->gvr == kube::GroupVersionResource{"g.example", "v2", "gs", false});
  CHECK_FALSE(plain->move);
  CHECK(plain->has_status);
  CHECK(kind_of_crd(make_crd({"g.example", "G", "gs", true, {"v1"}, {std::string(kClusterctlLabel), std::string(kMoveObjectLabel)}}))->move);
  CHECK(kind_of_crd(make_crd({"g.example", "G", "gs", true, {"v1"}, {std::string(kClusterctlLabel), std::string(kMoveHierarchyLabel)}}))->hierarchy);
  CHECK(kind_of_crd(make_crd({"cluster.x-k8s.io", "Cluster", "clusters"}))->hierarchy);
  CHECK_FALSE(kind_of_crd(make_crd({"other.example", "Cluster", "clusters"}))->hierarchy);
}

TEST_CASE("both sides agree on a version that both serve: the source's, else the one that the target prefers") {
  struct Row {
    std::vector<std::string> source, target;
    std::string agreed;
  };
  for (const auto& row :
       std::vector<Row>{{{"v1"}, {"v1"}, "v1"}, {{"v1", "v2"}, {"v1", "v2", "v3"}, "v2"}, {{"v1", "v2"}, {"v0", "v1"}, "v1"}, {{"v1"}, {"v2"}, ""}}) {
    const Object source = make_crd({"g.example", "G", "gs", true, row.source});
    Kind kind = *kind_of_crd(source);
    std::vector<kube::ApiResource> served;
    for (const auto& version : row.target) served.push_back({{"g.example", version, "G"}, {"g.example", version, "gs", true}, {}, {}, {"status"}});
    const bool agreed = agree_on_version(kind, source, served);
    CHECK(agreed == !row.agreed.empty());
    if (agreed) CHECK(kind.gvr.version == row.agreed);
  }
}

}  // namespace slipway
