#include "pkg/pivot/selection.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "test/unit/pivot/two_sides.h"

namespace slipway {
namespace {

using namespace pivot;
using namespace test;
using Catch::Matchers::ContainsSubstring;

const std::string kClass = "tkg-vsphere-default-v1.0.0";

// A second Cluster beside the one of reference, of the same class, with a Secret and a binding, and an address under the same pool.
World two_clusters(const std::string& ns = kSystem) {
  World world = reference_world();
  Object& cluster = world.add(kCapi, "Cluster", ns, "other");
  cluster.ref({"spec", "topology"}) = json::Object{{"classRef", json::Object{{"name", kClass}, {"namespace", kSystem}}}};
  cluster.ref({"status", "infrastructureReady"}) = true;
  json::Value condition = json::Object{{"type", "ControlPlaneInitialized"}, {"status", "True"}};
  cluster.ref({"status", "conditions"}).push_back(std::move(condition));
  world.add("v1", "Secret", ns, "other-ca").ref({"data", "tls.crt"}) = "Y2E=";
  return world;
}

void bind_other(World& world) {
  Object& binding = world.add("addons.cluster.x-k8s.io/v1beta1", "ClusterResourceSetBinding", kSystem, "other");
  binding.ref({"spec", "clusterName"}) = "other";
  world.own(binding, "ClusterResourceSet", "storage");
}

Draft draft(const World& world, std::vector<kube::ObjectKey> clusters) {
  Scope scope;
  scope.clusters = std::move(clusters);
  return draft_plan(world.inventory(), scope);
}

const kube::ObjectKey kFirst{kSystem, kCluster}, kOther{kSystem, "other"};

}  // namespace

TEST_CASE("a selected Cluster moves with all that belongs to it, and what is another's stays") {
  World world = two_clusters();
  world.at("ConfigMap", "tkg-bom-1").ref({"metadata", "labels"}).set("clusterctl.cluster.x-k8s.io/move", "");
  const Draft d = draft(world, {kFirst});
  CHECK(d.blockers.empty());
  CHECK(d.plan.unmovable.empty());
  CHECK(planned(d.plan, "Cluster", kCluster).fate == Fate::Move);
  CHECK(planned(d.plan, "VSphereVM", kCluster + "-kcp-5h8zq-vm").fate == Fate::Move);
  CHECK(planned(d.plan, "Secret", kCluster + "-apiserver-etcd-client").fate == Fate::Move);
  CHECK(planned(d.plan, "Cluster", "other").reason == "not selected");
  CHECK(planned(d.plan, "Secret", "other-ca").reason == "not selected");
  CHECK(planned(d.plan, "ConfigMap", "tkg-bom-1").reason == "not selected");
  CHECK(planned(d.plan, "ConfigMap", "tkg-bom-2").reason == "not linked with any Cluster");
}

TEST_CASE("the class of a selected Cluster moves with it where no other uses it, from whichever namespace") {
  World world = two_clusters("default");
  SECTION("another Cluster uses it") {
    const Draft d = draft(world, {kFirst});
    CHECK(planned(d.plan, "ClusterClass", kClass).fate == Fate::Keep);
    CHECK(planned(d.plan, "ClusterClass", kClass).reason == "shared: what is not selected uses it");
    CHECK(planned(d.plan, "VSphereMachineTemplate", kClass + "-worker").fate == Fate::Keep);
  }
  SECTION("only the selected one, in another namespace, uses it") {
    world.at("Cluster", kCluster).find_mut("spec")->erase("topology");
    const Draft d = draft(world, {{"default", "other"}});
    CHECK(planned(d.plan, "ClusterClass", kClass).fate == Fate::Move);
    CHECK(planned(d.plan, "VSphereMachineTemplate", kClass + "-worker").fate == Fate::Move);
    CHECK(planned(d.plan, "Cluster", kCluster).fate == Fate::Exclude);
    CHECK(planned(d.plan, "Cluster", "other").group > planned(d.plan, "ClusterClass", kClass).group);
  }
  SECTION("both are selected") {
    const Draft d = draft(world, {kFirst, {"default", "other"}});
    CHECK(planned(d.plan, "ClusterClass", kClass).fate == Fate::Move);
  }
}

TEST_CASE("a ClusterResourceSet moves where it serves selected Clusters alone, and is kept where it serves others") {
  World world = two_clusters();
  SECTION("alone") {
    const Draft d = draft(world, {kFirst});
    CHECK(planned(d.plan, "ClusterResourceSet", "storage").fate == Fate::Move);
    CHECK(planned(d.plan, "ConfigMap", "storage-class").fate == Fate::Move);
  }
  SECTION("a binding says that it serves another") {
    bind_other(world);
    const Draft d = draft(world, {kFirst});
    CHECK(planned(d.plan, "ClusterResourceSet", "storage").fate == Fate::Keep);
    CHECK(planned(d.plan, "ConfigMap", "storage-class").fate == Fate::Keep);
    CHECK(planned(d.plan, "ClusterResourceSetBinding", kCluster).fate == Fate::Move);
    CHECK(planned(d.plan, "ClusterResourceSetBinding", "other").reason == "not selected");
  }
  SECTION("its selector chooses another") {
    world.at("ClusterResourceSet", "storage").ref({"spec", "clusterSelector", "matchLabels", "csi"}) = "yes";
    world.at("Cluster", "other").ref({"metadata", "labels"}).set("csi", "yes");
    CHECK(planned(draft(world, {kFirst}).plan, "ClusterResourceSet", "storage").fate == Fate::Keep);
  }
  SECTION("its selector chooses the selected one, and nothing was bound yet") {
    world.remove("ClusterResourceSetBinding", kCluster);
    CHECK(planned(draft(world, {kFirst}).plan, "ClusterResourceSet", "storage").reason == "not selected");
    world.at("ClusterResourceSet", "storage").ref({"spec", "clusterSelector", "matchLabels", "csi"}) = "yes";
    world.at("Cluster", kCluster).ref({"metadata", "labels"}).set("csi", "yes");
    CHECK(planned(draft(world, {kFirst}).plan, "ClusterResourceSet", "storage").fate == Fate::Move);
  }
}

TEST_CASE("label selectors match as Cluster API's do: an empty one matches nothing") {
  const auto labels = json::parse(R"({"a": "1", "b": "2"})");
  struct Row {
    const char* selector;
    bool matches;
  };
  for (const auto& row : {Row{"{}", false}, Row{R"({"matchLabels": {"a": "1"}})", true}, Row{R"({"matchLabels": {"a": "1", "c": ""}})", false},
                          Row{R"({"matchExpressions": [{"key": "a", "operator": "In", "values": ["0", "1"]}]})", true},
                          Row{R"({"matchExpressions": [{"key": "c", "operator": "NotIn", "values": ["1"]}]})", true},
                          Row{R"({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["1"]}]})", false},
                          Row{R"({"matchExpressions": [{"key": "a", "operator": "Exists"}], "matchLabels": {"b": "2"}})", true},
                          Row{R"({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]})", false},
                          Row{R"({"matchExpressions": [{"key": "a", "operator": "Near"}]})", false}}) {
    INFO(row.selector);
    CHECK(label_selector_matches(*json::parse(row.selector), *labels) == row.matches);
  }
}

TEST_CASE("identities and pools come with the Clusters that use them, and stay for those that stay") {
  World world = two_clusters();
  SECTION("nothing else uses the pool") {
    const Draft d = draft(world, {kFirst});
    CHECK(planned(d.plan, "InClusterIPPool", "nodes").fate == Fate::Move);
    CHECK(planned(d.plan, "VSphereClusterIdentity", "tkg-identity").fate == Fate::Keep);
    CHECK(planned(d.plan, "Secret", "tkg-identity-secret").fate == Fate::Keep);
    CHECK(d.plan.notes.empty());
  }
  SECTION("another Cluster has an address of it") {
    Object& vm = world.add(kInfra, "VSphereVM", kSystem, "other-vm");
    world.own(vm, "Cluster", "other");
    Object& claim = world.add("ipam.cluster.x-k8s.io/v1alpha1", "IPAddressClaim", kSystem, "other-vm");
    world.own(claim, "VSphereVM", "other-vm");
    Object& address = world.add("ipam.cluster.x-k8s.io/v1alpha1", "IPAddress", kSystem, "other-vm");
    world.own(address, "IPAddressClaim", "other-vm");
    world.own(address, "InClusterIPPool", "nodes");
    const Draft d = draft(world, {kFirst});
    CHECK(planned(d.plan, "InClusterIPPool", "nodes").fate == Fate::Keep);
    CHECK(planned(d.plan, "IPAddress", kCluster + "-kcp-5h8zq").fate == Fate::Move);
    CHECK(planned(d.plan, "IPAddress", "other-vm").reason == "not selected");
    REQUIRE(d.plan.notes.size() == 1);
    CHECK_THAT(d.plan.notes[0], ContainsSubstring("InClusterIPPool tkg-system/nodes will be on both sides"));
  }
  SECTION("only the other uses it") {
    CHECK(planned(draft(world, {kOther}).plan, "InClusterIPPool", "nodes").reason == "not selected");
    CHECK(planned(draft(world, {kOther}).plan, "VSphereClusterIdentity", "tkg-identity").reason == "not selected");
  }
  SECTION("an address that nobody selected has claimed keeps the pool, and does not come") {
    Object& claim = world.add("ipam.cluster.x-k8s.io/v1alpha1", "IPAddressClaim", kSystem, "by-hand");
    Object& address = world.add("ipam.cluster.x-k8s.io/v1alpha1", "IPAddress", kSystem, "by-hand");
    world.own(address, "IPAddressClaim", "by-hand");
    world.own(address, "InClusterIPPool", "nodes");
    CHECK(claim["metadata"]["ownerReferences"].is_null());
    const Draft d = draft(world, {kFirst});
    CHECK(planned(d.plan, "InClusterIPPool", "nodes").fate == Fate::Keep);
    CHECK(planned(d.plan, "IPAddress", "by-hand").fate == Fate::Exclude);
    CHECK(d.plan.unmovable.empty());
  }
}

TEST_CASE("an object of two Clusters is copied without the owner that stays, and kept") {
  World world = two_clusters();
  Object& credentials = world.add("v1", "Secret", kSystem, "credentials");
  world.own(credentials, "Cluster", kCluster);
  world.own(credentials, "Cluster", "other");
  const Draft d = draft(world, {kFirst});
  CHECK(planned(d.plan, "Secret", "credentials").fate == Fate::Keep);
  CHECK(planned(d.plan, "Secret", "credentials").reason == "shared: what is not selected uses it");
  CHECK(d.plan.unmovable.empty());
}

TEST_CASE("what a selected Cluster names and leaves behind is told as elsewhere") {
  World world = two_clusters();
  world.own(world.add("v1", "Secret", kSystem, "theirs"), "Cluster", "other");
  world.at("VSphereCluster", kCluster).ref({"spec", "extraSecretRef"}) = json::Object{{"name", "theirs"}};
  const Draft d = draft(world, {kFirst});
  REQUIRE(d.dangling.size() == 1);
  CHECK(sentence(world.inventory(), d.dangling[0], d.plan) ==
        "VSphereCluster tkg-system/tkg-mgmt-vc: spec.extraSecretRef names Secret tkg-system/theirs, which stays elsewhere (not selected)");
}

TEST_CASE("a labelled Secret comes along where a selected Cluster names it") {
  World world = two_clusters();
  world.add("v1", "Secret", kSystem, "credentials").ref({"metadata", "labels"}).set("clusterctl.cluster.x-k8s.io/move", "");
  world.at("VSphereCluster", kCluster).ref({"spec", "extraSecretRef"}) = json::Object{{"name", "credentials"}};
  SECTION("and moves where it is the only one") { CHECK(planned(draft(world, {kFirst}).plan, "Secret", "credentials").fate == Fate::Move); }
  SECTION("and is kept where another names it") {
    Object& theirs = world.add(kInfra, "VSphereCluster", kSystem, "other");
    theirs.ref({"spec", "extraSecretRef"}) = json::Object{{"name", "credentials"}};
    world.own(theirs, "Cluster", "other");
    CHECK(planned(draft(world, {kFirst}).plan, "Secret", "credentials").fate == Fate::Keep);
  }
}

TEST_CASE("a Cluster that does not exist is an error that names those that do") {
  const World world = two_clusters();
  CHECK(draft(world, {{kSystem, "nobody"}}).blockers ==
        std::vector<std::string>{"there is no Cluster tkg-system/nobody; the source has tkg-system/other; tkg-system/tkg-mgmt-vc"});
  SECTION("a name alone does where it is the only one") { CHECK(draft(world, {{"", "other"}}).blockers.empty()); }
  SECTION("and not where there are two") {
    World twice = two_clusters();
    twice.add(kCapi, "Cluster", "default", "other");
    CHECK(draft(twice, {{"", "other"}}).blockers == std::vector<std::string>{"Cluster other is ambiguous: say which of default/other; tkg-system/other"});
  }
}

TEST_CASE_METHOD(QuietMove, "one Cluster after the other moves, and the source works on in between") {
  World world = two_clusters();
  bind_other(world);
  TwoSides sides(world);
  auto options = sides.options();
  options.clusters = {kFirst};
  const auto replicas = [&] {
    return sides.get(sides.source, kube::res::kDeployments, {"capv-system", "capv-controller-manager"})["spec"]["replicas"].as_int(-1);
  };
  const auto done = sides.run(options);
  if (!done) FAIL(done.error().message());
  CHECK(done->scope == "namespace tkg-system, Clusters tkg-system/tkg-mgmt-vc");
  CHECK(sides.get(sides.source, kube::res::kClusters, kFirst).is_null());
  CHECK_FALSE(sides.get(sides.target, kube::res::kClusters, kFirst)["spec"]["paused"].as_bool());
  CHECK_FALSE(sides.get(sides.source, kube::res::kClusters, kOther)["spec"]["paused"].as_bool());
  CHECK(sides.get(sides.target, kube::res::kClusters, kOther).is_null());
  CHECK_FALSE(sides.get(sides.source, kube::res::kClusterClasses, {kSystem, kClass})["metadata"]["annotations"].contains("cluster.x-k8s.io/paused"));
  CHECK_FALSE(sides.get(sides.target, kube::res::kClusterClasses, {kSystem, kClass}).is_null());
  CHECK(replicas() == 2);  // back again

  options = sides.options("m2");
  options.clusters = {{"", "other"}};
  const auto rest = sides.run(options);  // what the first move has brought and nothing uses any more is there already
  if (!rest) FAIL(rest.error().message());
  CHECK(sides.get(sides.source, kube::res::kClusters, kOther).is_null());
  const Object there = sides.get(sides.target, kube::res::kClusters, kOther);
  CHECK_FALSE(there["spec"]["paused"].as_bool());
  CHECK(replicas() == 0);  // no Cluster is left
}

TEST_CASE_METHOD(QuietMove, "a class that another Cluster begins to use after it was copied stays on the source") {
  TwoSides sides(reference_world());
  auto options = sides.options();
  options.clusters = {kFirst};
  Object other = kube::make_object(kCapi, "Cluster", kOther);
  other.ref({"spec", "topology"}) = json::Object{{"classRef", json::Object{{"name", kClass}, {"namespace", kSystem}}}};
  after_first(sides, "target create machines", creating(sides.source, kube::res::kClusters, other));
  const auto done = sides.run(options);
  if (!done) FAIL(done.error().message());
  const Object stays = sides.get(sides.source, kube::res::kClusterClasses, {kSystem, kClass});
  REQUIRE_FALSE(stays.is_null());
  CHECK_FALSE(stays["metadata"]["annotations"].contains("cluster.x-k8s.io/paused"));
  const Object copy = sides.get(sides.target, kube::res::kClusterClasses, {kSystem, kClass});
  REQUIRE_FALSE(copy.is_null());
  CHECK_FALSE(copy["metadata"]["annotations"].contains("slipway.dev/kept-on-source"));
  CHECK(sides.get(sides.source, kube::res::kClusters, kFirst).is_null());
}

TEST_CASE_METHOD(QuietMove, "a move goes on with the scope that it was begun with") {
  TwoSides sides(two_clusters());
  auto options = sides.options();
  options.clusters = {kFirst};
  sides.budget->limit = 25;
  REQUIRE_FALSE(sides.run(options).has_value());
  sides.budget = std::make_shared<Budget>();
  auto other = options;
  other.clusters = {kOther};
  CHECK(error_of(sides.run(other)) ==
        "move m1: it was begun with another scope (namespace tkg-system, Clusters tkg-system/tkg-mgmt-vc) than it is run with now (namespace tkg-system, "
        "Clusters tkg-system/other): run it with the first, or roll it back");
  CHECK(sides.budget->writes == 0);
  SECTION("with the same options") { CHECK(sides.run(options).has_value()); }
  SECTION("with what was recorded") {
    auto recorded = sides.options();
    recorded.recorded_scope = true;
    REQUIRE(sides.run(recorded).has_value());
    CHECK(sides.get(sides.source, kube::res::kClusters, kFirst).is_null());
    CHECK_FALSE(sides.get(sides.source, kube::res::kClusters, kOther).is_null());
  }
  SECTION("an undo needs none") {
    REQUIRE(sides.rollback().has_value());
    sides.check_undone();
  }
}

TEST_CASE_METHOD(QuietMove, "where a Cluster that has moved is re-created on the source, no provider comes back there to build it twice") {
  TwoSides sides(two_clusters());
  auto options = sides.options();
  options.clusters = {kFirst};
  after_first(sides, "source delete clusters", creating(sides.source, kube::res::kClusters, kube::make_object(kCapi, "Cluster", kFirst)));
  REQUIRE(sides.run(options).has_value());
  CHECK_FALSE(sides.get(sides.source, kube::res::kClusters, kFirst).is_null());
  CHECK(sides.get(sides.source, kube::res::kDeployments, {"capv-system", "capv-controller-manager"})["spec"]["replicas"].as_int(-1) == 0);
  CHECK_THAT(log_lines, ContainsSubstring("a Cluster that has moved is on the source again"));
}

TEST_CASE_METHOD(QuietMove, "a move of one Cluster that is cut at any write ends well, and the Cluster beside it never stops") {
  const World world = two_clusters();
  std::size_t writes = 0;
  for (std::size_t k = 4; writes == 0 || k < writes; k += 9) {
    TwoSides sides(world);
    auto options = sides.options();
    options.clusters = {kFirst};
    if (writes == 0) {
      REQUIRE(sides.run(options).has_value());
      writes = sides.budget->writes;
      continue;
    }
    INFO("after " << k << " of " << writes << " writes");
    sides.budget->limit = k;
    REQUIRE_FALSE(sides.run(options).has_value());
    sides.budget = std::make_shared<Budget>();
    const bool paused_here = sides.get(sides.source, kube::res::kClusters, kFirst)["spec"]["paused"].as_bool();
    const Object there = sides.get(sides.target, kube::res::kClusters, kFirst);
    const bool gone_here = sides.get(sides.source, kube::res::kClusters, kFirst).is_null();
    CHECK((paused_here || gone_here || there.is_null() || there["spec"]["paused"].as_bool()));
    CHECK_FALSE(sides.get(sides.source, kube::res::kClusters, kOther)["spec"]["paused"].as_bool());
    const auto done = sides.run(options);
    if (!done) FAIL(done.error().message());
    CHECK(sides.get(sides.source, kube::res::kClusters, kFirst).is_null());
    CHECK_FALSE(sides.get(sides.target, kube::res::kClusters, kFirst)["spec"]["paused"].as_bool());
    CHECK(sides.get(sides.source, kube::res::kDeployments, {"capv-system", "capv-controller-manager"})["spec"]["replicas"].as_int() == 2);
    CHECK_FALSE(sides.get(sides.source, kube::res::kClusterClasses, {kSystem, kClass})["metadata"]["annotations"].contains("cluster.x-k8s.io/paused"));
  }
}

}  // namespace slipway
