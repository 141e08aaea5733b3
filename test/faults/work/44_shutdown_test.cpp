// Scenarios 44 and 45: stopping, in order, and losing the lease in the middle of the work.
#include <algorithm>

#include <catch2/catch_test_macros.hpp>

#include "pkg/runtime/manager.h"
#include "pkg/runtime/write_gate.h"
#include "test/faults/work/lease_board.h"
#include "test/support/loop.h"

using namespace slipway;
using namespace slipway::runtime;
using namespace std::chrono_literals;

namespace {

using Diary = std::vector<std::string>;

async::Awaitable<void> task(async::Clock& clock, Diary& diary, std::string name) {
  diary.push_back("+" + name);
  async::Duration day = 24h;
  co_await clock.sleep_until(clock.now() + day);
  diary.push_back("-" + name);
}

struct Operator {
  test::Loop loop;
  test::LeaseBoard board;
  std::shared_ptr<test::BoardClient> client = std::make_shared<test::BoardClient>(board, loop.clock);
  Diary diary;
  std::optional<Status> end;
  std::unique_ptr<WriteGate> gate;
  std::shared_ptr<kube::Client> writer;
  std::shared_ptr<Controller> controller;
  std::unique_ptr<Manager> manager;
  async::TaskGroup group{loop.executor()};

  explicit Operator(async::Duration takes, std::chrono::seconds grace = 30s) {
    ManagerOptions o;
    o.metrics_address = o.health_address = "0";
    o.leader_election = LeaderElectionOptions{.name = "slipway", .ns = "ns", .identity = "me"};
    o.lease_client = client;
    o.grace = grace;
    o.on_lost = [this] {
      diary.push_back("lost");
      gate->close();
    };
    o.on_overrun = [this] { diary.push_back("overrun"); };
    manager = std::make_unique<Manager>(loop.executor(), loop.clock, std::move(o));
    gate = std::make_unique<WriteGate>(loop.executor(), loop.clock, [this] { return manager->leading(); });
    writer = gate->guard(client);
    client->other_writes_take = takes;
    controller = std::make_shared<Controller>("faults-operator", loop.executor(), loop.clock, [this](const ObjectKey&) { return reconcile(this); });
    manager->add(controller);
    manager->add_task("task", [this] { return task(loop.clock, diary, "task"); });
    manager->add_leader_task("leader task", [this] { return task(loop.clock, diary, "leader task"); });
    group.spawn("manager", run(this));
    loop.settle();
    controller->enqueue({"ns", "a"});
    loop.pass(1s);
  }
  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;
  ~Operator() {
    manager->stop();
    loop.run(group.stop());
  }
  static async::Awaitable<void> run(Operator* o) { o->end = co_await o->manager->run(); }
  static async::Awaitable<Result<ReconcileOutcome>> reconcile(Operator* o) {
    o->diary.emplace_back("reconcile");
    auto written = co_await o->writer->patch(kube::res::kConfigMaps, {"ns", "a"}, kube::PatchType::Merge, json::Object{}, {});
    o->diary.emplace_back(written ? "written" : "not written");
    if (!written) co_return fail(std::move(written).error());
    co_return ReconcileOutcome{};
  }
  void pass(async::Duration d) {
    const bool held = board.record().holder == "me";
    for (; d > 0s; d -= 100ms) {
      loop.pass(100ms);
      if (held && board.record().holder.empty() && std::ranges::find(diary, "released") == diary.end()) diary.push_back("released");
    }
  }
};

}  // namespace

TEST_CASE("44 a stop during a reconcile of twenty seconds ends tasks first, waits for the reconcile, and gives the lease away last") {
  Operator o(19s);
  REQUIRE(o.manager->leading());
  o.manager->stop();
  o.pass(15s);
  CHECK_FALSE(o.end);
  CHECK(o.board.record().holder == "me");  // still renewed
  CHECK(o.manager->leading());
  o.pass(6s);
  REQUIRE(o.end);
  CHECK(*o.end);
  CHECK(o.diary == Diary{"+task", "+leader task", "reconcile", "-task", "-leader task", "written", "released"});
  CHECK(o.client->cancelled_writes == 0);
}

TEST_CASE("44 a reconcile that outlasts the grace of the controller is cancelled, and the lease is given away after it") {
  Operator o(10min);
  o.manager->stop();
  o.pass(25s);
  REQUIRE(o.end);
  CHECK(*o.end);
  CHECK(o.diary == Diary{"+task", "+leader task", "reconcile", "-task", "-leader task", "not written", "released"});
  CHECK(o.client->cancelled_writes == 1);
}

TEST_CASE("44 a stop that outlasts the grace of the process is told, and whoever asked for it may end the process there") {
  Operator o(10min, 5s);
  o.manager->stop();
  o.pass(6s);
  CHECK(std::ranges::count(o.diary, "overrun") == 1);
  CHECK_FALSE(o.end);
  o.pass(20s);
  REQUIRE(o.end);
  CHECK(o.end->error().is(Disposition::Timeout));
}

TEST_CASE("45 a lease that is lost during a reconcile cancels its writes in flight, and run() ends with an error") {
  Operator o(10min);
  o.pass(5s);
  CHECK(o.gate->in_flight() == 1);
  o.board.hold("other");
  o.pass(3s);
  REQUIRE(o.end);
  REQUIRE_FALSE(*o.end);
  CHECK(o.end->error().is(Disposition::Terminal));
  CHECK(o.client->cancelled_writes == 1);
  CHECK(o.client->other_writes == 0);
  CHECK(o.gate->in_flight() == 0);
  CHECK(o.board.record().holder == "other");
  CHECK(o.diary == Diary{"+task", "+leader task", "reconcile", "lost", "not written", "-task", "-leader task"});
}

TEST_CASE("45 a lease that cannot be renewed stops new writes at the deadline, whatever the loop was told") {
  Operator o(0s);
  o.pass(5s);
  const int before = o.client->other_writes;
  o.board.stall = true;
  // Nothing but the time passes: the news of the loss is still to come.
  o.loop.clock.advance(13s);
  CHECK_FALSE(o.gate->open());
  o.controller->enqueue({"ns", "b"});
  o.loop.settle();
  CHECK(o.client->other_writes == before);
  o.pass(10s);
  REQUIRE(o.end);
  CHECK(o.end->error().is(Disposition::Terminal));
}
