// Bugs that users of clusterctl move have reported, each as its situation and what a move of ours makes of it. docs/pivot.md has the table of all of them.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "pkg/pivot/names.h"
#include "pkg/pivot/payload.h"
#include "test/unit/pivot/two_sides.h"

namespace slipway {
namespace {

using namespace pivot;
using namespace test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

const std::string kMachine = kCluster + "-kcp-5h8zq";
const std::string kClass = "tkg-vsphere-default-v1.0.0";
const std::string kMoveIt = "clusterctl.cluster.x-k8s.io/move";
const kube::ObjectKey kClusterKey{kSystem, kCluster}, kMachineKey{kSystem, kMachine};

// The source as it is from here on counts as the one before the move.
void add_owner(TwoSides& sides, const std::string& kind, const kube::ObjectKey& key, json::Value owner) {
  json::Value patch;
  patch.ref({"metadata", "ownerReferences"}) = sides.get(sides.source, sides.gvr_of(kind), key)["metadata"]["ownerReferences"];
  patch.ref({"metadata", "ownerReferences"}).push_back(std::move(owner));
  sides.patch(sides.source, kind, key, std::move(patch));
  sides.before = sides.read(sides.source);
}

json::Value owner(const std::string& api_version, const std::string& kind) {
  return json::Object{{"apiVersion", api_version}, {"kind", kind}, {"name", "gone"}, {"uid", "00000000-0000-0000-0000-000000000001"}};
}

json::Value block_move(json::Value state) {
  json::Value patch;
  patch.ref({"metadata", "annotations"}).set(kBlockMoveAnnotation, std::move(state));
  return patch;
}

// "create machines", in the order in which a server has answered with success.
struct Calls {
  std::vector<std::string> list;
  explicit Calls(kubesim::ApiServer& server) {
    server.on_request([this](const kubesim::RequestRecord& r) {
      if (r.status < 300) list.push_back(r.verb + " " + r.resource);
    });
  }
  [[nodiscard]] std::ptrdiff_t first(const std::string& call) const { return std::ranges::find(list, call) - list.begin(); }
  [[nodiscard]] std::ptrdiff_t last(const std::string& call) const { return list.rend() - std::find(list.rbegin(), list.rend(), call) - 1; }
};

void moves(TwoSides& sides) {
  const auto done = sides.run();
  if (!done) FAIL(done.error().message());
  sides.check_moved();
}

}  // namespace

TEST_CASE_METHOD(QuietMove, "R1: Clusters of a move that failed are unpaused by its undo, as their users had them") {
  TwoSides sides(small_world());
  sides.patch(sides.source, "Machine", kMachineKey, block_move(""));
  sides.before = sides.read(sides.source);
  REQUIRE_FALSE(sides.run().has_value());
  CHECK(sides.get(sides.source, kube::res::kClusters, kClusterKey)["spec"]["paused"].as_bool());
  REQUIRE(sides.rollback().has_value());
  sides.check_undone();
}

TEST_CASE_METHOD(QuietMove, "R2: an object whose owner is outside the move is named, not dropped in silence") {
  TwoSides sides(small_world());
  add_owner(sides, "VSphereMachine", kMachineKey, owner("unknown.example/v1", "Keeper"));
  CHECK_THAT(error_of(sides.run()),
             ContainsSubstring("VSphereMachine tkg-system/tkg-mgmt-vc-kcp-5h8zq cannot move: its owner Keeper gone is of a kind whose CRD"));
  CHECK(sides.budget->writes == 0);
}

TEST_CASE_METHOD(QuietMove, "R3: pools of addresses move with them, and leave the source after the last address") {
  TwoSides sides(reference_world());
  const Calls calls(sides.source_server);
  moves(sides);
  CHECK(calls.last("delete ipaddresses") < calls.first("delete inclusterippools"));
  CHECK(calls.last("delete ipaddressclaims") < calls.first("delete inclusterippools"));
}

TEST_CASE_METHOD(QuietMove, "R4: a move that would move no Cluster although there is one is an error, not a success") {
  TwoSides sides(small_world());
  add_owner(sides, "Cluster", kClusterKey, owner("unknown.example/v1", "Keeper"));
  CHECK_THAT(error_of(sides.run()), ContainsSubstring("Cluster tkg-system/tkg-mgmt-vc cannot move: its owner Keeper gone"));
  auto options = sides.options("m2");
  options.ns = "kube-system";
  CHECK_THAT(error_of(sides.run(options)), ContainsSubstring("nothing to move"));
}

TEST_CASE("R5: an ownerReference to a Machine that has vanished is told and left out, and stops nothing") {
  World world = small_world();
  Object& machine = world.at("VSphereMachine", kMachine);
  machine.ref({"metadata", "ownerReferences"}).push_back(owner(kCapi, "Machine"));
  const Draft draft = draft_plan(world.inventory(), Scope());
  CHECK(draft.blockers.empty());
  CHECK(draft.plan.unmovable.empty());
  CHECK(not_provisioned(world.inventory(), draft.plan, {}).empty());
  CHECK(planned(draft.plan, "VSphereMachine", kMachine).fate == Fate::Move);
  REQUIRE(draft.plan.notes.size() == 1);
  CHECK_THAT(draft.plan.notes[0], ContainsSubstring("VSphereMachine tkg-system/tkg-mgmt-vc-kcp-5h8zq: its ownerReference to Machine gone is stale"));
  const auto known = [](std::string_view uid) { return uid.starts_with("uid-") ? std::optional(std::string(uid)) : std::nullopt; };
  const Kind kind = *kind_of_crd(make_crd({"infrastructure.cluster.x-k8s.io", "VSphereMachine", "vspheremachines"}));
  CHECK(copy_for_target(kind, machine, {.move_id = "m1", .scope = {}, .target_uid = known})["metadata"]["ownerReferences"].size() == 1);
}

TEST_CASE_METHOD(QuietMove, "R6: a wrong apiVersion in an ownerReference does not matter") {
  TwoSides sides(small_world());
  json::Value patch;
  patch.ref({"metadata", "ownerReferences"}) = sides.get(sides.source, kube::res::kMachines, kMachineKey)["metadata"]["ownerReferences"];
  patch.ref({"metadata", "ownerReferences"}).make_array().begin()->set("apiVersion", "controlplane.cluster.x-k8s.io/v1alpha1");
  sides.patch(sides.source, "Machine", kMachineKey, std::move(patch));
  sides.before = sides.read(sides.source);
  moves(sides);
}

TEST_CASE_METHOD(QuietMove, "R7: a Machine without a node blocks the move by name, unless its Cluster is allowed to be unprovisioned") {
  TwoSides sides(small_world());
  json::Value patch;
  patch.ref({"status", "nodeRef"}) = nullptr;
  kube::PatchOptions status;
  status.subresource = "status";
  REQUIRE(sides.loop.run(sides.source->patch(kube::res::kMachines, kMachineKey, kube::PatchType::Merge, patch, status)));
  sides.before = sides.read(sides.source);
  CHECK_THAT(error_of(sides.run()), ContainsSubstring("Machine tkg-system/tkg-mgmt-vc-kcp-5h8zq: it has no node yet (status.nodeRef)"));
  CHECK(sides.budget->writes == 0);
  auto options = sides.options();
  options.allow_unprovisioned = {{kSystem, "another"}};
  CHECK_FALSE(sides.run(options).has_value());
  options.allow_unprovisioned.push_back({"", kCluster});
  const auto done = sides.run(options);
  if (!done) FAIL(done.error().message());
  sides.check_moved();
}

TEST_CASE_METHOD(QuietMove, "R8: a webhook of the target that does not answer for a while delays creates and unpausing, and no more") {
  TwoSides sides(small_world());
  sides.target_server.inject(answering("create", "machines", 500, "InternalError", 0, 3));
  sides.target_server.inject(answering("patch", "clusters", 500, "InternalError", 0, 3));
  moves(sides);
  CHECK_FALSE(sides.get(sides.target, kube::res::kClusters, kClusterKey)["spec"]["paused"].as_bool());
}

TEST_CASE_METHOD(QuietMove, "R9: after a move every field belongs to whom it belonged to before") {
  TwoSides sides(small_world());
  REQUIRE(sides.run().has_value());
  const Object copy = sides.get(sides.target, kube::res::kClusters, kClusterKey);
  const Object& original = sides.before.at("Cluster " + kClusterKey.to_string());
  CHECK(json::dump_canonical(copy["metadata"]["managedFields"]) == json::dump_canonical(original["metadata"]["managedFields"]));
  for (const auto& entry : copy["metadata"]["managedFields"].array()) CHECK(entry["manager"].as_string() != kFieldManager);
}

TEST_CASE_METHOD(QuietMove, "R10: a finalizer that a controller puts back between strip and delete does not hold the original") {
  TwoSides sides(small_world());
  json::Value patch;
  patch.ref({"metadata", "finalizers"}).push_back("machine.cluster.x-k8s.io");
  after_first(sides, "source patch machines", patching(sides.source, kube::res::kMachines, kMachineKey, patch));
  moves(sides);
}

TEST_CASE_METHOD(QuietMove, "R11: a webhook that vetoes a delete stops the move with its sentence, and the move goes on once it lets go") {
  TwoSides sides(small_world());
  sides.source_server.inject(answering("delete", "machines", 403, "Forbidden", 0, 0));
  CHECK_THAT(error_of(sides.run()), ContainsSubstring("deleting Machine tkg-system/tkg-mgmt-vc-kcp-5h8zq on the source"));
  CHECK(sides.journal()->phase == Phase::Deleting);
  sides.check_now();
  sides.source_server.clear_faults();
  moves(sides);
}

TEST_CASE("R12: status is carried wherever a server takes it, and what tells which machine is whose stands in the spec") {
  World world = small_world();
  Object& machine = world.at("Machine", kMachine);
  Kind kind = *kind_of_crd(make_crd({"cluster.x-k8s.io", "Machine", "machines"}));
  const CopyOptions options{.move_id = "m1", .scope = {}, .target_uid = [](std::string_view) { return std::nullopt; }};
  CHECK(copy_for_target(kind, machine, options)["status"].is_null());  // the server would drop it: its controller builds it anew
  CHECK(copy_for_target(kind, machine, options)["spec"]["providerID"].as_string() == "vsphere://" + kMachine);
  kind.has_status = false;
  CHECK(copy_for_target(kind, machine, options)["status"] == machine["status"]);
}

TEST_CASE_METHOD(QuietMove, "R13: no controller of the source sees its objects go: its providers are down before the first copy is made") {
  TwoSides sides(small_world());
  const Calls calls(sides.source_server);
  moves(sides);
  CHECK(calls.last("patch deployments") < calls.first("delete machines"));
  CHECK(calls.last("patch deployments") < calls.first("delete clusters"));
  CHECK(sides.get(sides.source, kube::res::kDeployments, {"capv-system", "capv-controller-manager"})["spec"]["replicas"].as_int(-1) == 0);
}

TEST_CASE_METHOD(QuietMove, "R14: a credentials Secret that no rule finds is named before anything is touched, and a label brings it along") {
  World world = small_world();
  world.at("Secret", "tkg-identity-secret").find_mut("metadata")->erase("ownerReferences");
  TwoSides sides(world);
  CHECK_THAT(error_of(sides.run()),
             ContainsSubstring("VSphereClusterIdentity tkg-identity: spec.secretName names Secret capv-system/tkg-identity-secret, which does not move"));
  CHECK(sides.budget->writes == 0);
  json::Value label;
  label.ref({"metadata", "labels"}).set(kMoveIt, "");
  sides.patch(sides.source, "Secret", {"capv-system", "tkg-identity-secret"}, std::move(label));
  REQUIRE(sides.run().has_value());
  CHECK_FALSE(sides.get(sides.target, kube::res::kSecrets, {"capv-system", "tkg-identity-secret"}).is_null());
}

TEST_CASE_METHOD(QuietMove, "R15: a labelled Secret of an infrastructure provider's namespace comes with a move of another namespace, and stays for others") {
  World world = reference_world();
  for (const std::string ns : {"capv-system", "capi-system"}) {
    Object& secret = world.add("v1", "Secret", ns, "credentials");
    secret.ref({"metadata", "labels"}).set(kMoveIt, "");
    secret.ref({"data", "password"}) = "c2VjcmV0";
  }
  TwoSides sides(world);
  auto options = sides.options();
  options.ns = kSystem;
  const auto done = sides.run(options);
  if (!done) FAIL(done.error().message());
  CHECK(sides.get(sides.target, kube::res::kSecrets, {"capv-system", "credentials"})["data"]["password"].as_string() == "c2VjcmV0");
  CHECK_FALSE(sides.get(sides.source, kube::res::kSecrets, {"capv-system", "credentials"}).is_null());
  CHECK(sides.get(sides.target, kube::res::kSecrets, {"capi-system", "credentials"}).is_null());  // no infrastructure provider's
}

TEST_CASE_METHOD(QuietMove, "R16: templates that nobody owns yet move with the class that names them") {
  World world = small_world();
  for (const std::string suffix : {"-cluster", "-control-plane"})
    for (auto& o : world.objects)
      if (kube::name_of(o) == kClass + suffix) o.find_mut("metadata")->erase("ownerReferences");
  TwoSides sides(world);
  CHECK(planned(sides.plan, "VSphereMachineTemplate", kClass + "-control-plane").fate == Fate::Move);
  moves(sides);
}

TEST_CASE_METHOD(QuietMove, "R17: an object of a kind that is not labelled is named where a moved one refers to it") {
  World world = small_world();
  world.crds.push_back({"lb.example", "Balancer", "balancers", true, {"v1"}, {}});
  world.at("VSphereCluster", kCluster).ref({"spec", "loadBalancerRef"}) = json::Object{{"apiVersion", "lb.example/v1"}, {"kind", "Balancer"}, {"name", "b"}};
  TwoSides sides(world);
  const kube::GroupVersionResource balancers{"lb.example", "v1", "balancers"};
  REQUIRE(sides.loop.run(sides.source->create(balancers, kube::make_object("lb.example/v1", "Balancer", {kSystem, "b"}), {})));
  CHECK_THAT(error_of(sides.run()), ContainsSubstring("spec.loadBalancerRef names Balancer b, whose kind does not move (its CRD is not labelled"));
  CHECK(sides.budget->writes == 0);
}

TEST_CASE_METHOD(QuietMove, "R18: a hundred more kinds cost some lists each, and no time of waiting for a limiter") {
  const auto requests = [](World world, async::Duration& took) {
    TwoSides sides(std::move(world));
    std::size_t n = 0;
    for (auto* server : {&sides.source_server, &sides.target_server}) server->on_request([&](const kubesim::RequestRecord&) { ++n; });
    const auto begin = sides.loop.clock.now();
    moves(sides);
    took = sides.loop.clock.now() - begin;
    return n;
  };
  World many = small_world();
  for (int i = 0; i < 100; ++i) many.crds.push_back({"many.example", "Kind" + std::to_string(i), "kind" + std::to_string(i) + "s"});
  async::Duration few_took{}, many_took{};
  const std::size_t few_requests = requests(small_world(), few_took);
  const std::size_t many_requests = requests(std::move(many), many_took);
  CHECK(many_requests <= few_requests + 600);
  CHECK(many_took == few_took);
}

TEST_CASE_METHOD(QuietMove, "R18b: a binding is created after its Cluster and its ClusterResourceSet, whichever of them its owners name") {
  World world = reference_world();
  TwoSides sides(world);
  const Calls calls(sides.target_server);
  moves(sides);
  CHECK(calls.last("create clusters") < calls.last("create clusterresourcesetbindings"));
  CHECK(calls.last("create clusterresourcesets") < calls.last("create clusterresourcesetbindings"));
}

TEST_CASE_METHOD(QuietMove, "R19: an admission of the target that misses the Secrets of a Cluster says so in the rehearsal, not in the middle") {
  World world = small_world();
  world.at("Cluster", kCluster).find_mut("spec")->erase("topology");
  TwoSides sides(world);
  sides.target_server.inject(answering("create", "clusters", 403, "Forbidden", 0, 0));
  CHECK_THAT(error_of(sides.run()), ContainsSubstring("the target would refuse: Cluster tkg-system/tkg-mgmt-vc"));
  CHECK(writes_on(sides, "source") == 0);
}

TEST_CASE_METHOD(QuietMove, "R20: a class is created and unpaused before its Clusters are, and its templates are there by then") {
  TwoSides sides(small_world());
  const Calls calls(sides.target_server);
  moves(sides);
  CHECK(calls.last("create clusterclasses") < calls.last("create clusters"));
  CHECK(calls.last("patch clusterclasses") < calls.last("patch clusters"));
  CHECK(calls.last("create vspheremachinetemplates") < calls.last("patch clusterclasses"));
}

TEST_CASE_METHOD(QuietMove, "R21: a move that is killed half-way ends well, and the same objects move back") {
  TwoSides sides(small_world());
  static_cast<void>(sides.run_cut(60));
  sides.check_now();
  moves(sides);
  auto options = sides.options("back");
  options.allow_unprovisioned = {kClusterKey};  // nobody runs here who would build the status anew
  const auto back = sides.loop.run(pivot::run(sides.target, sides.source, options));
  if (!back) FAIL(back.error().message());
  const Shelf ours = sides.read(sides.source);
  for (const auto& [key, original] : sides.before) {
    INFO(key);
    REQUIRE(ours.contains(key));
    CHECK(json::dump_canonical(essence(ours.at(key))) == json::dump_canonical(essence(original)));
  }
  CHECK(ours.size() == sides.before.size());
}

TEST_CASE_METHOD(QuietMove, "R25: a move needs no inventory of clusterctl on either side") {
  World world = small_world();
  std::erase_if(world.crds, [](const CrdSpec& crd) { return crd.kind == "Provider"; });
  TwoSides sides(world);
  moves(sides);
}

}  // namespace slipway
