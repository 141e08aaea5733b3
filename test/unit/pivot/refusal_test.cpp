#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "pkg/pivot/names.h"
#include "test/unit/pivot/two_sides.h"

namespace slipway {
namespace {

using namespace test;
using Catch::Matchers::ContainsSubstring;

}  // namespace

TEST_CASE_METHOD(QuietMove, "a name that is taken on the target stops the move before anything is paused") {
  TwoSides sides(reference_world());
  Object ns = kube::make_object("v1", "Namespace", {"", kSystem});
  sides.put(sides.target, ns);
  sides.put(sides.target, kube::make_object("v1", "Secret", {kSystem, kCluster + "-ca"}));
  const std::string error = error_of(sides.run());
  CHECK_THAT(error, ContainsSubstring("Secret tkg-system/tkg-mgmt-vc-ca exists on the target already and is not a copy of this move"));
  CHECK(writes_on(sides, "source") == 0);
  CHECK(sides.get(sides.target, kube::res::kSecrets, {kSystem, kCluster + "-ca"})["data"].is_null());
}

TEST_CASE_METHOD(QuietMove, "preflight names everything that the target lacks, at once, and touches nothing") {
  TwoSides sides(reference_world());
  std::string expected;
  SECTION("providers") {
    sides.remove(sides.target, "Provider", {"caip-in-cluster-system", "ipam-in-cluster"});
    json::Value older;
    older.set("version", "v1.2.7");
    sides.patch(sides.target, "Provider", {"capi-system", "cluster-api"}, std::move(older));
    json::Value down;
    down.ref({"status", "conditions"}).make_array();
    kube::PatchOptions options;
    options.subresource = "status";
    REQUIRE(sides.loop.run(sides.target->patch(kube::res::kDeployments, {"capv-system", "capv-controller-manager"}, kube::PatchType::Merge, down, options)));
    expected =
        "move m1: the target is not ready: IPAMProvider in-cluster v0.1.0 is not installed; CoreProvider cluster-api is v1.2.7, older than the source's "
        "v1.2.8; "
        "provider infrastructure-vsphere: Deployment capv-system/capv-controller-manager is not Available";
  }
  SECTION("kinds") {
    sides.remove(sides.target, "CustomResourceDefinition", {"", "ipaddresses.ipam.cluster.x-k8s.io"});
    sides.remove(sides.target, "CustomResourceDefinition", {"", "vspherefailuredomains.infrastructure.cluster.x-k8s.io"});  // of which nothing moves
    expected = "move m1: the target is not ready: the target does not know kind IPAddress (ipaddresses.ipam.cluster.x-k8s.io): install its provider there";
  }
  CHECK(error_of(sides.run()) == expected);
  CHECK(sides.budget->writes == 0);
}

TEST_CASE_METHOD(QuietMove, "a rehearsal finds what the target would refuse before anything is paused") {
  TwoSides sides(reference_world());
  sides.target_server.inject(answering("create", "vspheremachines", 422, "Invalid", 0, 2));
  auto options = sides.options();
  const std::string error = error_of(sides.run(options));
  CHECK_THAT(error, ContainsSubstring("the target would refuse: VSphereMachine tkg-system/tkg-mgmt-vc-kcp-5h8zq"));
  CHECK_THAT(error, ContainsSubstring("VSphereMachine tkg-system/tkg-mgmt-vc-md-0-x7k2-9dvtl"));
  CHECK(writes_on(sides, "source") == 0);
}

TEST_CASE_METHOD(QuietMove, "what is not provisioned or on its way out does not move") {
  World world = reference_world();
  TwoSides sides(world);
  std::string expected;
  SECTION("a Machine without a node") {
    json::Value change;
    change.ref({"status", "nodeRef"}) = nullptr;
    kube::PatchOptions options;
    options.subresource = "status";
    REQUIRE(sides.loop.run(sides.source->patch(kube::res::kMachines, {kSystem, kCluster + "-kcp-5h8zq"}, kube::PatchType::Merge, change, options)));
    expected = "the source cannot be moved now: Machine tkg-system/tkg-mgmt-vc-kcp-5h8zq: it has no node yet (status.nodeRef)";
  }
  SECTION("a Machine that is being deleted") {
    sides.remove(sides.source, "Machine", {kSystem, kCluster + "-kcp-5h8zq"});  // its finalizer holds it
    expected = "the source cannot be moved now: Machine tkg-system/tkg-mgmt-vc-kcp-5h8zq is being deleted: wait until it is gone";
  }
  CHECK(error_of(sides.run()) == "move m1: " + expected);
  CHECK(sides.budget->writes == 0);
  const auto planned = sides.loop.run(pivot::plan(sides.source, sides.options()));
  REQUIRE_FALSE(planned.has_value());
  CHECK(planned.error().message() == expected);
  CHECK(planned.error().is(Disposition::Terminal));
}

TEST_CASE_METHOD(QuietMove, "a source without Clusters is an error, not a success") {
  TwoSides sides(small_world());
  auto options = sides.options();
  options.ns = "elsewhere";
  CHECK_THAT(error_of(sides.run(options)), ContainsSubstring("nothing to move"));
}

TEST_CASE_METHOD(QuietMove, "what would dangle blocks a move, unless the target has it or it is allowed") {
  World world = reference_world();
  world.at("Secret", "tkg-identity-secret").find_mut("metadata")->erase("ownerReferences");
  TwoSides sides(world);
  REQUIRE(sides.plan.unmovable.size() == 1);
  CHECK_THAT(sides.plan.unmovable[0], ContainsSubstring("spec.secretName names Secret capv-system/tkg-identity-secret"));
  SECTION("blocked") {
    CHECK_THAT(error_of(sides.run()), ContainsSubstring("the move would leave something behind: VSphereClusterIdentity tkg-identity: spec.secretName"));
    CHECK(sides.budget->writes == 0);
  }
  SECTION("the target has it") {
    sides.put(sides.target, kube::make_object("v1", "Secret", {"capv-system", "tkg-identity-secret"}));
    CHECK(sides.run().has_value());
  }
  SECTION("allowed") {
    auto options = sides.options();
    options.fail_on_unmovable = false;
    REQUIRE(sides.run(options).has_value());
    sides.check_moved();
    CHECK_THAT(log_lines, ContainsSubstring("left behind"));
  }
}

TEST_CASE_METHOD(QuietMove, "an object of an unlabelled kind that a moved object names is looked up on both sides") {
  World world = reference_world();
  world.crds.push_back({"lb.example", "Balancer", "balancers", true, {"v1"}, {}});
  world.at("VSphereCluster", kCluster).ref({"spec", "loadBalancerRef"}) = json::Object{{"apiVersion", "lb.example/v1"}, {"kind", "Balancer"}, {"name", "b"}};
  TwoSides sides(world);
  CHECK(sides.plan.unmovable.empty());  // it dangles on the source already
  const kube::GroupVersionResource balancers{"lb.example", "v1", "balancers"};
  REQUIRE(sides.loop.run(sides.source->create(balancers, kube::make_object("lb.example/v1", "Balancer", {kSystem, "b"}), {})));
  CHECK_THAT(error_of(sides.run()),
             ContainsSubstring("VSphereCluster tkg-system/tkg-mgmt-vc: spec.loadBalancerRef names Balancer b, whose kind does not move"));
  sides.put(sides.target, kube::make_object("v1", "Namespace", {"", kSystem}));
  REQUIRE(sides.loop.run(sides.target->create(balancers, kube::make_object("lb.example/v1", "Balancer", {kSystem, "b"}), {})));
  CHECK(sides.run().has_value());
}

TEST_CASE_METHOD(QuietMove, "options that name nothing are refused") {
  TwoSides sides(small_world());
  CHECK(sides.run(sides.options("Not A Name")).error().is(Disposition::Invalid));
  auto options = sides.options();
  options.journal_namespace = "";
  CHECK(sides.run(options).error().is(Disposition::Invalid));
}

}  // namespace slipway
