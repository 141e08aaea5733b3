#include "pkg/runtime/workqueue.h"

#include <map>
#include <random>
#include <set>

#include <catch2/catch_test_macros.hpp>

#include "pkg/async/task_group.h"
#include "test/support/loop.h"

using namespace slipway;
using namespace slipway::runtime;
using namespace std::chrono_literals;

namespace {

ObjectKey key(int n) { return {"ns", "k" + std::to_string(n)}; }

struct Fixture {
  test::Loop loop;
  WorkQueue queue{"test", loop.io.get_executor(), loop.clock};
  async::TaskGroup group{loop.io.get_executor()};
  Fixture() { group.spawn("delays", queue.run_delays()); }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;
  ~Fixture() { loop.run(group.stop()); }
  std::optional<ObjectKey> get() { return loop.run(queue.get()); }
  void settle() {
    loop.io.restart();
    loop.io.poll();
  }
  void pass(async::Duration d) {
    settle();
    loop.clock.advance(d);
    settle();
    settle();
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "keys come out once each, in order") {
  queue.add(key(1));
  queue.add(key(2));
  queue.add(key(1));
  CHECK(queue.depth() == 2);
  CHECK(get() == key(1));
  CHECK(get() == key(2));
  CHECK(queue.depth() == 0);
  CHECK_FALSE(queue.idle());
  queue.done(key(1));
  queue.done(key(2));
  CHECK(queue.idle());
}

TEST_CASE_METHOD(Fixture, "a thousand adds while a key is processed give exactly one more run") {
  queue.add(key(1));
  CHECK(get() == key(1));
  for (int i = 0; i < 1000; ++i) queue.add(key(1));
  CHECK(queue.depth() == 0);
  queue.done(key(1));
  CHECK(queue.depth() == 1);
  CHECK(get() == key(1));
  queue.done(key(1));
  CHECK(queue.idle());
}

TEST_CASE_METHOD(Fixture, "failures back off from 5 ms to 1000 s, and forget starts over") {
  std::vector<async::Duration> delays;
  for (int i = 0; i < 20; ++i) {
    const auto before = loop.clock.now();
    queue.add_rate_limited(key(1));
    CHECK(get() == key(1));
    queue.done(key(1));
    delays.push_back(loop.clock.now() - before);
  }
  CHECK(delays.at(0) == 5ms);
  CHECK(delays.at(1) == 10ms);
  CHECK(delays.at(10) == 5120ms);
  CHECK(delays.at(18) == 1000s);
  CHECK(delays.at(19) == 1000s);
  CHECK(queue.failures(key(1)) == 20);
  queue.forget(key(1));
  CHECK(queue.failures(key(1)) == 0);
}

TEST_CASE_METHOD(Fixture, "of several delays the earliest counts") {
  queue.add_after(key(1), 10s);
  queue.add_after(key(1), 5s);
  queue.add_after(key(1), 20s);
  pass(4999ms);
  CHECK(queue.depth() == 0);
  pass(1ms);
  CHECK(queue.depth() == 1);
  CHECK(get() == key(1));
  queue.done(key(1));
  pass(30s);
  CHECK(queue.idle());
}

TEST_CASE_METHOD(Fixture, "an event during a long delay runs now, and the delay is gone") {
  queue.add_after(key(1), 10min);
  pass(1s);
  queue.add(key(1));
  CHECK(get() == key(1));
  queue.done(key(1));
  pass(20min);
  CHECK(queue.idle());
}

TEST_CASE_METHOD(Fixture, "a delay of nothing is an add, and a delayed key that is dirty runs once") {
  queue.add_after(key(1), 0s);
  CHECK(queue.depth() == 1);
  queue.add_after(key(1), 1s);
  CHECK(get() == key(1));
  queue.done(key(1));
  pass(2s);
  CHECK(queue.idle());
}

TEST_CASE_METHOD(Fixture, "higher priorities come first, one priority in its order, and a raised key goes to the back of its new one") {
  queue.add(key(1), {.priority = kLowPriority});
  queue.add(key(2), {.priority = kLowPriority});
  queue.add(key(3));
  queue.add(key(4));
  queue.add(key(2));                              // raised
  queue.add(key(3), {.priority = kLowPriority});  // never lowered
  for (const int expected : {3, 4, 2, 1}) {
    const auto item = loop.run(queue.next());
    REQUIRE(item);
    CHECK(item->key == key(expected));
    CHECK(item->priority == (expected == 1 ? kLowPriority : 0));
    queue.done(item->key);
  }
  CHECK(queue.idle());
}

TEST_CASE_METHOD(Fixture, "a delayed key keeps its highest priority, and joins its line when its time comes") {
  queue.add(key(1), {.after = 2s, .priority = 7});
  queue.add(key(1), {.after = 1s, .priority = kLowPriority});
  queue.add(key(2), {.after = 1s});
  pass(1s);
  CHECK(queue.depth() == 2);
  const auto first = loop.run(queue.next());
  CHECK(first->key == key(1));
  CHECK(first->priority == 7);
}

TEST_CASE_METHOD(Fixture, "what has waited for longer than the aging bound takes every second turn") {
  queue.add(key(1), {.priority = kLowPriority});
  queue.add(key(2), {.priority = kLowPriority});
  pass(kAgingBound + 1ms);
  queue.add(key(3));
  queue.add(key(4));
  std::vector<ObjectKey> order;
  while (queue.depth() > 0) {
    order.push_back(*get());
    queue.done(order.back());
  }
  CHECK(order == std::vector<ObjectKey>{key(1), key(3), key(2), key(4)});
}

TEST_CASE_METHOD(Fixture, "a drain waits until nothing is processed, or for its deadline") {
  queue.add(key(1));
  REQUIRE(get());
  CHECK(loop.run(queue.drained(loop.clock.after(1s))).error().is(Disposition::Timeout));
  queue.shut_down();
  queue.done(key(1));
  CHECK(loop.run(queue.drained(async::Deadline::never())));
}

TEST_CASE_METHOD(Fixture, "shut down ends waiting getters and ignores adds") {
  queue.add(key(1));
  queue.shut_down();
  queue.add(key(2));
  queue.add_after(key(3), 1s);
  CHECK_FALSE(get().has_value());
  CHECK(queue.idle());
}

// The model: a key is owed a run after each add; a run begun after the add pays it. Never two workers on a key; in the end nothing is owed.
namespace {

struct Model {
  std::map<ObjectKey, int> added;   // adds so far
  std::map<ObjectKey, int> served;  // adds seen by the last run begun
  std::set<ObjectKey> running;
  int runs = 0;
  bool overlapped = false;
};

async::Awaitable<void> model_worker(WorkQueue& queue, async::Clock& clock, Model& model, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  for (;;) {
    auto k = co_await queue.get();
    if (!k) co_return;
    if (!model.running.insert(*k).second) model.overlapped = true;
    ++model.runs;
    model.served[*k] = model.added[*k];
    const auto busy = std::chrono::milliseconds(random() % 20);
    co_await clock.sleep_until(clock.now() + busy);
    model.running.erase(*k);
    const auto fate = random() % 10;
    if (fate == 0) {
      ++model.added[*k];
      queue.add_rate_limited(*k);
    } else if (fate == 1) {
      ++model.added[*k];
      queue.add_after(*k, std::chrono::milliseconds(random() % 100));
    } else {
      queue.forget(*k);
    }
    queue.done(*k);
  }
}

async::Awaitable<void> model_driver(WorkQueue& queue, async::Executor executor, async::Clock& clock, Model& model, std::uint64_t seed) {
  async::TaskGroup workers(executor);
  async::TaskGroup delays(executor);
  delays.spawn("delays", queue.run_delays());
  for (std::uint64_t i = 0; i < 8; ++i) workers.spawn("worker", model_worker(queue, clock, model, seed * 100 + i));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 3000; ++i) {
    const ObjectKey k = key(static_cast<int>(random() % 12));
    ++model.added[k];
    if (random() % 4 == 0)
      queue.add_after(k, std::chrono::milliseconds(random() % 50));
    else
      queue.add(k);
    if (random() % 3 == 0) co_await clock.sleep_until(clock.now() + std::chrono::milliseconds(random() % 5));
  }
  while (!queue.idle()) co_await clock.sleep_until(clock.now() + 10ms);
  queue.shut_down();
  co_await workers.join();
  co_await delays.stop();
}

}  // namespace

TEST_CASE("under a random load no key is with two workers and no add is lost") {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    INFO("seed " << seed);
    test::Loop loop;
    WorkQueue queue("model", loop.io.get_executor(), loop.clock);
    Model model;
    loop.run(model_driver(queue, loop.io.get_executor(), loop.clock, model, seed));
    CHECK_FALSE(model.overlapped);
    CHECK(model.runs > 100);
    for (const auto& [k, n] : model.added) CHECK(model.served[k] == n);
  }
}
