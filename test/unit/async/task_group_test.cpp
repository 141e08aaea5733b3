#include "pkg/async/task_group.h"

#include <algorithm>
#include <memory>
#include <vector>

#include <boost/asio/post.hpp>
#include <catch2/catch_test_macros.hpp>

#include "pkg/async/sync.h"
#include "test/support/loop.h"

namespace slipway::async {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

Awaitable<void> sleep_then_set(Clock* clock, Duration d, bool* flag) {
  co_await clock->sleep_until(clock->now() + d);
  *flag = true;
}

Awaitable<void> note_start(bool* started) {
  *started = true;
  co_return;
}

Awaitable<void> spawn_two_more(TaskGroup* group, Clock* clock, bool* first, bool* second) {
  co_await clock->sleep_until(clock->now() + seconds(1));
  group->spawn("grandchild 1", sleep_then_set(clock, seconds(5), first));
  group->spawn("grandchild 2", sleep_then_set(clock, seconds(9), second));
}

Awaitable<void> cancel_own_group(TaskGroup* group, Clock* clock, bool* ended) {
  group->cancel();
  co_await clock->sleep_until(clock->now() + hours(1));
  *ended = true;
}

Awaitable<void> clean_up_after_cancel(Clock* clock, TaskGroup* inner, bool* cleaned) {
  co_await clock->sleep_until(clock->now() + hours(1));
  co_await inner->stop();  // joins although this task has been cancelled
  *cleaned = inner->size() == 0;
}

// Does not look whether it has been cancelled, as a task in the middle of its cleaning up.
Awaitable<void> stubborn(Event* permission) {
  while (!permission->is_set()) {
    co_await asio::post(asio::use_awaitable);
  }
}

}  // namespace

TEST_CASE("join waits for every child, also for those that children spawn", "[async]") {
  test::Loop loop;
  TaskGroup group(loop.executor());
  bool first = false;
  bool second = false;
  group.spawn("parent", spawn_two_more(&group, &loop.clock, &first, &second));
  CHECK(group.size() == 1);
  CHECK(group.running() == "parent");
  loop.run(group.join());
  CHECK(first);
  CHECK(second);
  CHECK(group.size() == 0);
}

TEST_CASE("joining an empty group ends at once", "[async]") {
  test::Loop loop;
  TaskGroup group(loop.executor());
  loop.run(group.join());
  loop.run(group.stop());
  CHECK(group.cancelled());
}

TEST_CASE("cancel reaches sleeping children and refuses new ones", "[async]") {
  test::Loop loop;
  TaskGroup group(loop.executor());
  bool ended = false;
  bool started = false;
  group.spawn("sleeper", sleep_then_set(&loop.clock, hours(1000), &ended));
  loop.settle();
  group.cancel();
  group.spawn("too late", note_start(&started));
  CHECK(group.size() == 1);
  const TimePoint before = loop.clock.now();
  loop.run(group.join());
  CHECK(ended);
  CHECK_FALSE(started);
  CHECK(loop.clock.now() == before);
}

TEST_CASE("a child that is cancelled before its first step never starts", "[async]") {
  test::Loop loop;
  TaskGroup group(loop.executor());
  bool started = false;
  group.spawn("never", note_start(&started));
  group.cancel();
  loop.run(group.join());
  CHECK_FALSE(started);
}

TEST_CASE("a child may cancel its own group", "[async]") {
  test::Loop loop;
  TaskGroup group(loop.executor());
  bool ended = false;
  group.spawn("suicidal", cancel_own_group(&group, &loop.clock, &ended));
  loop.run(group.join());
  CHECK(ended);
  CHECK(loop.clock.sleepers() == 0);
}

TEST_CASE("a cancelled task can still join the group that it owns", "[async]") {
  test::Loop loop;
  TaskGroup outer(loop.executor());
  TaskGroup inner(loop.executor());
  bool inner_ended = false;
  bool cleaned = false;
  inner.spawn("inner", sleep_then_set(&loop.clock, hours(3), &inner_ended));
  outer.spawn("outer", clean_up_after_cancel(&loop.clock, &inner, &cleaned));
  loop.settle();
  loop.run(outer.stop());
  CHECK(inner_ended);
  CHECK(cleaned);
}

TEST_CASE("join outlasts a child that is slow to stop", "[async]") {
  test::Loop loop;
  TaskGroup group(loop.executor());
  Event permission(loop.executor());
  group.spawn("stubborn", stubborn(&permission));
  loop.io.poll_one();
  group.cancel();
  for (int i = 0; i < 10; ++i) loop.io.poll_one();
  CHECK(group.size() == 1);
  permission.set();
  loop.run(group.join());
  CHECK(group.size() == 0);
}

TEST_CASE("the state of a group may die inside the completion of its last child", "[async]") {
  test::Loop loop;
  auto group = std::make_unique<TaskGroup>(loop.executor());
  bool ended = false;
  group->spawn("child", sleep_then_set(&loop.clock, seconds(1), &ended));
  loop.run(group->join());
  group.reset();
  CHECK(ended);
}

TEST_CASE("a thousand children come and go", "[async]") {
  test::Loop loop;
  TaskGroup group(loop.executor());
  std::vector<std::unique_ptr<bool>> flags;
  for (int i = 0; i < 1000; ++i) {
    flags.push_back(std::make_unique<bool>(false));
    group.spawn("child", sleep_then_set(&loop.clock, seconds(i % 7), flags.back().get()));
  }
  loop.run(group.join());
  CHECK(std::all_of(flags.begin(), flags.end(), [](const auto& flag) { return *flag; }));
}

}  // namespace slipway::async
