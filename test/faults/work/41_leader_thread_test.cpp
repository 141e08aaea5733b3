// Scenario 41: a main loop that is blocked while its lease is renewed on a thread of its own.
#include <future>

#include <boost/asio/post.hpp>
#include <catch2/catch_test_macros.hpp>

#include "pkg/runtime/leader_thread.h"
#include "test/faults/work/lease_board.h"
#include "test/support/loop.h"

using namespace slipway;
using namespace slipway::runtime;
using namespace std::chrono_literals;

namespace {

// The thread's time, moved by the test from the main thread. Waiting for it to pass blocks the main loop, which is the point.
struct ThreadTime {
  async::Executor executor;
  async::VirtualClock* clock = nullptr;

  void pass(async::Duration d) const {
    std::promise<void> done;
    step(d, 0, done);
    done.get_future().wait();
  }

 private:
  // Between two moves everything that became ready gets its turns.
  void step(async::Duration left, int turn, std::promise<void>& done) const {
    constexpr int kTurns = 64;
    boost::asio::post(executor, [this, left, turn, &done] {
      if (turn == kTurns) {
        if (left <= 0s) {
          done.set_value();
          return;
        }
        clock->advance(100ms);
      }
      step(turn == kTurns ? left - 100ms : left, turn == kTurns ? 0 : turn + 1, done);
    });
  }
};

struct Fixture {
  test::Loop loop;
  test::LeaseBoard board;
  ThreadTime time;
  std::unique_ptr<LeaderThread> thread = std::make_unique<LeaderThread>(loop.executor(), loop.clock, options());

  LeaderThreadOptions options() {
    return {.election = {.name = "slipway", .ns = "ns", .identity = "me"},
            .connect = [this](const async::Executor&, async::Clock& clock) -> Result<std::shared_ptr<kube::Client>> {
              return std::make_shared<test::BoardClient>(board, clock);
            },
            .clock =
                [this](const async::Executor& executor) {
                  auto clock = std::make_unique<async::VirtualClock>(executor);
                  time = {executor, clock.get()};
                  return clock;
                }};
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "41 a main loop that is blocked for eight seconds, and for an hour, keeps its lease") {
  REQUIRE(loop.run_real(thread->acquire()));
  CHECK(thread->leading());
  for (const auto blocked : {async::Duration(8s), async::Duration(1h)}) {
    const int before = board.writes;
    time.pass(blocked);
    loop.clock.advance(blocked);
    CHECK(board.writes - before >= blocked / 2s - 1);
    CHECK(thread->leading());
    CHECK(thread->healthy());
  }
  REQUIRE(loop.run_real(thread->release()));
  CHECK_FALSE(thread->leading());
  CHECK(board.record().holder.empty());
}

TEST_CASE_METHOD(Fixture, "41 the end of a lease shows by the time before the news arrives") {
  REQUIRE(loop.run_real(thread->acquire()));
  board.stall = true;
  time.pass(20s);  // the main loop does not run meanwhile: it was told nothing
  loop.clock.advance(20s);
  CHECK_FALSE(thread->leading());
  const Status held = loop.run_real(thread->hold());
  CHECK(held.error().is(Disposition::Terminal));
  board.stall = false;
  CHECK(loop.run_real(thread->release()));
  CHECK(board.record().holder == "me");  // what is lost is not given away
}

TEST_CASE_METHOD(Fixture, "41 a candidate that waits for the lease can be ended, and one whose connection cannot be made says why") {
  board.hold("other");
  async::TaskGroup group(loop.executor());
  std::optional<Status> won;
  struct Acquire {
    static async::Awaitable<void> run(LeaderThread* t, std::optional<Status>* out) { *out = co_await t->acquire(); }
  };
  group.spawn("acquire", Acquire::run(thread.get(), &won));
  loop.settle();
  time.pass(5s);
  CHECK_FALSE(won);
  loop.run_real(group.stop());
  REQUIRE(won);
  CHECK(won->error().is(Disposition::Canceled));
  CHECK(loop.run_real(thread->release()));
  CHECK(board.record().holder == "other");

  LeaderThreadOptions o = options();
  o.connect = [](const async::Executor&, async::Clock&) -> Result<std::shared_ptr<kube::Client>> { return fail(Disposition::Invalid, "no CA"); };
  LeaderThread broken(loop.executor(), loop.clock, std::move(o));
  const Status refused = loop.run_real(broken.acquire());
  CHECK(refused.error().message() == "leader election: no CA");
}
