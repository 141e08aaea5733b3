// Bugs that follow from how clusterctl move is written, each as its situation and what a move of ours makes of it. docs/pivot.md has the table of all of them.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "pkg/pivot/names.h"
#include "test/unit/pivot/two_sides.h"

namespace slipway {
namespace {

using namespace pivot;
using namespace test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

const std::string kMachine = kCluster + "-kcp-5h8zq";
const std::string kClass = "tkg-vsphere-default-v1.0.0";
const kube::ObjectKey kClusterKey{kSystem, kCluster}, kMachineKey{kSystem, kMachine}, kClassKey{kSystem, kClass};

json::Value block_move(json::Value state) {
  json::Value patch;
  patch.ref({"metadata", "annotations"}).set(kBlockMoveAnnotation, std::move(state));
  return patch;
}

// A Cluster in another namespace that uses the class of the first.
World shared_class() {
  World world = reference_world();
  Object& other = world.add(kCapi, "Cluster", "default", "other");
  other.ref({"spec", "topology"}) = json::Object{{"class", kClass}, {"classNamespace", kSystem}};
  other.ref({"status", "infrastructureReady"}) = true;
  json::Value condition = json::Object{{"type", "ControlPlaneInitialized"}, {"status", "True"}};
  other.ref({"status", "conditions"}).push_back(std::move(condition));
  return world;
}

}  // namespace

TEST_CASE_METHOD(QuietMove, "D1: what a global object owns is owned by the one of the target, where that was there before") {
  TwoSides sides(small_world());
  Object identity = kube::make_object(kInfra, "VSphereClusterIdentity", {"", "tkg-identity"});
  identity.ref({"spec", "secretName"}) = "tkg-identity-secret";
  sides.put(sides.target, identity);
  REQUIRE(sides.run().has_value());
  const Object there = sides.get(sides.target, sides.gvr_of("VSphereClusterIdentity"), {"", "tkg-identity"});
  const Object secret = sides.get(sides.target, kube::res::kSecrets, {"capv-system", "tkg-identity-secret"});
  REQUIRE(secret["metadata"]["ownerReferences"].size() == 1);
  CHECK(secret["metadata"]["ownerReferences"][0]["uid"].as_string() == kube::uid_of(there));
  CHECK(kube::uid_of(there) != kube::uid_of(sides.get(sides.source, sides.gvr_of("VSphereClusterIdentity"), {"", "tkg-identity"})));
}

TEST_CASE_METHOD(QuietMove, "D2: a class that stays on the source is not paused there, and the next move takes it") {
  TwoSides sides(shared_class());
  auto options = sides.options();
  options.ns = kSystem;
  REQUIRE(sides.run(options).has_value());
  CHECK_FALSE(sides.get(sides.source, kube::res::kClusterClasses, kClassKey)["metadata"]["annotations"].contains(kPausedAnnotation));
  CHECK_FALSE(sides.get(sides.target, kube::res::kClusterClasses, kClassKey)["metadata"]["annotations"].contains(kPausedAnnotation));
  const auto rest = sides.run(sides.options("m2"));  // all namespaces: the class moves, but the target has it
  if (!rest) FAIL(rest.error().message());
  const Object left = sides.get(sides.source, kube::res::kClusterClasses, kClassKey);
  REQUIRE_FALSE(left.is_null());
  CHECK_FALSE(left["metadata"]["annotations"].contains(kPausedAnnotation));
  CHECK_FALSE(left["metadata"]["annotations"].contains(kPauseToken));
  CHECK(sides.get(sides.source, kube::res::kClusters, {"default", "other"}).is_null());
}

TEST_CASE_METHOD(QuietMove, "D3: the Secret of an external etcd's client moves with its Cluster, dashes and all") {
  World world = small_world();
  TwoSides sides(world);
  REQUIRE(sides.run().has_value());
  CHECK_FALSE(sides.get(sides.target, kube::res::kSecrets, {kSystem, kCluster + "-apiserver-etcd-client"}).is_null());
  CHECK(sides.get(sides.source, kube::res::kSecrets, {kSystem, kCluster + "-apiserver-etcd-client"}).is_null());
}

TEST_CASE_METHOD(QuietMove, "D4: a move that was killed after the deletes does not call itself done while the target is paused") {
  TwoSides whole(small_world());
  REQUIRE(whole.run().has_value());
  const std::size_t all = whole.budget->writes;
  std::size_t paused = 0;
  for (std::size_t k = all - 25; k < all; k += 3) {
    TwoSides sides(small_world());
    static_cast<void>(sides.run_cut(k));
    paused += sides.get(sides.target, kube::res::kClusters, kClusterKey)["spec"]["paused"].as_bool() ? 1 : 0;
    const auto done = sides.run();
    REQUIRE(done.has_value());
    CHECK(done->phase == Phase::Completed);
    sides.check_moved();
  }
  CHECK(paused > 0);  // the situation was met
}

TEST_CASE_METHOD(QuietMove, "D5: a block-move annotation that is set because of the pause is waited for") {
  TwoSides sides(small_world());
  after_first(sides, "source patch clusters", patching(sides.source, kube::res::kMachines, kMachineKey, block_move("")));
  CHECK_THAT(error_of(sides.run()), ContainsSubstring("waiting for Machine tkg-system/tkg-mgmt-vc-kcp-5h8zq to stand still"));
  CHECK(sides.get(sides.target, kube::res::kMachines, kMachineKey).is_null());
  sides.patch(sides.source, "Machine", kMachineKey, block_move(nullptr));
  REQUIRE(sides.run().has_value());
}

TEST_CASE_METHOD(QuietMove, "D6: all blocked objects together are waited for once, not each for minutes") {
  TwoSides sides(reference_world());
  for (const auto* kind : {"Machine", "VSphereMachine", "KubeadmConfig"}) sides.patch(sides.source, kind, kMachineKey, block_move(""));
  const auto begin = sides.loop.clock.now();
  const auto failed = sides.run();
  CHECK_THAT(error_of(failed), ContainsSubstring("block-move"));
  CHECK(sides.loop.clock.now() - begin <= kAcknowledgeTimeout + 1s);
}

TEST_CASE_METHOD(QuietMove, "D7: an object that is being deleted is refused, never created live on the target") {
  TwoSides sides(small_world());
  sides.remove(sides.source, "Machine", kMachineKey);  // its finalizer holds it
  CHECK_THAT(error_of(sides.run()), ContainsSubstring("Machine tkg-system/tkg-mgmt-vc-kcp-5h8zq is being deleted: wait until it is gone"));
  CHECK(sides.budget->writes == 0);
}

TEST_CASE_METHOD(QuietMove, "D8: an object of the same name on the target is a collision, and stays as it is") {
  TwoSides sides(small_world());
  sides.put(sides.target, kube::make_object("v1", "Namespace", {"", kSystem}));
  Object theirs = kube::make_object("v1", "Secret", {kSystem, kCluster + "-ca"});
  theirs.ref({"data", "tls.crt"}) = "dGhlaXJz";
  sides.put(sides.target, theirs);
  CHECK_THAT(error_of(sides.run()), ContainsSubstring("Secret tkg-system/tkg-mgmt-vc-ca exists on the target already and is not a copy of this move"));
  CHECK(sides.get(sides.target, kube::res::kSecrets, {kSystem, kCluster + "-ca"})["data"]["tls.crt"].as_string() == "dGhlaXJz");
  CHECK(writes_on(sides, "source") == 0);
}

TEST_CASE_METHOD(QuietMove, "D9: addresses under a global pool leave the source with the Cluster that has them, and what no Cluster has is told") {
  World world = reference_world();
  world.crds.push_back({"ipam.cluster.x-k8s.io",
                        "GlobalInClusterIPPool",
                        "globalinclusterippools",
                        false,
                        {"v1alpha1"},
                        {"clusterctl.cluster.x-k8s.io", "clusterctl.cluster.x-k8s.io/move-hierarchy"}});
  world.add("ipam.cluster.x-k8s.io/v1alpha1", "GlobalInClusterIPPool", "", "everywhere").ref({"spec", "prefix"}) = 16;
  std::ranges::rotate(world.objects, world.objects.end() - 1);  // created before what it owns
  world.own(world.at("IPAddress", kMachine), "GlobalInClusterIPPool", "everywhere");
  world.own(world.add("ipam.cluster.x-k8s.io/v1alpha1", "IPAddress", "default", "reserved"), "GlobalInClusterIPPool", "everywhere");
  TwoSides sides(world);
  CHECK(planned(sides.plan, "IPAddress", kMachine).fate == Fate::Move);
  CHECK(planned(sides.plan, "GlobalInClusterIPPool", "everywhere").fate == Fate::Keep);
  CHECK(planned(sides.plan, "IPAddress", "reserved").reason == "belongs to a global object");
  REQUIRE(sides.plan.notes.size() == 2);
  CHECK_THAT(sides.plan.notes[0], ContainsSubstring("GlobalInClusterIPPool everywhere will be on both sides"));
  CHECK_THAT(sides.plan.notes[1], ContainsSubstring("IPAddress default/reserved will be on both sides"));
  const auto done = sides.run();
  if (!done) FAIL(done.error().message());
  sides.check_moved();
  CHECK(sides.get(sides.source, sides.gvr_of("IPAddress"), kMachineKey).is_null());
}

TEST_CASE_METHOD(QuietMove, "D13: what a server refuses for good is asked once, and the error comes at once") {
  TwoSides sides(small_world());
  auto options = sides.options();
  options.rehearse = false;  // of each kind one is rehearsed all the same: the first call
  sides.target_server.inject(answering("create", "kubeadmconfigs", 422, "Invalid", 2, 0));
  const auto begin = sides.loop.clock.now();
  CHECK_THAT(error_of(sides.run(options)), ContainsSubstring("422 Invalid"));
  CHECK(sides.budget->by_verb.at("target create kubeadmconfigs") == 1);
  CHECK(sides.loop.clock.now() - begin < 1s);
}

TEST_CASE_METHOD(QuietMove, "D14: a namespace comes to the target with its labels") {
  TwoSides sides(small_world());
  REQUIRE(sides.run().has_value());
  CHECK(kube::label(sides.get(sides.target, kube::res::kNamespaces, {"", kSystem}), "pod-security.kubernetes.io/enforce") == "privileged");
}

TEST_CASE_METHOD(QuietMove, "D15: the mark of the delete is added to the annotations of an original, which keeps its own") {
  World world = small_world();
  world.at("Machine", kMachine).ref({"metadata", "annotations"}).set("owner.example/team", "platform");
  TwoSides sides(world);
  sides.source_server.inject(answering("delete", "machines", 403, "Forbidden", 0, 0));
  REQUIRE_FALSE(sides.run().has_value());
  const Object original = sides.get(sides.source, kube::res::kMachines, kMachineKey);
  CHECK(kube::annotation(original, "owner.example/team") == "platform");
  CHECK(original["metadata"]["annotations"].contains(kDeleteForMoveAnnotation));
  sides.source_server.clear_faults();
  REQUIRE(sides.run().has_value());
  sides.check_moved();
}

}  // namespace slipway
