#include "pkg/async/sync.h"

#include <optional>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "pkg/async/task_group.h"
#include "test/support/loop.h"

namespace slipway::async {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

std::string word(const Status& status) { return status ? "ok" : std::string(to_string(status.error().disposition())); }

Awaitable<void> wait_and_note(Event* event, Clock* clock, Deadline deadline, std::vector<std::string>* notes) {
  const Status status = co_await event->wait(*clock, deadline);
  notes->push_back(word(status));
}

Awaitable<void> wait_twice(Event* event, Clock* clock, std::vector<std::string>* notes) {
  co_await wait_and_note(event, clock, Deadline::never(), notes);
  co_await wait_and_note(event, clock, Deadline::never(), notes);
}

Awaitable<void> hold(Semaphore* semaphore, Clock* clock, Duration d, std::string name, std::vector<std::string>* notes) {
  const Status got = co_await semaphore->acquire();
  notes->push_back(name + " " + word(got));
  if (!got) co_return;
  co_await clock->sleep_until(clock->now() + d);
  semaphore->release();
}

}  // namespace

TEST_CASE("an event that is set lets everybody pass until it is reset", "[async]") {
  test::Loop loop;
  Event event(loop.executor());
  event.set();
  CHECK(event.is_set());
  CHECK(word(loop.run(event.wait(loop.clock))) == "ok");
  CHECK(word(loop.run(event.wait(loop.clock))) == "ok");
  event.reset();
  CHECK(word(loop.run(event.wait(loop.clock, loop.clock.after(seconds(1))))) == "Timeout");
}

TEST_CASE("notify_all wakes those who wait now and nobody later", "[async]") {
  test::Loop loop;
  TaskGroup group(loop.executor());
  Event event(loop.executor());
  std::vector<std::string> notes;
  group.spawn("a", wait_and_note(&event, &loop.clock, Deadline::never(), &notes));
  group.spawn("b", wait_twice(&event, &loop.clock, &notes));
  loop.settle();
  event.notify_all();
  loop.settle();
  CHECK(notes == std::vector<std::string>{"ok", "ok"});
  CHECK(group.running() == "b");
  event.notify_all();
  loop.run(group.join());
  CHECK(notes.size() == 3);
}

TEST_CASE("a wait ends at its deadline, a past deadline at once", "[async]") {
  test::Loop loop;
  Event event(loop.executor());
  const TimePoint start = loop.clock.now();
  CHECK(word(loop.run(event.wait(loop.clock, loop.clock.after(seconds(7))))) == "Timeout");
  CHECK(loop.clock.now() - start == seconds(7));
  CHECK(word(loop.run(event.wait(loop.clock, Deadline{start}))) == "Timeout");
  CHECK(loop.clock.sleepers() == 0);
}

TEST_CASE("a cancelled waiter is told so and forgotten", "[async]") {
  test::Loop loop;
  TaskGroup group(loop.executor());
  Event event(loop.executor());
  std::vector<std::string> notes;
  group.spawn("twice", wait_twice(&event, &loop.clock, &notes));
  group.spawn("deadline", wait_and_note(&event, &loop.clock, loop.clock.after(hours(1)), &notes));
  loop.settle();
  loop.run(group.stop());
  CHECK(notes == std::vector<std::string>{"Canceled", "Canceled", "Canceled"});
  CHECK(loop.clock.sleepers() == 0);
  event.set();
}

TEST_CASE("a cancelled coroutine gets Canceled even from an event that is set", "[async]") {
  test::Loop loop;
  TaskGroup group(loop.executor());
  Event event(loop.executor());
  std::vector<std::string> notes;
  group.spawn("twice", wait_twice(&event, &loop.clock, &notes));
  loop.settle();
  event.set();
  group.cancel();
  loop.run(group.join());
  CHECK(notes == std::vector<std::string>{"ok", "Canceled"});
}

TEST_CASE("waiters of an event that is destroyed get Canceled", "[async]") {
  test::Loop loop;
  TaskGroup group(loop.executor());
  std::vector<std::string> notes;
  std::optional<Event> event(std::in_place, loop.executor());
  group.spawn("waiter", wait_and_note(&*event, &loop.clock, loop.clock.after(hours(1)), &notes));
  loop.settle();
  event.reset();
  loop.run(group.join());
  CHECK(notes == std::vector<std::string>{"Canceled"});
}

TEST_CASE("a semaphore hands out its permits first come, first served", "[async]") {
  test::Loop loop;
  TaskGroup group(loop.executor());
  Semaphore semaphore(loop.executor(), 2);
  std::vector<std::string> notes;
  for (const char* name : {"a", "b", "c", "d"}) group.spawn(name, hold(&semaphore, &loop.clock, seconds(10), name, &notes));
  loop.settle();
  CHECK(notes == std::vector<std::string>{"a ok", "b ok"});
  CHECK(semaphore.available() == 0);
  loop.run(group.join());
  CHECK(notes == std::vector<std::string>{"a ok", "b ok", "c ok", "d ok"});
  CHECK(semaphore.available() == 2);
}

TEST_CASE("a cancelled waiter takes no permit with it", "[async]") {
  test::Loop loop;
  TaskGroup holders(loop.executor());
  TaskGroup waiters(loop.executor());
  Semaphore semaphore(loop.executor(), 1);
  std::vector<std::string> notes;
  holders.spawn("holder", hold(&semaphore, &loop.clock, seconds(10), "holder", &notes));
  loop.settle();
  waiters.spawn("waiter", hold(&semaphore, &loop.clock, seconds(1), "waiter", &notes));
  loop.settle();
  loop.run(waiters.stop());
  holders.spawn("next", hold(&semaphore, &loop.clock, seconds(1), "next", &notes));
  loop.run(holders.join());
  CHECK(notes == std::vector<std::string>{"holder ok", "waiter Canceled", "next ok"});
  CHECK(semaphore.available() == 1);
}

TEST_CASE("a permit that meets a cancellation on its way is not lost", "[async]") {
  test::Loop loop;
  TaskGroup group(loop.executor());
  Semaphore semaphore(loop.executor(), 1);
  std::vector<std::string> notes;
  CHECK(word(loop.run(semaphore.acquire())) == "ok");
  group.spawn("waiter", hold(&semaphore, &loop.clock, hours(1), "waiter", &notes));
  loop.settle();
  semaphore.release();  // handed over, the waiter has not run yet
  group.cancel();
  loop.run(group.join());
  CHECK(notes == std::vector<std::string>{"waiter ok"});
  CHECK(semaphore.available() == 1);
}

TEST_CASE("resizing a semaphore releases waiters or takes permits away as they come back", "[async]") {
  test::Loop loop;
  TaskGroup group(loop.executor());
  Semaphore semaphore(loop.executor(), 1);
  std::vector<std::string> notes;
  for (const char* name : {"a", "b", "c"}) group.spawn(name, hold(&semaphore, &loop.clock, seconds(10), name, &notes));
  loop.settle();
  CHECK(notes.size() == 1);
  semaphore.resize(2);
  loop.settle();
  CHECK(notes.size() == 2);
  semaphore.resize(0);
  loop.pass(seconds(60));
  CHECK(notes.size() == 2);
  CHECK(semaphore.available() == 0);
  semaphore.resize(1);
  loop.run(group.join());
  CHECK(notes.size() == 3);
}

}  // namespace slipway::async
