#include "pkg/async/cancellable.h"

#include <catch2/catch_test_macros.hpp>

#include "test/support/loop.h"

using namespace slipway;
using namespace slipway::async;
using namespace std::chrono_literals;

namespace {

Awaitable<int> count(Clock& clock, Duration takes, int& begun) {
  ++begun;
  co_await clock.sleep_until(clock.now() + takes);
  const bool stopped = co_await is_cancelled();
  co_return stopped ? -1 : 7;
}
Awaitable<void> call(std::shared_ptr<CancelHandle> handle, Clock& clock, Duration takes, int& begun, std::optional<int>& out, bool& ended) {
  out = co_await CancelHandle::run(handle, clock, "call", count(clock, takes, begun));
  ended = true;
}

struct Fixture {
  test::Loop loop;
  std::shared_ptr<CancelHandle> handle = std::make_shared<CancelHandle>(loop.executor());
  TaskGroup group{loop.executor()};
  std::optional<int> out;
  int begun = 0;
  bool ended = false;
  void start(Duration takes) { group.spawn("caller", call(handle, loop.clock, takes, begun, out, ended)); }
  ~Fixture() { loop.run(group.stop()); }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a call that nobody cancels gives its value") {
  start(1s);
  loop.pass(1s);
  CHECK(ended);
  CHECK(out == 7);
}

TEST_CASE_METHOD(Fixture, "the handle ends a call, and so does the caller's own cancellation") {
  SECTION("the handle") {
    start(1h);
    loop.pass(1s);
    handle->cancel();
  }
  SECTION("the caller") {
    start(1h);
    loop.pass(1s);
    group.cancel();
  }
  loop.settle();
  CHECK(ended);
  CHECK(out == -1);
}

TEST_CASE_METHOD(Fixture, "a call that was cancelled before its first step does not start, and its caller goes on") {
  SECTION("before it was made") { handle->cancel(); }
  start(1s);
  handle->cancel();
  loop.pass(2s);
  CHECK(ended);
  CHECK(begun == 0);
  CHECK_FALSE(out);
}

TEST_CASE("notify_one wakes the one that waits longest, and each notification another one") {
  test::Loop loop;
  Event event(loop.executor());
  std::vector<int> woken;
  struct Waiter {
    static Awaitable<void> run(Event& e, Clock& clock, std::vector<int>& out, int id) {
      const Status result = co_await e.wait(clock);
      if (result) out.push_back(id);
    }
  };
  TaskGroup group(loop.executor());
  for (int i = 0; i < 3; ++i) group.spawn("waiter", Waiter::run(event, loop.clock, woken, i));
  loop.settle();
  event.notify_one();
  loop.settle();
  CHECK(woken == std::vector<int>{0});
  event.notify_one();
  event.notify_one();
  event.notify_one();
  loop.settle();
  CHECK(woken == std::vector<int>{0, 1, 2});
  loop.run(group.stop());
}
