#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "pkg/pivot/names.h"
#include "test/unit/pivot/two_sides.h"

namespace slipway {
namespace {

using namespace test;
using Catch::Matchers::ContainsSubstring;

const kube::GroupVersionResource kWebhooks{"admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", false};

}  // namespace

TEST_CASE_METHOD(QuietMove, "a move accounts for all 145 objects: moved, kept, or left with a reason, none doubled") {
  TwoSides sides(reference_world());
  REQUIRE(sides.plan.objects.size() == 145);
  CHECK(sides.plan.unmovable.empty());
  std::vector<pivot::Progress> seen;
  auto options = sides.options();
  options.on_progress = [&](const pivot::Progress& p) { seen.push_back(p); };
  const auto done = sides.run(options);
  if (!done) FAIL(done.error().message());
  CHECK(done->phase == pivot::Phase::Completed);
  CHECK(done->planned == 41);
  CHECK(done->created == 41);
  CHECK(done->verified == 41);
  CHECK(done->deleted == 41);
  CHECK(done->kept == 2);
  CHECK(done->excluded ==
        std::map<std::string, std::int64_t>{{"not linked with any Cluster", 97}, {"provider inventory: it describes the cluster that it is in", 5}});
  sides.check_moved();
  CHECK(seen.size() >= 11);  // each phase, and every 25 objects
  CHECK(sides.journal()->phase == pivot::Phase::Completed);
}

TEST_CASE_METHOD(QuietMove, "a move writes each object at most twice on each side, and reads it only in lists") {
  TwoSides sides(reference_world());
  std::size_t gets = 0;
  for (auto* server : {&sides.source_server, &sides.target_server})
    server->on_request([&](const kubesim::RequestRecord& r) { gets += r.verb == "get" && (r.group.ends_with("x-k8s.io") || r.resource == "secrets") ? 1 : 0; });
  REQUIRE(sides.run().has_value());
  CHECK(gets == 0);
  const auto& by_verb = sides.budget->by_verb;
  CHECK(by_verb.at("target create machines") == 2);
  CHECK(by_verb.at("target patch machines") == 2);
  CHECK(by_verb.at("source patch machines") == 2);
  CHECK(by_verb.at("source delete machines") == 2);
  CHECK_FALSE(by_verb.contains("source patch secrets"));  // no finalizers: one DELETE each
  CHECK(sides.budget->writes <= 43 * 2 + 41 * 2 + 26);    // and what the protocol itself writes
}

TEST_CASE_METHOD(QuietMove, "a completed move is done: running it again writes nothing, undoing it is refused") {
  TwoSides sides(small_world());
  REQUIRE(sides.run().has_value());
  sides.budget = std::make_shared<Budget>();
  CHECK(sides.run()->phase == pivot::Phase::Completed);
  CHECK(sides.budget->writes == 0);
  CHECK_THAT(error_of(sides.rollback()), ContainsSubstring("move m1 is committed: the target is the truth now"));
}

TEST_CASE_METHOD(QuietMove, "an undo of what was never begun writes nothing, and a move that was undone does not start again under its id") {
  TwoSides sides(small_world());
  CHECK(sides.rollback()->phase == pivot::Phase::RolledBack);
  CHECK(sides.budget->writes == 0);
  CHECK_FALSE(sides.journal().has_value());
  static_cast<void>(sides.run_cut(20));
  REQUIRE(sides.rollback().has_value());
  CHECK_THAT(error_of(sides.run()), ContainsSubstring("move m1 was rolled back"));
  const auto again = sides.run(sides.options("m2"));
  if (!again) FAIL(again.error().message());
  sides.check_moved();
}

TEST_CASE_METHOD(QuietMove, "at no write are both sides unpaused") {
  TwoSides sides(reference_world());
  struct Watch {
    std::shared_ptr<kube::Client> source, target;
    std::size_t looks = 0, source_runs = 0, target_runs = 0, both = 0;
    static async::Awaitable<bool> runs(std::shared_ptr<kube::Client> side) {
      auto cluster = co_await side->get(kube::res::kClusters, {kSystem, kCluster});
      co_return cluster.has_value() && !(*cluster)["spec"]["paused"].as_bool();
    }
    static async::Awaitable<void> look(std::shared_ptr<Watch> w) {
      const bool here = co_await runs(w->source);
      const bool there = co_await runs(w->target);
      ++w->looks;
      w->source_runs += here ? 1 : 0;
      w->target_runs += there ? 1 : 0;
      w->both += here && there ? 1 : 0;
    }
  };
  const auto watch = std::make_shared<Watch>();
  watch->source = sides.source;
  watch->target = sides.target;
  sides.budget->after_each = [watch] { return Watch::look(watch); };
  REQUIRE(sides.run().has_value());
  CHECK(watch->both == 0);
  CHECK(watch->source_runs > 0);
  CHECK(watch->target_runs > 0);
  CHECK(watch->looks > 150);
}

TEST_CASE_METHOD(QuietMove, "namespaces come to the target with the labels of the source's") {
  TwoSides sides(small_world());
  REQUIRE(sides.get(sides.target, kube::res::kNamespaces, {"", kSystem}).is_null());
  REQUIRE(sides.run().has_value());
  CHECK(kube::label(sides.get(sides.target, kube::res::kNamespaces, {"", kSystem}), "pod-security.kubernetes.io/enforce") == "privileged");
  CHECK_FALSE(sides.get(sides.source, kube::res::kNamespaces, {"", "slipway-system"}).is_null());  // the journal's, on both sides
}

TEST_CASE_METHOD(QuietMove, "quiesced providers stay down on the source after a move, and come back by an undo") {
  TwoSides sides(small_world());
  const auto replicas = [&](const std::string& ns, const std::string& name) {
    return sides.get(sides.source, kube::res::kDeployments, {ns, name})["spec"]["replicas"].as_int(-1);
  };
  const auto policy = [&] { return sides.get(sides.source, kWebhooks, {"", "capi-validating-webhook-configuration"})["webhooks"][0]["failurePolicy"].str(); };
  static_cast<void>(sides.run_cut(25));
  CHECK(replicas("capv-system", "capv-controller-manager") == 0);
  CHECK(policy() == "Ignore");
  SECTION("undone") {
    REQUIRE(sides.rollback().has_value());
    CHECK(replicas("capv-system", "capv-controller-manager") == 2);
    CHECK(replicas("capi-system", "capi-controller-manager") == 1);
    CHECK(policy() == "Fail");
  }
  SECTION("moved") {
    REQUIRE(sides.run().has_value());
    CHECK(replicas("capi-system", "capi-controller-manager") == 0);
    CHECK(sides.get(sides.target, kube::res::kDeployments, {"capi-system", "capi-controller-manager"})["spec"]["replicas"].as_int() == 1);
  }
}

TEST_CASE_METHOD(QuietMove, "without quiescing, finalizers are stripped after the DELETE") {
  TwoSides sides(small_world());
  auto options = sides.options();
  options.quiesce_providers = false;
  REQUIRE(sides.run(options).has_value());
  sides.check_moved();
  CHECK_FALSE(sides.budget->by_verb.contains("source patch deployments"));
  CHECK(sides.budget->by_verb.at("source patch machines") == 2);  // delete-for-move, and the finalizers of the one that has some
}

TEST_CASE_METHOD(QuietMove, "a class and its templates that a package has put on the target serve as they are") {
  const World world = reference_world();
  TwoSides sides(world);
  sides.put(sides.target, kube::make_object("v1", "Namespace", {"", kSystem}));
  std::string class_uid;
  for (const auto& o : world.objects) {
    if (!kube::name_of(o).starts_with("tkg-vsphere-default")) continue;
    Object copy = o;
    json::Value& metadata = copy.ref("metadata");
    for (const auto* field : {"uid", "managedFields"}) metadata.erase(field);
    metadata.ref({"labels", "kapp.k14s.io/app"}) = "another";
    if (json::Value* owners = metadata.find_mut("ownerReferences"))
      for (auto& ref : owners->make_array()) ref.set("uid", class_uid);
    sides.put(sides.target, std::move(copy));
    if (kube::kind_of(o) == "ClusterClass") class_uid = kube::uid_of(sides.get(sides.target, kube::res::kClusterClasses, kube::key_of(o)));
  }
  SECTION("with the same payload") {
    const auto done = sides.run();
    if (!done) FAIL(done.error().message());
    const Object cc = sides.get(sides.target, kube::res::kClusterClasses, {kSystem, "tkg-vsphere-default-v1.0.0"});
    CHECK(kube::uid_of(cc) == class_uid);
    CHECK_FALSE(cc["metadata"]["annotations"].contains(pivot::kPausedAnnotation));
    CHECK_FALSE(sides.get(sides.source, kube::res::kClusterClasses, {kSystem, "tkg-vsphere-default-v1.0.0"}).is_null());  // shared: its package owns it there
    CHECK_FALSE(sides.get(sides.target, kube::res::kClusters, {kSystem, kCluster})["spec"].contains("paused"));
  }
  SECTION("with another payload") {
    json::Value change;
    change.ref({"spec", "workers"}) = json::Object{{"changed", true}};
    sides.patch(sides.target, "ClusterClass", {kSystem, "tkg-vsphere-default-v1.0.0"}, std::move(change));
    CHECK_THAT(error_of(sides.run()), ContainsSubstring("ClusterClass tkg-system/tkg-vsphere-default-v1.0.0 exists on the target already"));
  }
}

TEST_CASE_METHOD(QuietMove, "a global object on the target is adopted, and its dependents are owned by it there") {
  TwoSides sides(reference_world());
  Object identity = kube::make_object(kInfra, "VSphereClusterIdentity", {"", "tkg-identity"});
  identity.ref({"spec", "secretName"}) = "another";
  sides.put(sides.target, identity);
  REQUIRE(sides.run().has_value());
  const Object there = sides.get(sides.target, sides.gvr_of("VSphereClusterIdentity"), {"", "tkg-identity"});
  CHECK(there["spec"]["secretName"].as_string() == "another");
  const Object secret = sides.get(sides.target, kube::res::kSecrets, {"capv-system", "tkg-identity-secret"});
  CHECK(secret["metadata"]["ownerReferences"][0]["uid"].as_string() == kube::uid_of(there));
}

TEST_CASE_METHOD(QuietMove, "an object is written in a version that both sides serve") {
  World world = reference_world();
  for (auto& crd : world.crds)
    if (crd.kind == "Machine") crd.versions = {"v1beta1", "v1beta2"};
  TwoSides sides(world);
  sides.remove(sides.target, "CustomResourceDefinition", {"", "machines.cluster.x-k8s.io"});
  sides.put(sides.target, make_crd({"cluster.x-k8s.io", "Machine", "machines", true, {"v1beta1"}}));
  const auto done = sides.run();
  if (!done) FAIL(done.error().message());
  CHECK_FALSE(sides.get(sides.target, kube::res::kMachines, {kSystem, kCluster + "-kcp-5h8zq"}).is_null());
}

}  // namespace slipway
