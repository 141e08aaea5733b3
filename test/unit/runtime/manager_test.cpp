#include "pkg/runtime/manager.h"

#include <algorithm>

#include <catch2/catch_test_macros.hpp>

#include "test/unit/kube/fake.h"

using namespace slipway;
using namespace slipway::runtime;
using namespace std::chrono_literals;

namespace {

using Diary = std::vector<std::string>;

async::Awaitable<void> task(async::Clock& clock, Diary& diary, std::string name) {
  diary.push_back("+" + name);
  co_await clock.sleep_until(clock.now() + 24h);
  diary.push_back("-" + name);
}
async::Awaitable<Result<ReconcileOutcome>> slow(async::Clock& clock, Diary& diary, async::Duration d) {
  diary.push_back("reconcile");
  co_await clock.sleep_until(clock.now() + d);
  const bool cancelled = co_await async::is_cancelled();
  diary.push_back(cancelled ? "cancelled" : "reconciled");
  co_return ReconcileOutcome{};
}
async::Awaitable<void> run(Manager& manager, std::optional<Status>& end) { end = co_await manager.run(); }

struct Fixture {
  test::Loop loop;
  test::FakeServer server{loop};
  Diary diary;
  std::optional<Status> end;
  std::unique_ptr<Manager> manager;
  std::shared_ptr<Controller> controller;
  async::TaskGroup group{loop.io.get_executor()};
  async::Duration takes = 5s;
  std::optional<kube::Object> lease;
  bool lease_down = false;

  Fixture() {
    server.answer = [this](const net::Request& r) {
      if (r.target.contains("/leases")) return answer_lease(r);
      if (r.target.contains("/events")) diary.push_back("event sent");
      return test::json_response(200, R"({"kind":"ConfigMapList","items":[]})");
    };
  }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;
  ~Fixture() {
    if (manager) manager->stop();
    while (group.size() > 0) pass(1s);
  }
  net::Response answer_lease(const net::Request& r) {
    if (lease_down) return net::Response(0, "", "");
    if (r.method == "GET") return lease ? test::json_response(200, json::dump(*lease)) : test::status_response(404, "NotFound", "none");
    lease = json::parse(r.body).value();
    if ((*lease)["spec"]["holderIdentity"].as_string().empty()) diary.push_back("lease released");
    return test::json_response(200, r.body);
  }
  void make(bool election) {
    ManagerOptions o;
    o.metrics_address = o.health_address = "0";
    if (election) {
      o.leader_election = LeaderElectionOptions{.name = "slipway", .ns = "ns", .identity = "me"};
      o.lease_client = server.client();
    }
    manager = std::make_unique<Manager>(loop.io.get_executor(), loop.clock, std::move(o));
    controller =
        std::make_shared<Controller>("manager-test", loop.io.get_executor(), loop.clock, [this](const ObjectKey&) { return slow(loop.clock, diary, takes); });
    manager->add(controller);
    manager->add_task("always", [this] { return task(loop.clock, diary, "always"); });
    manager->add_leader_task("leader", [this] { return task(loop.clock, diary, "leader"); });
  }
  void start() {
    group.spawn("manager", run(*manager, end));
    pass(1s);
  }
  void pass(async::Duration d) {
    for (; d > 0s; d -= 100ms) {
      settle();
      loop.clock.advance(100ms);
    }
    settle();
  }
  void settle() {
    do loop.io.restart();
    while (loop.io.poll() > 0);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "parts start, and stop in order: tasks, reconciles, the lease, and the last event") {
  make(true);
  auto events = std::make_shared<EventRecorder>(server.client(), loop.io.get_executor());
  manager->add(events);
  start();
  CHECK(manager->leading());
  CHECK(diary == Diary{"+always", "+leader", "event sent"});
  controller->enqueue({"ns", "a"});
  pass(1s);
  manager->stop();
  pass(1s);
  CHECK_FALSE(end.has_value());
  events->normal(kube::make_object("v1", "ConfigMap", {"ns", "a"}), "Stopping", "m");
  pass(5s);
  REQUIRE(end);
  CHECK(*end);
  const auto position = [&](const std::string& what) { return std::ranges::find(diary, what) - diary.begin(); };
  CHECK(position("-always") < position("reconciled"));
  CHECK(position("reconciled") < position("lease released"));
  CHECK(diary.back() == "event sent");
  CHECK(std::ranges::count(diary, "cancelled") == 0);
  CHECK(std::ranges::count(diary, "event sent") == 3);  // became leader, ours, stopped leading
}

TEST_CASE_METHOD(Fixture, "without leader election everything starts at once") {
  make(false);
  start();
  CHECK(manager->leading());
  CHECK(std::ranges::is_permutation(diary, Diary{"+leader", "+always"}));
  manager->stop();
  pass(1s);
  REQUIRE(end);
  CHECK(*end);
}

TEST_CASE_METHOD(Fixture, "a standby runs its tasks and waits for the lease") {
  lease = kube::make_object("coordination.k8s.io/v1", "Lease", {"ns", "slipway"});
  set_lease_record(*lease, {.holder = "other", .duration_seconds = 15, .acquired = "a", .renewed = "r", .transitions = 0});
  make(true);
  start();
  CHECK(diary == Diary{"+always"});
  CHECK_FALSE(manager->leading());
  pass(25s);
  CHECK(manager->leading());
}

TEST_CASE_METHOD(Fixture, "a lost lease cancels reconciles in flight and ends with an error") {
  takes = 1h;
  make(true);
  start();
  controller->enqueue({"ns", "a"});
  pass(1s);
  lease_down = true;
  pass(14s);
  REQUIRE(end);
  REQUIRE_FALSE(*end);
  CHECK(end->error().is(Disposition::Terminal));
  CHECK(std::ranges::count(diary, "cancelled") == 1);
  CHECK(std::ranges::count(diary, "lease released") == 0);
}

TEST_CASE_METHOD(Fixture, "a cache that is not in sync in time ends run(), naming the kind and the reason, before the leader's work begins") {
  server.answer = [](const net::Request&) { return test::status_response(403, "Forbidden", "configmaps is forbidden"); };
  make(false);
  auto cache = std::make_shared<ClusterCache>(server.client(), loop.io.get_executor(), "hub");
  cache->informer(kube::res::kConfigMaps);
  manager->add(cache);
  start();
  pass(118s);
  CHECK_FALSE(end.has_value());
  CHECK_FALSE(manager->health().ready());
  pass(2s);
  REQUIRE(end);
  REQUIRE_FALSE(*end);
  CHECK(end->error().is(Disposition::Timeout));
  CHECK(end->error().message().contains("configmaps"));
  CHECK(end->error().message().contains("403"));
  CHECK(std::ranges::count(diary, "+leader") == 0);
}

TEST_CASE_METHOD(Fixture, "two controllers of one name are refused") {
  make(false);
  manager->add(
      std::make_shared<Controller>("manager-test", loop.io.get_executor(), loop.clock, [this](const ObjectKey&) { return slow(loop.clock, diary, takes); }));
  start();
  REQUIRE(end);
  CHECK(end->error().message() == "two controllers are named manager-test");
}

TEST_CASE_METHOD(Fixture, "cancelling run() stops everything too") {
  make(false);
  start();
  group.cancel();
  pass(1s);
  REQUIRE(end);
  CHECK(*end);
  CHECK(std::ranges::count(diary, "-leader") == 1);
}

TEST_CASE("addresses to listen on") {
  CHECK(parse_bind_address(":8080")->address == "0.0.0.0");
  CHECK(parse_bind_address(":8080")->port == 8080);
  CHECK(parse_bind_address("127.0.0.1:1")->address == "127.0.0.1");
  CHECK(parse_bind_address("[::1]:9")->address == "::1");
  for (const auto* bad : {"", "8080", "h:", "h:x", "h:70000", "::1:80", "h:-1"}) CHECK_FALSE(parse_bind_address(bad));
}
