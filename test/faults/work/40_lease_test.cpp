// Scenarios 40 to 43: the lease.
#include <catch2/catch_test_macros.hpp>

#include "pkg/runtime/leader_election.h"
#include "pkg/runtime/write_gate.h"
#include "test/faults/work/lease_board.h"
#include "test/support/loop.h"

using namespace slipway;
using namespace slipway::runtime;
using namespace std::chrono_literals;

namespace {

// Another wall clock on the same monotonic one: machines disagree about the time of day.
class SkewedClock final : public async::Clock {
 public:
  SkewedClock(async::Clock& base, async::Duration skew) : base_(base), skew_(std::chrono::duration_cast<std::chrono::microseconds>(skew)) {}
  [[nodiscard]] async::TimePoint now() const noexcept override { return base_.now(); }
  [[nodiscard]] WallTime wall() const noexcept override { return base_.wall() + skew_; }
  async::Awaitable<void> sleep_until(async::TimePoint at) override { return base_.sleep_until(at); }
  [[nodiscard]] std::shared_ptr<void> schedule(async::Executor executor, async::TimePoint at, std::function<void()> callback) override {
    return base_.schedule(std::move(executor), at, std::move(callback));
  }

 private:
  async::Clock& base_;
  std::chrono::microseconds skew_;
};

// A process: its own loop and clocks. It runs only when the test lets it, so a pause is not running it.
struct Candidate {
  test::Loop loop;
  SkewedClock clock;
  std::shared_ptr<test::BoardClient> client;
  LeaderElector elector;
  WriteGate gate;
  std::shared_ptr<kube::Client> writer;
  std::optional<Status> end;
  async::TaskGroup group{loop.executor()};

  Candidate(test::LeaseBoard& board, std::string identity, async::Duration skew = {})
      : clock(loop.clock, skew),
        client(std::make_shared<test::BoardClient>(board, clock)),
        elector(client, loop.executor(), {.name = "slipway", .ns = "ns", .identity = std::move(identity)}),
        gate(loop.executor(), clock, [this] { return elector.leading(); }),
        writer(gate.guard(client)) {
    group.spawn("campaign", campaign(this));
    loop.settle();
  }
  Candidate(const Candidate&) = delete;
  Candidate& operator=(const Candidate&) = delete;
  ~Candidate() { loop.run(group.stop()); }
  static async::Awaitable<void> campaign(Candidate* c) {
    Status won = co_await c->elector.acquire();
    if (!won) co_return;
    c->end = co_await c->elector.hold();
    c->gate.close();
  }
  bool may_write() {
    const int before = client->other_writes;
    const auto answer = loop.run(writer->patch(kube::res::kConfigMaps, {"ns", "a"}, kube::PatchType::Merge, json::Object{}, {}));
    CHECK(answer.has_value() == (client->other_writes == before + 1));
    return answer.has_value();
  }
};

void pass_all(std::initializer_list<Candidate*> running, async::Duration d) {
  for (; d > 0s; d -= 100ms)
    for (Candidate* c : running) c->loop.pass(100ms);
}

}  // namespace

TEST_CASE("40 nine seconds of failing renewals are survived") {
  test::LeaseBoard board;
  Candidate a(board, "a");
  pass_all({&a}, 20s);
  REQUIRE(a.may_write());
  // From just before a renewal is due, so that none of the nine seconds is a gift.
  const int before = board.writes;
  while (board.writes == before) a.loop.pass(1ms);
  a.loop.pass(1990ms);
  board.down = true;
  pass_all({&a}, 9s);
  CHECK(a.may_write());
  board.down = false;
  pass_all({&a}, 20s);
  CHECK(a.may_write());
  CHECK_FALSE(a.end);
}

TEST_CASE("40 eleven seconds of failing renewals end the leadership within twelve of the last success, before another could have won") {
  test::LeaseBoard board;
  Candidate a(board, "a");
  Candidate b(board, "b");
  pass_all({&a, &b}, 20s);
  const int before = board.writes;
  while (board.writes == before) pass_all({&a, &b}, 100ms);
  pass_all({&a, &b}, 1800ms);
  board.down = true;
  pass_all({&a, &b}, 9900ms);
  CHECK(a.elector.leading());
  pass_all({&a, &b}, 300ms);
  CHECK_FALSE(a.may_write());
  REQUIRE(a.end);
  CHECK(a.end->error().is(Disposition::Terminal));
  CHECK_FALSE(b.elector.leading());
  board.down = false;
  pass_all({&a, &b}, 30s);
  CHECK(b.may_write());
  CHECK_FALSE(a.may_write());
}

TEST_CASE("41 a server that does not answer ends the leadership by the time, while the request still hangs") {
  test::LeaseBoard board;
  Candidate a(board, "a");
  pass_all({&a}, 20s);
  REQUIRE(a.elector.leading());
  board.stall = true;
  const auto stalled = a.loop.clock.now();
  while (a.elector.leading()) a.loop.pass(10ms);
  CHECK(a.loop.clock.now() - stalled <= 12s);
  CHECK_FALSE(a.may_write());
  a.loop.pass(1s);
  REQUIRE(a.end);
}

TEST_CASE("42 of two candidates whose clocks are an hour apart, one leads at a time") {
  for (const auto skew : {async::Duration(1h), async::Duration(-1h)}) {
    test::LeaseBoard board;
    Candidate a(board, "a");
    Candidate b(board, "b", skew);
    for (int i = 0; i < 600; ++i) {
      pass_all({&a, &b}, 100ms);
      REQUIRE_FALSE((a.elector.leading() && b.elector.leading()));
    }
    CHECK(a.may_write());
    CHECK_FALSE(b.may_write());
  }
}

TEST_CASE("42 a leader that was stopped for longer than its lease notices before its first write that another leads") {
  test::LeaseBoard board;
  Candidate a(board, "a");
  Candidate b(board, "b", -1h);
  pass_all({&a, &b}, 10s);
  REQUIRE(a.may_write());
  REQUIRE_FALSE(b.may_write());
  pass_all({&b}, 25s);  // a's process is stopped: its loop does not run, the world goes on; b looks every 2 to 4.4 s, and waits 15 s from what it saw last
  CHECK(b.may_write());
  // Resumed: the time has passed, and nothing in a's loop has run yet.
  a.loop.clock.advance(25s);
  const auto call = a.writer->patch(kube::res::kConfigMaps, {"ns", "a"}, kube::PatchType::Merge, json::Object{}, {});
  CHECK_FALSE(a.gate.open());
  CHECK_FALSE(a.may_write());
  CHECK(a.client->other_writes == 1);
  a.loop.settle();
  REQUIRE(a.end);
  pass_all({&a, &b}, 30s);
  CHECK(b.may_write());
  CHECK(board.record().holder == "b");
}

TEST_CASE("43 a lease that was deleted is made again by its leader") {
  test::LeaseBoard board;
  Candidate a(board, "a");
  pass_all({&a}, 5s);
  board.remove();
  pass_all({&a}, 3s);
  CHECK(a.may_write());
  CHECK(board.record().holder == "a");
}

TEST_CASE("43 a holder that was cleared, and one that somebody wrote, end the leadership") {
  for (const std::string holder : {"", "intruder"}) {
    INFO("holder \"" << holder << "\"");
    test::LeaseBoard board;
    Candidate a(board, "a");
    pass_all({&a}, 5s);
    REQUIRE(a.may_write());
    board.hold(holder);
    pass_all({&a}, 3s);
    CHECK_FALSE(a.may_write());
    REQUIRE(a.end);
    CHECK(board.record().holder == holder);
  }
}

TEST_CASE("43 a standby takes a lease that was cleared, and waits out a foreign one") {
  test::LeaseBoard board;
  board.hold("intruder");
  Candidate b(board, "b");
  pass_all({&b}, 14s);
  CHECK_FALSE(b.elector.leading());
  pass_all({&b}, 6s);
  CHECK(b.elector.leading());
  test::LeaseBoard cleared;
  cleared.hold("");
  Candidate c(cleared, "c");
  CHECK(c.elector.leading());
}
