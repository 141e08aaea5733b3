#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "pkg/pivot/names.h"
#include "test/unit/pivot/two_sides.h"

namespace slipway {
namespace {

using namespace test;
using Catch::Matchers::ContainsSubstring;

}  // namespace

TEST_CASE_METHOD(QuietMove, "an object that changes while the move runs is copied again") {
  TwoSides sides(reference_world());
  json::Value change;
  change.ref({"data", "sc.yaml"}) = "changed";
  after_first(sides, "target create ipaddresses", patching(sides.source, kube::res::kConfigMaps, {kSystem, "storage-class"}, change));
  REQUIRE(sides.run().has_value());
  const Object copy = sides.get(sides.target, kube::res::kConfigMaps, {kSystem, "storage-class"});
  CHECK(copy["data"]["sc.yaml"].as_string() == "changed");
  CHECK(copy["metadata"]["annotations"].size() == 0);
  CHECK(copy["metadata"]["ownerReferences"].size() == 1);
}

TEST_CASE_METHOD(QuietMove, "an object that is added while the move runs moves too") {
  TwoSides sides(reference_world());
  Object secret = kube::make_object("v1", "Secret", {kSystem, "late"});
  secret.ref({"metadata", "labels"}).set("clusterctl.cluster.x-k8s.io/move", "");
  after_first(sides, "target create machines", creating(sides.source, kube::res::kSecrets, secret));
  const auto done = sides.run();
  if (!done) FAIL(done.error().message());
  CHECK(done->planned == 42);
  CHECK_FALSE(sides.get(sides.target, kube::res::kSecrets, {kSystem, "late"}).is_null());
  CHECK(sides.get(sides.source, kube::res::kSecrets, {kSystem, "late"}).is_null());
}

TEST_CASE_METHOD(QuietMove, "an object that is deleted while the move runs leaves no copy") {
  TwoSides sides(reference_world());
  after_first(sides, "target create machines", removing(sides.source, kube::res::kSecrets, {kSystem, kCluster + "-proxy"}));
  const auto done = sides.run();
  if (!done) FAIL(done.error().message());
  CHECK(done->planned == 40);
  CHECK(sides.get(sides.target, kube::res::kSecrets, {kSystem, kCluster + "-proxy"}).is_null());
}

TEST_CASE_METHOD(QuietMove, "an object that is deleted while the move runs leaves no copy, also where it was the last of its kind") {
  const kube::GroupVersionResource bindings{"addons.cluster.x-k8s.io", "v1beta1", "clusterresourcesetbindings", true};
  TwoSides sides(reference_world());
  after_first(sides, "target create machines", removing(sides.source, bindings, {kSystem, kCluster}));
  const auto done = sides.run();
  if (!done) FAIL(done.error().message());
  CHECK(done->planned == 40);
  CHECK(sides.get(sides.target, bindings, {kSystem, kCluster}).is_null());
}

TEST_CASE_METHOD(QuietMove, "a copy that is being deleted on the target, and waits for its finalizers, is no copy: the move ends before the commit") {
  TwoSides sides(reference_world());
  after_first(sides, "target create ipaddresses", removing(sides.target, kube::res::kClusters, {kSystem, kCluster}));
  CHECK_THAT(error_of(sides.run()), ContainsSubstring("Cluster tkg-system/tkg-mgmt-vc differs in metadata.deletionTimestamp"));
  CHECK_FALSE(sides.get(sides.source, kube::res::kClusters, {kSystem, kCluster}).is_null());
  CHECK(sides.journal()->phase < pivot::Phase::Committed);
}

TEST_CASE_METHOD(QuietMove, "a copy that somebody deletes on the target before the commit is made again") {
  TwoSides sides(reference_world());
  after_first(sides, "target create ipaddresses", removing(sides.target, kube::res::kConfigMaps, {kSystem, "storage-class"}));
  const auto done = sides.run();
  if (!done) FAIL(done.error().message());
  sides.check_moved();
}

TEST_CASE_METHOD(QuietMove, "a Cluster that somebody unpauses while it moves is paused again before the commit") {
  TwoSides sides(reference_world());
  json::Value change;
  change.ref({"spec", "paused"}) = nullptr;
  after_first(sides, "target create machines", patching(sides.source, kube::res::kClusters, {kSystem, kCluster}, change));
  const auto done = sides.run();
  if (!done) FAIL(done.error().message());
  CHECK(sides.budget->by_verb.at("source patch clusters") == 3);  // paused twice, marked for deletion
  sides.check_moved();
}

TEST_CASE_METHOD(QuietMove, "a pause that its user sets between our look and our pause is the user's") {
  TwoSides sides(reference_world());
  json::Value change;
  change.ref({"spec", "paused"}) = true;
  // The lease is taken before the Clusters are read, the journal of pauses is written after it.
  after_first(sides, "source create configmaps", patching(sides.source, kube::res::kClusters, {kSystem, kCluster}, change));
  const auto done = sides.run();
  if (!done) FAIL(done.error().message());
  CHECK(sides.get(sides.target, kube::res::kClusters, {kSystem, kCluster})["spec"]["paused"].as_bool());
}

TEST_CASE_METHOD(QuietMove, "a pause of the user's that meets ours is refused by the server and recorded") {
  World world = reference_world();
  world.at("Cluster", kCluster).ref({"spec", "paused"}) = false;  // so that the journal is written between the look and the pause
  TwoSides sides(world);
  json::Value change;
  change.ref({"spec", "paused"}) = true;
  const std::weak_ptr<Budget> budget = sides.budget;
  const auto once = std::make_shared<bool>(false);
  const Change pause = patching(sides.source, kube::res::kClusters, {kSystem, kCluster}, change);
  const Change nothing = [] { return []() -> async::Awaitable<void> { co_return; }(); };
  sides.budget->after_each = [=] {
    const bool now = !*once && budget.lock()->by_verb["source update configmaps"] == 2;  // Pausing, then the record of pauses
    if (now) *once = true;
    return now ? pause() : nothing();
  };
  const auto done = sides.run();
  if (!done) FAIL(done.error().message());
  CHECK(*once);
  CHECK(sides.get(sides.target, kube::res::kClusters, {kSystem, kCluster})["spec"]["paused"].as_bool());
  CHECK(kube::annotation(sides.get(sides.target, kube::res::kClusters, {kSystem, kCluster}), pivot::kPauseToken).empty());
}

}  // namespace slipway
