#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "test/unit/pivot/two_sides.h"

namespace slipway {
namespace {

using namespace test;
using Catch::Matchers::ContainsSubstring;
using pivot::Fate;
using pivot::Presence;

pivot::Preview preview_of(TwoSides& sides, const pivot::Options& options, bool rehearse = false) {
  auto preview =
      sides.loop.run(pivot::preview(cut_client(sides.source, "source", sides.budget), cut_client(sides.target, "target", sides.budget), options, rehearse));
  INFO((preview ? "" : preview.error().message()));
  REQUIRE(preview);
  return std::move(*preview);
}

std::size_t place_of(const pivot::Plan& plan, const std::string& kind, const std::string& name) {
  for (std::size_t i = 0; i < plan.objects.size(); ++i)
    if (plan.objects[i].kind == kind && plan.objects[i].key.name == name) return i;
  FAIL("no " << kind << " " << name);
  return 0;
}

}  // namespace

TEST_CASE_METHOD(QuietMove, "a preview is the plan with its owners, says that the target lacks all of it, and writes nothing") {
  TwoSides sides(reference_world());
  const pivot::Preview preview = preview_of(sides, sides.options());
  CHECK(preview.problems.empty());
  CHECK(preview.plan.digest == sides.plan.digest);
  REQUIRE(preview.presence.size() == preview.plan.objects.size());
  for (std::size_t i = 0; i < preview.presence.size(); ++i) {
    const auto& object = preview.plan.objects[i];
    CAPTURE(object.kind, object.key.to_string());
    if (object.fate == Fate::Move) CHECK(preview.presence[i] == Presence::Absent);
    for (const std::size_t owner : object.owners) CHECK((object.fate != Fate::Move || preview.plan.objects[owner].group < object.group));
  }
  const auto& secret = preview.plan.objects[place_of(preview.plan, "Secret", kCluster + "-ca")];
  REQUIRE(secret.owners.size() == 1);  // by its name alone
  CHECK(preview.plan.objects[secret.owners[0]].kind == "Cluster");
  CHECK(sides.budget->writes == 0);
}

TEST_CASE_METHOD(QuietMove, "without a target a preview asks the source alone") {
  TwoSides sides(reference_world());
  auto preview = sides.loop.run(pivot::preview(sides.source, nullptr, sides.options(), false));
  REQUIRE(preview);
  CHECK(preview->presence.empty());
  CHECK(preview->plan.digest == sides.plan.digest);
}

TEST_CASE_METHOD(QuietMove, "a preview goes on after the first problem: the plan, a taken name and a Machine without a node are all there") {
  TwoSides sides(reference_world());
  sides.put(sides.target, kube::make_object("v1", "Namespace", {"", kSystem}));
  sides.put(sides.target, kube::make_object("v1", "Secret", {kSystem, kCluster + "-ca"}));
  auto machines = sides.loop.run(sides.source->list(sides.gvr_of("Machine"), kSystem, {}));
  REQUIRE(machines);
  kube::PatchOptions options;
  options.subresource = "status";
  json::Value patch;
  patch.ref("status").set("nodeRef", json::Value());
  REQUIRE(
      sides.loop.run(sides.source->patch(sides.gvr_of("Machine"), kube::key_of(machines->items.front()), kube::PatchType::Merge, std::move(patch), options)));
  sides.budget->writes = 0;
  const pivot::Preview preview = preview_of(sides, sides.options(), true);
  REQUIRE(preview.problems.size() == 2);
  CHECK_THAT(preview.problems[0], ContainsSubstring("it has no node yet"));
  CHECK_THAT(preview.problems[1], ContainsSubstring("Secret tkg-system/tkg-mgmt-vc-ca exists on the target already"));
  CHECK(preview.presence[place_of(preview.plan, "Secret", kCluster + "-ca")] == Presence::Occupied);
  CHECK(sides.budget->writes == 0);
}

TEST_CASE_METHOD(QuietMove, "copies of the same move are told from what others made") {
  TwoSides sides(small_world());
  pivot::Preview preview;
  for (std::size_t writes = 1; std::ranges::count(preview.presence, Presence::Copied) == 0; ++writes) {
    REQUIRE_FALSE(sides.run_cut(writes));
    preview = preview_of(sides, sides.options());
  }
  CHECK(preview.problems.empty());
  auto other = sides.options("m2");
  const pivot::Preview another = preview_of(sides, other);
  REQUIRE_FALSE(another.problems.empty());
  CHECK_THAT(another.problems.front(), ContainsSubstring("move m1 is not finished"));
}

TEST_CASE_METHOD(QuietMove, "a rehearsal without a pause finds what the target would refuse") {
  TwoSides sides(reference_world());
  sides.target_server.inject(answering("create", "vspheremachines", 422, "Invalid", 0, 1));
  const pivot::Preview preview = preview_of(sides, sides.options(), true);
  REQUIRE(preview.problems.size() == 1);
  CHECK_THAT(preview.problems[0], ContainsSubstring("the target would refuse: VSphereMachine"));
  CHECK(writes_on(sides, "source") == 0);
}

}  // namespace slipway
