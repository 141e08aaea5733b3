#include "pkg/async/clock.h"

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "pkg/async/task_group.h"
#include "test/support/loop.h"

namespace slipway::async {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

Awaitable<void> note_after(Clock* clock, Duration d, std::string name, std::vector<std::string>* notes) {
  co_await clock->sleep_until(clock->now() + d);
  const bool cancelled = co_await is_cancelled();
  notes->push_back(name + (cancelled ? " cancelled" : ""));
}

Awaitable<Duration> time_to_sleep(Clock* clock, Duration d) {
  const TimePoint start = clock->now();
  co_await clock->sleep_until(start + d);
  co_return clock->now() - start;
}

}  // namespace

TEST_CASE("sleeping for an hour of virtual time takes no real time", "[async]") {
  test::Loop loop;
  const WallTime before = loop.clock.wall();
  CHECK(to_rfc3339(before) == "2026-01-01T00:00:00Z");
  CHECK(loop.run(time_to_sleep(&loop.clock, hours(1))) == hours(1));
  CHECK(loop.clock.wall() - before == hours(1));
  CHECK(loop.clock.sleepers() == 0);
}

TEST_CASE("virtual sleepers wake in the order of their times, then of their arrival", "[async]") {
  test::Loop loop;
  TaskGroup group(loop.executor());
  std::vector<std::string> notes;
  group.spawn("late", note_after(&loop.clock, seconds(3), "late", &notes));
  group.spawn("early", note_after(&loop.clock, seconds(1), "early", &notes));
  group.spawn("same, second", note_after(&loop.clock, seconds(3), "later", &notes));
  loop.run(group.join());
  CHECK(notes == std::vector<std::string>{"early", "late", "later"});
}

TEST_CASE("time that passes step by step lets a periodic sleeper run each time", "[async]") {
  test::Loop loop;
  TaskGroup group(loop.executor());
  int rounds = 0;
  const auto tick = [](Clock* clock, int* count) -> Awaitable<void> {
    for (;;) {
      co_await clock->sleep_until(clock->now() + seconds(10));
      const bool stop = co_await is_cancelled();
      if (stop) co_return;
      ++*count;
    }
  };
  group.spawn("tick", tick(&loop.clock, &rounds));
  loop.pass(seconds(65));
  CHECK(rounds == 6);
  loop.run(group.stop());
}

TEST_CASE("a cancelled sleeper leaves the virtual clock at once", "[async]") {
  test::Loop loop;
  TaskGroup group(loop.executor());
  std::vector<std::string> notes;
  group.spawn("sleeper", note_after(&loop.clock, hours(24), "sleeper", &notes));
  loop.settle();
  REQUIRE(loop.clock.sleepers() == 1);
  const TimePoint before = loop.clock.now();
  loop.run(group.stop());
  CHECK(notes == std::vector<std::string>{"sleeper cancelled"});
  CHECK(loop.clock.sleepers() == 0);
  CHECK(loop.clock.now() == before);
}

TEST_CASE("a coroutine that is cancelled already does not sleep again", "[async]") {
  const auto twice = [](Clock* clock, int* naps) -> Awaitable<void> {
    for (; *naps < 2; ++*naps) co_await clock->sleep_until(clock->now() + hours(1));
  };
  test::Loop loop;
  RealClock real;
  for (Clock* clock : {static_cast<Clock*>(&loop.clock), static_cast<Clock*>(&real)}) {
    TaskGroup group(loop.executor());
    int naps = 0;
    group.spawn("twice", twice(clock, &naps));
    loop.settle();
    loop.run_real(group.stop());
    CHECK(naps == 2);
  }
}

TEST_CASE("a scheduled callback runs at its time, once, and not after its handle is dropped", "[async]") {
  test::Loop loop;
  int calls = 0;
  auto kept = loop.clock.schedule(loop.executor(), loop.clock.now() + seconds(5), [&] { ++calls; });
  auto dropped = loop.clock.schedule(loop.executor(), loop.clock.now() + seconds(5), [&] { calls += 100; });
  loop.pass(seconds(4));
  CHECK(calls == 0);
  dropped.reset();
  loop.pass(seconds(2));
  loop.pass(hours(1));
  CHECK(calls == 1);
}

TEST_CASE("a callback that is due already runs with the loop, not inside schedule, and may drop its own handle", "[async]") {
  test::Loop loop;
  RealClock real;
  for (Clock* clock : {static_cast<Clock*>(&loop.clock), static_cast<Clock*>(&real)}) {
    int calls = 0;
    std::shared_ptr<void> handle;
    handle = clock->schedule(loop.executor(), clock->now() - seconds(1), [&] {
      handle.reset();
      ++calls;
    });
    CHECK(calls == 0);
    loop.run_real(RealClock().sleep_until(RealClock().now() + milliseconds(2)));
    CHECK(calls == 1);
  }
}

TEST_CASE("the real clock sleeps as long as it was told", "[async]") {
  test::Loop loop;
  RealClock clock;
  CHECK(loop.run_real(time_to_sleep(&clock, milliseconds(5))) >= milliseconds(5));
}

TEST_CASE("a clock and sleepers that a test leaves behind are cleaned up with the loop", "[async]") {
  std::vector<std::string> notes;
  test::Loop loop;
  boost::asio::co_spawn(loop.io, note_after(&loop.clock, hours(1), "never", &notes), [](std::exception_ptr) {});
  loop.settle();
  CHECK(loop.clock.sleepers() == 1);
}

}  // namespace slipway::async
