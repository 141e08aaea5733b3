#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "pkg/pivot/names.h"
#include "pkg/pivot/payload.h"
#include "test/unit/pivot/two_sides.h"

namespace slipway {
namespace {

using namespace pivot;
using namespace test;
using Catch::Matchers::ContainsSubstring;

const std::string kThere = "prod";
const std::string kClass = "tkg-vsphere-default-v1.0.0";

World explicit_world(World world = small_world()) {
  world.at("Cluster", kCluster).ref({"spec", "infrastructureRef"}).set("namespace", kSystem);
  world.at("Cluster", kCluster).ref({"spec", "topology"}).set("classNamespace", kSystem);
  world.at("Machine", kCluster + "-kcp-5h8zq").ref({"spec", "bootstrap", "configRef"}).set("namespace", kSystem);
  return world;
}

pivot::Options options_of(const TwoSides& sides) {
  auto options = sides.options();
  options.ns = kSystem;
  options.target_namespace = kThere;
  return options;
}

// Every object that moves is in the other namespace, whole and unmarked, and gone from the source.
void check_relocated(TwoSides& sides) {
  const Shelf ours = sides.read(sides.source), theirs = sides.read(sides.target);
  std::map<std::string, bool> uids;
  for (const auto& [key, o] : theirs) uids.emplace(kube::uid_of(o), true);
  for (const auto& o : sides.plan.objects) {
    const std::string here = o.kind + " " + o.key.to_string();
    const std::string there = o.kind + " " + (o.key.ns == kSystem ? kThere + "/" + o.key.name : o.key.to_string());
    INFO(here);
    if (o.fate == Fate::Exclude) continue;
    CHECK(ours.contains(here) == (o.fate == Fate::Keep));
    REQUIRE(theirs.contains(there));
    const Object& copy = theirs.at(there);
    Object original = essence(sides.before.at(here));
    if (o.key.ns == kSystem) original.ref("metadata").set("namespace", kThere);
    rewrite_references(original, kSystem, kThere);
    CHECK(json::dump_canonical(essence(copy)) == json::dump_canonical(original));
    for (const auto& ref : copy["metadata"]["ownerReferences"].array()) CHECK(uids.contains(ref["uid"].str()));
  }
}

}  // namespace

TEST_CASE("references that name the old namespace name the new one, and others stay as they are") {
  auto object = json::parse(
      R"({"kind": "Cluster", "metadata": {"name": "c", "namespace": "a", "annotations": {"at": "a"}}, "status": {"ref": {"kind": "X", "name": "x", "namespace": "a"}},
    "spec": {"infrastructureRef": {"kind": "X", "name": "x", "namespace": "a"}, "far": {"kind": "X", "name": "x", "namespace": "b"}, "near": {"kind": "X", "name": "x"},
    "list": [{"credentialsSecret": {"name": "s", "namespace": "a"}}], "topology": {"classRef": {"name": "k", "namespace": "a"}, "classNamespace": "a"},
    "text": {"namespace": "a"}, "variables": [{"openAPIV3Schema": {"default": {"kind": "X", "name": "x", "namespace": "a"}}}]}})");
  REQUIRE(object);
  rewrite_references(*object, "a", "z");
  const json::Value& spec = (*object)["spec"];
  CHECK(spec["infrastructureRef"]["namespace"].as_string() == "z");
  CHECK(spec["far"]["namespace"].as_string() == "b");
  CHECK(spec["near"]["namespace"].is_null());
  CHECK(spec["list"][0]["credentialsSecret"]["namespace"].as_string() == "z");
  CHECK(spec["topology"]["classRef"]["namespace"].as_string() == "z");
  CHECK(spec["topology"]["classNamespace"].as_string() == "z");
  CHECK(spec["text"]["namespace"].as_string() == "a");  // not a reference
  CHECK(spec["variables"][0]["openAPIV3Schema"]["default"]["namespace"].as_string() == "a");
  CHECK((*object)["metadata"]["namespace"].as_string() == "a");
  CHECK((*object)["metadata"]["annotations"]["at"].as_string() == "a");
  CHECK((*object)["status"]["ref"]["namespace"].as_string() == "a");
}

TEST_CASE_METHOD(QuietMove, "the objects of one namespace land in another one, with the references that name it") {
  World world = explicit_world(reference_world());
  world.at("Cluster", kCluster).ref({"spec", "paused"}) = false;  // its user's word, which must survive
  TwoSides sides(world);
  const auto done = sides.run(options_of(sides));
  if (!done) FAIL(done.error().message());
  CHECK(done->planned == 41);
  CHECK(done->scope == "namespace tkg-system, landing in prod");
  check_relocated(sides);
  const Object cluster = sides.get(sides.target, kube::res::kClusters, {kThere, kCluster});
  CHECK(cluster["spec"]["infrastructureRef"]["namespace"].as_string() == kThere);
  CHECK(cluster["spec"]["topology"]["classNamespace"].as_string() == kThere);
  CHECK(cluster["spec"]["paused"].is_bool());
  CHECK_FALSE(cluster["spec"]["paused"].as_bool());
  CHECK(sides.get(sides.target, kube::res::kClusters, {kSystem, kCluster}).is_null());
  CHECK_FALSE(sides.get(sides.target, kube::res::kSecrets, {"capv-system", "tkg-identity-secret"}).is_null());  // a provider's namespace is not the move's
  CHECK(kube::label(sides.get(sides.target, kube::res::kNamespaces, {"", kThere}), "pod-security.kubernetes.io/enforce") == "privileged");
  CHECK(sides.get(sides.target, kube::res::kNamespaces, {"", kSystem}).is_null());
}

TEST_CASE_METHOD(QuietMove, "the plan tells where each object lands and what is rewritten") {
  TwoSides sides(explicit_world());
  const auto plan = sides.loop.run(pivot::plan(sides.source, options_of(sides)));
  REQUIRE(plan.has_value());
  CHECK(planned(*plan, "Cluster", kCluster).there == kube::ObjectKey{kThere, kCluster});
  CHECK(planned(*plan, "Secret", "tkg-identity-secret").there == kube::ObjectKey{"capv-system", "tkg-identity-secret"});
  CHECK(plan->notes == std::vector<std::string>{"Cluster tkg-system/tkg-mgmt-vc: the namespace in spec.infrastructureRef becomes prod",
                                                "Cluster tkg-system/tkg-mgmt-vc: the namespace in spec.topology.classNamespace becomes prod",
                                                "Machine tkg-system/tkg-mgmt-vc-kcp-5h8zq: the namespace in spec.bootstrap.configRef becomes prod"});
}

TEST_CASE_METHOD(QuietMove, "a move into another namespace that is cut goes on, or is undone, like any other") {
  const World world = explicit_world();
  TwoSides whole(world);
  REQUIRE(whole.run(options_of(whole)).has_value());
  const std::size_t writes = whole.budget->writes;
  for (std::size_t k = 3; k < writes; k += 7) {
    INFO("after " << k << " of " << writes << " writes");
    TwoSides sides(world);
    sides.budget->limit = k;
    REQUIRE_FALSE(sides.run(options_of(sides)).has_value());
    sides.budget = std::make_shared<Budget>();
    const auto at = sides.journal();
    const bool committed = at && at->phase >= Phase::Committed && at->phase <= Phase::Completed;
    if (committed || k % 2 == 0) {
      const auto done = sides.run(options_of(sides));
      if (!done) FAIL(done.error().message());
      check_relocated(sides);
    } else {
      REQUIRE(sides.rollback(options_of(sides)).has_value());
      sides.check_undone();
    }
  }
}

TEST_CASE_METHOD(QuietMove, "a move into one namespace does not go on into another") {
  TwoSides sides(explicit_world());
  sides.budget->limit = 25;
  REQUIRE_FALSE(sides.run(options_of(sides)).has_value());
  sides.budget = std::make_shared<Budget>();
  auto options = options_of(sides);
  options.target_namespace = "elsewhere";
  CHECK_THAT(error_of(sides.run(options)), ContainsSubstring("it was begun with another scope (namespace tkg-system, landing in prod)"));
  options.target_namespace.clear();
  CHECK_THAT(error_of(sides.run(options)), ContainsSubstring("than it is run with now (namespace tkg-system)"));
  CHECK(sides.budget->writes == 0);
  REQUIRE(sides.run(options_of(sides)).has_value());
  check_relocated(sides);
}

TEST_CASE_METHOD(QuietMove, "a name that is taken in the other namespace stops the move, one that is taken in the old does not") {
  TwoSides sides(explicit_world());
  const auto taken = [&](const std::string& ns) {
    sides.put(sides.target, kube::make_object("v1", "Namespace", {"", ns}));
    sides.put(sides.target, kube::make_object("v1", "Secret", {ns, kCluster + "-ca"}));
  };
  SECTION("the other") {
    taken(kThere);
    CHECK_THAT(error_of(sides.run(options_of(sides))),
               ContainsSubstring("Secret tkg-system/tkg-mgmt-vc-ca (as prod/tkg-mgmt-vc-ca) exists on the target already and is not a copy of this move"));
    CHECK(writes_on(sides, "source") == 0);
  }
  SECTION("the old") {
    taken(kSystem);
    REQUIRE(sides.run(options_of(sides)).has_value());
    check_relocated(sides);
  }
}

TEST_CASE("two objects that would have one name in the other namespace are refused") {
  World world = small_world();
  Object& other = world.add(kCapi, "ClusterClass", "default", kClass);
  other.ref({"spec", "x"}) = 1;
  Object& cluster = world.add(kCapi, "Cluster", kSystem, "second");
  cluster.ref({"spec", "topology"}) = json::Object{{"class", kClass}, {"classNamespace", "default"}};
  const Scope scope{.ns = kSystem, .target_namespace = "default"};
  const Draft d = draft_plan(world.inventory(), scope);
  REQUIRE(d.blockers.size() == 1);
  CHECK_THAT(d.blockers[0], ContainsSubstring("would have the same name on the target, in namespace default"));
  CHECK(draft_plan(world.inventory(), Scope{.ns = kSystem, .target_namespace = "prod"}).blockers.empty());
}

TEST_CASE("a scope that cannot be is refused with what is wrong") {
  const auto refused = [](const std::string& ns, const std::string& there, std::vector<kube::ObjectKey> clusters) {
    Options options;
    options.ns = ns;
    options.target_namespace = there;
    options.clusters = std::move(clusters);
    const auto scope = scope_of(options);
    return scope ? std::string() : scope.error().message();
  };
  CHECK_THAT(refused("", "b", {}), ContainsSubstring("takes the place of one namespace"));
  CHECK_THAT(refused("", "b", {{"a", "x"}, {"c", "y"}}), ContainsSubstring("takes the place of one namespace"));
  CHECK_THAT(refused("", "b", {{"", "x"}}), ContainsSubstring("takes the place of one namespace"));
  CHECK_THAT(refused("a", "", {{"c", "x"}}), ContainsSubstring("Cluster c/x is not in namespace a"));
  CHECK_THAT(refused("a", "No Name", {}), ContainsSubstring("\"No Name\", is no namespace's name"));
  CHECK_THAT(refused("A", "", {}), ContainsSubstring("\"A\", is no namespace's name"));
  CHECK_THAT(refused("a", "", {{"a", ""}}), ContainsSubstring("is no Cluster's name"));
  CHECK(refused("", "b", {{"a", "x"}, {"a", "y"}}).empty());
  CHECK(refused("a", "a", {}).empty());
}

TEST_CASE_METHOD(QuietMove, "one selected Cluster lands in another namespace, and the class that it shares is copied there") {
  World world = reference_world();
  Object& cluster = world.add(kCapi, "Cluster", kSystem, "other");
  cluster.ref({"spec", "topology"}) = json::Object{{"class", kClass}};
  cluster.ref("status") = world.at("Cluster", kCluster)["status"];
  TwoSides sides(world);
  auto options = sides.options();
  options.clusters = {{kSystem, kCluster}};
  options.target_namespace = kThere;
  const auto done = sides.run(options);
  if (!done) FAIL(done.error().message());
  CHECK_FALSE(sides.get(sides.target, kube::res::kClusters, {kThere, kCluster}).is_null());
  CHECK_FALSE(sides.get(sides.target, kube::res::kClusterClasses, {kThere, kClass}).is_null());
  CHECK_FALSE(sides.get(sides.source, kube::res::kClusterClasses, {kSystem, kClass}).is_null());
  CHECK_FALSE(sides.get(sides.source, kube::res::kClusters, {kSystem, "other"})["spec"]["paused"].as_bool());
}

}  // namespace slipway
