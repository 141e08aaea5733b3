// Waiting for the world: by watches and deadlines, under virtual time.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "pkg/async/task_group.h"
#include "pkg/pivot/names.h"
#include "test/unit/pivot/two_sides.h"

namespace slipway {
namespace {

using namespace test;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

const std::string kMachine = kCluster + "-kcp-5h8zq";

async::Awaitable<void> later(async::VirtualClock* clock, async::Duration delay, Change change) {
  co_await async::no_throw_on_cancel();
  co_await clock->sleep_until(clock->now() + delay);
  const bool stop = co_await async::is_cancelled();
  if (!stop) co_await change();
}

// Runs the move while somebody makes `change` after `delay`. How long the move took, in seconds.
long run_with(TwoSides& sides, async::Duration delay, Change change, Result<pivot::Progress>& result) {
  async::TaskGroup group(sides.loop.io.get_executor());
  const auto begin = sides.loop.clock.now();
  group.spawn("later", later(&sides.loop.clock, delay, std::move(change)));
  result = sides.run();
  sides.loop.run(group.stop());
  return std::chrono::duration_cast<std::chrono::seconds>(sides.loop.clock.now() - begin).count();
}

json::Value block(json::Value state) {
  json::Value patch;
  patch.ref({"metadata", "annotations"}).set(pivot::kBlockMoveAnnotation, std::move(state));
  return patch;
}

json::Value paused_condition(const char* status) {
  json::Value patch;
  json::Value condition = json::Object{{"type", "Paused"}, {"status", status}};
  patch.ref({"status", "conditions"}).push_back(std::move(condition));
  return patch;
}

async::Awaitable<void> set_status(std::shared_ptr<kube::Client> client, kube::GroupVersionResource gvr, kube::ObjectKey key, json::Value patch) {
  kube::PatchOptions options;
  options.subresource = "status";
  auto done = co_await client->patch(gvr, key, kube::PatchType::Merge, std::move(patch), options);
  CHECK(done.has_value());
}

async::Awaitable<void> run_into(std::shared_ptr<std::optional<Result<pivot::Progress>>> out, std::shared_ptr<kube::Client> source,
                                std::shared_ptr<kube::Client> target, pivot::Options options) {
  Result<pivot::Progress> done = co_await pivot::run(std::move(source), std::move(target), std::move(options));
  out->emplace(std::move(done));
}

async::Awaitable<void> cancel_after(std::shared_ptr<Budget> budget, std::size_t writes, async::TaskGroup* group) {
  if (budget->writes == writes) group->cancel();
  co_return;
}

}  // namespace

TEST_CASE_METHOD(QuietMove, "a block-move annotation holds the move until the moment it goes") {
  TwoSides sides(small_world());
  sides.patch(sides.source, "Machine", {kSystem, kMachine}, block(""));
  Result<pivot::Progress> result = fail(Disposition::Terminal, "not run");
  const long took = run_with(sides, 40s, patching(sides.source, kube::res::kMachines, {kSystem, kMachine}, block(nullptr)), result);
  if (!result) FAIL(result.error().message());
  CHECK(took == 40);
  CHECK_FALSE(sides.get(sides.target, kube::res::kMachines, {kSystem, kMachine}).is_null());
}

TEST_CASE_METHOD(QuietMove, "a block-move annotation that stays ends the run with the object's name, and the move can be undone") {
  TwoSides sides(small_world());
  sides.patch(sides.source, "Machine", {kSystem, kMachine}, block(""));
  sides.before = sides.read(sides.source);
  const auto failed = sides.run();
  CHECK(error_of(failed) ==
        "move m1: waiting for Machine tkg-system/tkg-mgmt-vc-kcp-5h8zq to stand still: annotation clusterctl.cluster.x-k8s.io/block-move is set");
  CHECK(failed.error().is(Disposition::Timeout));
  REQUIRE(sides.rollback().has_value());
  sides.check_undone();
}

TEST_CASE_METHOD(QuietMove, "a move that takes longer than it may stops where it stands and goes on when it is run again") {
  TwoSides sides(small_world());
  auto options = sides.options();
  options.timeout = 30s;
  sides.patch(sides.source, "Machine", {kSystem, kMachine}, block(""));
  CHECK(sides.run(options).error().is(Disposition::Timeout));
  sides.patch(sides.source, "Machine", {kSystem, kMachine}, block(nullptr));
  options.timeout = 0s;
  CHECK(error_of(sides.run(options)) == "move m1 did not end within 0 s; it stands at Pausing and goes on from there when it is run again");
  CHECK(sides.run().has_value());
}

TEST_CASE_METHOD(QuietMove, "a controller that tells whether it has paused is waited for") {
  TwoSides sides(small_world());
  const kube::ObjectKey key{kSystem, kMachine};
  sides.loop.run(set_status(sides.source, kube::res::kMachines, key, paused_condition("False")));
  const auto client = sides.source;
  Result<pivot::Progress> result = fail(Disposition::Terminal, "not run");
  const long took = run_with(sides, 7s, [=] { return set_status(client, kube::res::kMachines, key, paused_condition("True")); }, result);
  if (!result) FAIL(result.error().message());
  CHECK(took == 7);
}

TEST_CASE_METHOD(QuietMove, "a watch that breaks while the move waits is opened again") {
  TwoSides sides(small_world());
  sides.patch(sides.source, "Machine", {kSystem, kMachine}, block(""));
  const auto client = sides.source;
  auto* server = &sides.source_server;
  Result<pivot::Progress> result = fail(Disposition::Terminal, "not run");
  const Change unblock = patching(client, kube::res::kMachines, {kSystem, kMachine}, block(nullptr));
  const long took = run_with(
      sides, 20s,
      [=] {
        server->close_watches();
        return unblock();
      },
      result);
  if (!result) FAIL(result.error().message());
  CHECK(took < 25);
}

TEST_CASE_METHOD(QuietMove, "quiesced providers are waited for until their last pod has gone") {
  TwoSides sides(small_world());
  Object pod = kube::make_object("v1", "Pod", {"capv-system", "capv-controller-manager-1"});
  pod.ref({"metadata", "labels", "app"}) = "capv-controller-manager";
  json::Value container = json::Object{{"name", "manager"}, {"image", "registry.example/manager:v1"}};
  pod.ref({"spec", "containers"}).push_back(std::move(container));
  REQUIRE(sides.loop.run(sides.source->create(kube::res::kPods, pod, {})));
  Result<pivot::Progress> result = fail(Disposition::Terminal, "not run");
  SECTION("it goes") {
    const long took = run_with(sides, 11s, removing(sides.source, kube::res::kPods, {"capv-system", "capv-controller-manager-1"}), result);
    if (!result) FAIL(result.error().message());
    CHECK(took == 11);
  }
  SECTION("it stays") {
    CHECK_THAT(error_of(sides.run()), ContainsSubstring("waiting for Pod capv-system/capv-controller-manager-1 on the source to end"));
    sides.check_now();
  }
}

TEST_CASE_METHOD(QuietMove, "a run that is cancelled says so, leaves nothing running, and the next one goes on") {
  TwoSides sides(small_world());
  for (const std::size_t writes : {5U, 20U, 12U, 30U}) {
    async::TaskGroup group(sides.loop.io.get_executor());
    const auto budget = std::make_shared<Budget>();
    budget->after_each = [budget = std::weak_ptr(budget), writes, &group] { return cancel_after(budget.lock(), writes, &group); };
    const auto result = std::make_shared<std::optional<Result<pivot::Progress>>>();
    group.spawn("run", run_into(result, cut_client(sides.source, "source", budget), cut_client(sides.target, "target", budget), sides.options()));
    sides.loop.run(group.join());
    REQUIRE(result->has_value());
    REQUIRE_FALSE((*result)->has_value());
    CHECK((*result)->error().is(Disposition::Canceled));
    sides.check_now();
  }
  REQUIRE(sides.run().has_value());
  sides.check_moved();
}

}  // namespace slipway
