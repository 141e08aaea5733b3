// The frame of both flows: timelines, deadlines, conditions, and what counts as applied.
#include <set>

#include <catch2/catch_test_macros.hpp>

#include "controllers/applied.h"
#include "controllers/cluster_spec.h"
#include "controllers/pass.h"
#include "controllers/reasons.h"
#include "pkg/yaml/yaml.h"

using namespace slipway;
using namespace slipway::controllers;

namespace {

const std::vector<StepInfo> kSteps{{"one", "First", "Starting", "Do one", &api::Deadlines::bootstrap},
                                   {"two", "Second", "Going", "Do two", &api::Deadlines::providers},
                                   {"three", "Second", "Going", "Do three", nullptr}};
constexpr WallTime kNow{std::chrono::seconds(1'767'225'600)};  // 2026-01-01T00:00:00Z

Walk walk_of(std::vector<StepPlan> plans) {
  Walk w;
  w.plans = std::move(plans);
  while (w.current < w.plans.size() && w.plans[w.current].over()) ++w.current;
  return w;
}

json::Value yaml_of(std::string_view text) { return yaml::parse(text, "test").value(); }

const api::Condition* find(const std::vector<api::Condition>& list, std::string_view type) {
  for (const auto& c : list)
    if (c.type == type) return &c;
  return nullptr;
}

constexpr std::string_view kOrder[] = {"Ready", "First", "Second", "Deleting", "Paused", "Reconciling", "Stalled"};

std::vector<api::Condition> conditions_of(const Walk& w, std::vector<api::Condition> before = {}, std::optional<Stall> stall = {}, WallTime now = kNow) {
  Conditions c(std::move(before), 2, now);
  set_step_conditions(c, kSteps, w, stall);
  summarize(c, summary_of(kSteps, w, stall));
  c.complete(kOrder);
  return std::move(c).take(kOrder);
}

}  // namespace

TEST_CASE("what we want is there when it is contained in what is there") {
  const auto live = yaml_of("{spec: {a: 1, b: [x, z], extra: true, vars: [{name: p, value: 1}, {name: q, value: 2}]}, status: {z: 1}}");
  CHECK(contains(live, yaml_of("{spec: {a: 1}}")));
  CHECK(contains(live, yaml_of("{spec: {b: [x, z]}}")));
  CHECK(contains(live, yaml_of("{spec: {vars: [{name: q, value: 2}]}}")));
  CHECK(contains(live, yaml_of("{spec: {empty: '', none: {}, off: false, zero: 0, list: []}}")));
  CHECK_FALSE(contains(live, yaml_of("{spec: {a: 2}}")));
  CHECK_FALSE(contains(live, yaml_of("{spec: {b: [x]}}")));
  CHECK_FALSE(contains(live, yaml_of("{spec: {vars: [{name: r}]}}")));
}

TEST_CASE("what a server rewrites counts as applied until somebody changes it") {
  ClusterView view;
  view.instance = "target#1";
  const Object wanted = yaml_of("{apiVersion: cluster.x-k8s.io/v1beta1, kind: Cluster, metadata: {name: c, namespace: default}, spec: {version: v1}}");
  Object answer = wanted;
  answer.ref({"metadata", "uid"}) = "u";
  answer.ref({"metadata", "generation"}) = 3;
  answer.ref({"spec", "version"}) = "v1.0.0";
  AppliedMemory memory;
  view.add(kube::res::kClusters, answer);
  CHECK_FALSE(settled(view, &memory, wanted));
  memory.remember("target#1", wanted, answer);
  CHECK(settled(view, &memory, wanted));
  answer.ref({"metadata", "generation"}) = 4;
  view.add(kube::res::kClusters, answer);
  CHECK_FALSE(settled(view, &memory, wanted));
}

TEST_CASE("a step keeps when it started and says when it finished") {
  const Walk first = walk_of({waiting("BootstrapCreating", "starting"), {}, {}});
  auto timeline = advance({kSteps, first, {}, kNow});
  CHECK(timeline[0].state == "Running");
  CHECK(timeline[0].startedAt == "2026-01-01T00:00:00Z");
  CHECK(timeline[1].state == "Pending");
  const Walk second = walk_of({done("BootstrapReady", "ready"), waiting("Installing", "at it"), {}});
  timeline = advance({kSteps, second, timeline, kNow + std::chrono::seconds(40)});
  CHECK(timeline[0].state == "Done");
  CHECK(timeline[0].startedAt == "2026-01-01T00:00:00Z");
  CHECK(timeline[0].finishedAt == "2026-01-01T00:00:40Z");
  CHECK(timeline[1].startedAt == "2026-01-01T00:00:40Z");
}

TEST_CASE("a step that lies behind us keeps its message, and one that comes undone starts anew") {
  const Walk first = walk_of({done("BootstrapReady", "ready in 40 s"), done("x", "ok"), waiting("y", "z")});
  auto timeline = advance({kSteps, first, {}, kNow});
  const Walk second = walk_of({done("", ""), waiting("DeploymentUnavailable", "down"), done("x", "")});
  timeline = advance({kSteps, second, timeline, kNow + std::chrono::minutes(1)});
  CHECK(timeline[0].message == "ready in 40 s");
  CHECK(timeline[1].state == "Running");
  CHECK(timeline[1].startedAt == "2026-01-01T00:01:00Z");
  CHECK(timeline[1].finishedAt.empty());
  CHECK(timeline[2].state == "Pending");  // over by its own word, but it was never reached
}

TEST_CASE("a deadline counts from the step's start, and a changed spec starts it anew") {
  api::ClusterStatus before;
  before.observedGeneration = 1;
  api::Deadlines deadlines;
  deadlines.bootstrap = "10m";
  const Walk w = walk_of({waiting("BootstrapCreating", "starting"), {}, {}});
  Pass pass = make_pass(kSteps, w, {before, deadlines, 1, kNow, true});
  CHECK_FALSE(pass.stall);
  CHECK(until_expiry(pass, kNow) == std::chrono::minutes(10));
  before.steps = pass.timeline;
  pass = make_pass(kSteps, w, {before, deadlines, 1, kNow + std::chrono::minutes(10), true});
  REQUIRE(pass.stall);
  CHECK(pass.stall->reason == "BootstrapCreating");
  CHECK(pass.stall->message == "spec.deadlines.bootstrap (10m) has passed. starting");
  CHECK(intents_of(pass).empty());
  before.steps = pass.timeline;
  pass = make_pass(kSteps, w, {before, deadlines, 2, kNow + std::chrono::minutes(11), true});
  CHECK_FALSE(pass.stall);
}

TEST_CASE("the total deadline ends what no step's own deadline does") {
  api::ClusterStatus before;
  before.observedGeneration = 1;
  api::Deadlines deadlines;
  deadlines.total = "1h";
  const Walk w = walk_of({done("x"), done("x"), waiting("y", "slow")});
  before.steps = advance({kSteps, w, {}, kNow});
  CHECK(make_pass(kSteps, w, {before, deadlines, 1, kNow + std::chrono::hours(1), true}).stall);
  CHECK_FALSE(make_pass(kSteps, w, {before, deadlines, 1, kNow + std::chrono::hours(1), false}).stall);
}

TEST_CASE("while progressing Ready is Unknown and Reconciling is True") {
  const auto c = conditions_of(walk_of({done("BootstrapReady", "ready"), waiting("Installing", "at it"), {}}));
  CHECK(find(c, "Ready")->status == "Unknown");
  CHECK(find(c, "Ready")->message == "step 2/3 two: at it");
  CHECK(find(c, "Reconciling")->status == "True");
  CHECK(find(c, "Reconciling")->reason == "Progressing");
  CHECK(find(c, "Stalled") == nullptr);
  CHECK(find(c, "First")->status == "True");
  CHECK(find(c, "Second")->status == "Unknown");
  CHECK(find(c, "Paused")->status == "False");
  CHECK(find(c, "Deleting")->status == "False");
  for (const auto& one : c) CHECK(one.observedGeneration == 2);
  for (const auto& one : c) CHECK(is_known_reason(one.reason));
}

TEST_CASE("a failure that is tried again is Ready False and still Reconciling") {
  const auto c = conditions_of(walk_of({failed("MachineFailed", "no space"), {}, {}}));
  CHECK(find(c, "Ready")->status == "False");
  CHECK(find(c, "Ready")->reason == "MachineFailed");
  CHECK(find(c, "Reconciling")->reason == "ProgressingWithRetry");
  CHECK(find(c, "Stalled") == nullptr);
  CHECK(find(c, "First")->status == "False");
}

TEST_CASE("what only a person can cure is Stalled and not Reconciling") {
  const auto stuck_ = conditions_of(walk_of({stuck("SecretMissing", "create it"), {}, {}}));
  CHECK(find(stuck_, "Stalled")->reason == "SecretMissing");
  CHECK(find(stuck_, "Reconciling") == nullptr);
  CHECK(find(stuck_, "Ready")->status == "False");
  const auto late =
      conditions_of(walk_of({waiting("Installing", "at it"), {}, {}}), {}, Stall{"Installing", "spec.deadlines.providers (20m) has passed. at it"});
  CHECK(find(late, "Stalled")->status == "True");
  CHECK(find(late, "Reconciling") == nullptr);
}

TEST_CASE("all steps done is Ready, and nothing abnormal is left") {
  const auto before = conditions_of(walk_of({waiting("Installing", ""), {}, {}}));
  const auto c = conditions_of(walk_of({done("x"), done("ComponentsReady", "fine"), skipped("not here")}), before, {}, kNow + std::chrono::hours(1));
  CHECK(find(c, "Ready")->status == "True");
  CHECK(find(c, "Ready")->lastTransitionTime == "2026-01-01T01:00:00Z");
  CHECK(find(c, "Reconciling") == nullptr);
  CHECK(find(c, "Stalled") == nullptr);
  CHECK(find(c, "Second")->reason == "ComponentsReady");
}

TEST_CASE("a transition time moves only when a status flips") {
  const auto before = conditions_of(walk_of({waiting("Installing", "a"), {}, {}}));
  const auto c = conditions_of(walk_of({waiting("Installing", "b"), {}, {}}), before, {}, kNow + std::chrono::hours(1));
  CHECK(find(c, "Ready")->message == "step 1/3 one: b");
  CHECK(find(c, "Ready")->lastTransitionTime == "2026-01-01T00:00:00Z");
}

TEST_CASE("another controller's reason stays in the message; ours is of the table") {
  const auto c = conditions_of(walk_of({waiting("WaitingForVSphereTea", "Machine m: InfrastructureReady is False (WaitingForVSphereTea)"), {}, {}}));
  CHECK(find(c, "First")->reason == "Progressing");
  CHECK(find(c, "First")->message.find("WaitingForVSphereTea") != std::string::npos);
}

TEST_CASE("a condition whose steps all lie behind us keeps what was said") {
  const auto before = conditions_of(walk_of({done("BootstrapReady", "ready in 40 s"), waiting("y", ""), {}}));
  const auto c = conditions_of(walk_of({done(""), waiting("y", ""), {}}), before);
  CHECK(find(c, "First")->reason == "BootstrapReady");
  CHECK(find(c, "First")->message == "ready in 40 s");
}

TEST_CASE("an error that a retry cures leaves the step running; another one fails it") {
  api::ClusterStatus before;
  api::Deadlines deadlines;
  Pass pass = make_pass(kSteps, walk_of({running("Installing", "applying", {EnsureBootstrap{}}), {}, {}}), {before, deadlines, 1, kNow, true});
  CHECK(intents_of(pass).size() == 1);
  note_error(pass, Error(Disposition::Transient, "503"), kNow);
  CHECK(pass.timeline[0].state == "Running");
  CHECK(pass.timeline[0].message == "trying again: 503");
  note_error(pass, Error(Disposition::Forbidden, "403"), kNow);
  CHECK(pass.timeline[0].state == "Failed");
  CHECK(pass.walk.plans[0].reason == "ApplyFailed");
}

TEST_CASE("a release's name tells its Kubernetes version") {
  CHECK(version_of_release("v1.24.9---vmware.1-tkg.1-rc.2") == "v1.24.9+vmware.1");
  CHECK(version_of_release("v1.30.1") == "v1.30.1");
}

TEST_CASE("reasons are CamelCase and unique") {
  std::set<std::string_view> seen;
  for (const ReasonRow& row : reason_table()) {
    CHECK(seen.insert(row.reason).second);
    CHECK(std::isupper(static_cast<unsigned char>(row.reason.front())));
    CHECK(row.reason.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == std::string_view::npos);
  }
}
