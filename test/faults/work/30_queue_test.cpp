// Scenarios 30, 31 and 34: the workqueue under load.
#include <array>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "pkg/runtime/workqueue.h"
#include "test/faults/work/support.h"

using namespace slipway;
using namespace slipway::runtime;
using namespace std::chrono_literals;

namespace {

ObjectKey key(std::uint64_t n) { return {"ns", "k" + std::to_string(n)}; }

struct Queue {
  test::Loop loop;
  WorkQueue queue{"faults-queue", loop.executor(), loop.clock};
  async::TaskGroup group{loop.executor()};
  Queue() { group.spawn("delays", queue.run_delays()); }
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;
  ~Queue() { loop.run(group.stop()); }
};

// The reference: what the queue promises, written down as simply as can be, with a scan for every answer.
class Reference {
 public:
  explicit Reference(const async::Clock& clock) : clock_(clock) {}

  void add(const ObjectKey& k, async::Duration after, int priority) {
    Known& e = keys_[k];
    const bool pending = e.wanted || e.due;
    const bool raised = !pending || priority > e.priority;
    if (raised) e.priority = priority;
    if (after > 0s) {
      const auto at = clock_.now() + after;
      if (!e.wanted && (!e.due || *e.due > at)) e.due = at, e.due_turn = ++turn_;
    } else if (!e.wanted) {
      e.due.reset();
      e.wanted = true;
      if (!e.processing) enqueue(e);
    }
    if (raised && e.wanted && !e.processing) e.level_turn = ++turn_;
  }
  // What became due until now, in its order; each at its own time.
  void release() {
    for (;;) {
      Known* next = nullptr;
      for (auto& [k, e] : keys_)
        if (e.due && *e.due <= clock_.now() && (next == nullptr || std::pair(*e.due, e.due_turn) < std::pair(*next->due, next->due_turn))) next = &e;
      if (next == nullptr) return;
      const auto at = *next->due;
      next->due.reset();
      next->wanted = true;
      if (!next->processing) enqueue(*next), next->ready = at;
    }
  }
  std::optional<ObjectKey> next() {
    const Entry* first = nullptr;
    const Entry* eldest = nullptr;
    for (const Entry& entry : keys_) {
      const Known& e = entry.second;
      if (!e.wanted || e.processing) continue;
      if (first == nullptr || std::pair(-e.priority, e.level_turn) < std::pair(-first->second.priority, first->second.level_turn)) first = &entry;
      if (eldest == nullptr || e.age_turn < eldest->second.age_turn) eldest = &entry;
    }
    if (first == nullptr) return std::nullopt;
    aged_turn_ = clock_.now() - eldest->second.ready > kAgingBound && !aged_turn_;
    const ObjectKey taken = aged_turn_ ? eldest->first : first->first;
    keys_[taken].wanted = false;
    keys_[taken].processing = true;
    return taken;
  }
  void done(const ObjectKey& k) {
    Known& e = keys_[k];
    e.processing = false;
    if (e.wanted) enqueue(e);
  }

 private:
  struct Known {
    bool wanted = false;
    bool processing = false;
    int priority = 0;
    std::optional<async::TimePoint> due;
    std::uint64_t due_turn = 0, level_turn = 0, age_turn = 0;
    async::TimePoint ready;
  };
  using Entry = std::pair<const ObjectKey, Known>;
  void enqueue(Known& e) {
    e.ready = clock_.now();
    e.level_turn = ++turn_;
    e.age_turn = ++turn_;
  }
  const async::Clock& clock_;
  std::map<ObjectKey, Known> keys_;
  std::uint64_t turn_ = 0;
  bool aged_turn_ = false;
};

}  // namespace

TEST_CASE_METHOD(Queue, "30 a key that is added a thousand times while it is processed runs exactly once more") {
  queue.add(key(1));
  REQUIRE(loop.run(queue.get()) == key(1));
  for (int i = 0; i < 1000; ++i) queue.add(key(1));
  CHECK(queue.depth() == 0);
  queue.done(key(1));
  REQUIRE(loop.run(queue.get()) == key(1));
  queue.done(key(1));
  CHECK(queue.idle());
}

TEST_CASE("31 the queue answers as the reference queue does, whatever is asked of it") {
  for (std::uint64_t s = test::seed(); s < test::seed() + 20; ++s) {
    INFO("SLIPWAY_SEED=" << s);
    Queue q;
    Reference reference(q.loop.clock);
    std::mt19937_64 random(s);
    std::set<ObjectKey> busy;
    int compared = 0;
    for (int i = 0; i < 2000; ++i) {
      const ObjectKey k = key(random() % 10);
      switch (random() % 8) {
        case 0:
        case 1:
        case 2: {
          constexpr std::array kPriorities{0, 0, kLowPriority, 5};
          const int priority = kPriorities.at(random() % kPriorities.size());
          const async::Duration after = random() % 2 == 0 ? 0ms : std::chrono::milliseconds(random() % 3000);
          q.queue.add(k, {.after = after, .priority = priority});
          reference.add(k, after, priority);
          q.loop.settle();
          break;
        }
        case 3:
          q.loop.pass(std::chrono::milliseconds(random() % 20'000));
          reference.release();
          break;
        case 4:
        case 5: {
          if (busy.empty()) break;
          const ObjectKey some = *std::next(busy.begin(), static_cast<std::ptrdiff_t>(random() % busy.size()));
          busy.erase(some);
          q.queue.done(some);
          reference.done(some);
          break;
        }
        default: {
          if (busy.size() == 8 || q.queue.depth() == 0) break;
          const auto got = q.loop.run(q.queue.get());
          REQUIRE(got == reference.next());
          REQUIRE(busy.insert(*got).second);
          ++compared;
        }
      }
    }
    while (!busy.empty()) {
      q.queue.done(*busy.begin());
      reference.done(*busy.begin());
      busy.erase(busy.begin());
    }
    for (auto expected = reference.next(); expected; expected = reference.next()) {
      REQUIRE(q.queue.depth() > 0);
      CHECK(q.loop.run(q.queue.get()) == expected);
      q.queue.done(*expected);
      reference.done(*expected);
    }
    CHECK(q.queue.depth() == 0);
    CHECK(compared > 200);
  }
}

namespace {

struct Ledger {
  std::map<ObjectKey, int> added;   // so far
  std::map<ObjectKey, int> served;  // of those, seen by the begin of a run
  std::set<ObjectKey> running;
  int runs = 0;
  bool overlapped = false;
};

async::Awaitable<void> consume(WorkQueue& queue, async::Clock& clock, Ledger& ledger, std::uint64_t s) {
  std::mt19937_64 random(s);
  for (;;) {
    auto k = co_await queue.get();
    if (!k) co_return;
    ledger.overlapped = !ledger.running.insert(*k).second || ledger.overlapped;
    ++ledger.runs;
    ledger.served[*k] = ledger.added[*k];
    const auto busy = std::chrono::milliseconds(random() % 20);
    co_await clock.sleep_until(clock.now() + busy);
    ledger.running.erase(*k);
    if (random() % 10 == 0) {
      ++ledger.added[*k];
      queue.add_rate_limited(*k);
    } else {
      queue.forget(*k);
    }
    queue.done(*k);
  }
}

async::Awaitable<void> produce(WorkQueue& queue, async::Clock& clock, Ledger& ledger, std::uint64_t s) {
  std::mt19937_64 random(s);
  for (int i = 0; i < 400; ++i) {
    const ObjectKey k = key(random() % 12);
    ++ledger.added[k];
    queue.add(k, {.after = std::chrono::milliseconds(random() % 4 == 0 ? random() % 50 : 0), .priority = random() % 3 == 0 ? kLowPriority : 0});
    if (random() % 3 == 0) co_await clock.sleep_until(clock.now() + std::chrono::milliseconds(random() % 5));
  }
}

async::Awaitable<void> crowd(WorkQueue& queue, async::Executor executor, async::Clock& clock, Ledger& ledger, std::uint64_t s) {
  async::TaskGroup workers(executor);
  async::TaskGroup producers(executor);
  for (std::uint64_t i = 0; i < 8; ++i) {
    workers.spawn("worker", consume(queue, clock, ledger, s * 100 + i));
    producers.spawn("producer", produce(queue, clock, ledger, s * 100 + 50 + i));
  }
  co_await producers.join();
  while (!queue.idle()) co_await clock.sleep_until(clock.now() + 10ms);
  queue.shut_down();
  co_await workers.join();
}

}  // namespace

TEST_CASE("31 with eight producers and eight workers no key is with two of them and no add is lost") {
  for (std::uint64_t s = test::seed(); s < test::seed() + 8; ++s) {
    INFO("SLIPWAY_SEED=" << s);
    Queue q;
    Ledger ledger;
    q.loop.run(crowd(q.queue, q.loop.executor(), q.loop.clock, ledger, s));
    CHECK_FALSE(ledger.overlapped);
    CHECK(ledger.runs > 200);
    for (const auto& [k, n] : ledger.added) CHECK(ledger.served[k] == n);
  }
}

TEST_CASE_METHOD(Queue, "34 a backlog of 100,000 low keys runs within the aging bound, beside a steady load of high ones that takes all there is") {
  constexpr std::uint64_t kBacklog = 100'000;
  constexpr async::Duration kWork = 1ms;
  for (std::uint64_t i = 0; i < kBacklog; ++i) queue.add({"low", std::to_string(i)}, {.priority = kLowPriority});
  const auto began = loop.clock.now();
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  std::uint64_t high_before_aging = 0;
  for (std::uint64_t turn = 0; low < kBacklog; ++turn) {
    queue.add({"high", std::to_string(turn)});
    const auto got = loop.run(queue.get());
    REQUIRE(got);
    ++(got->ns == "low" ? low : high);
    loop.clock.advance(kWork);
    queue.done(*got);
    if (loop.clock.now() - began <= kAgingBound) high_before_aging = high;
    REQUIRE(loop.clock.now() - began < kAgingBound + 2 * kBacklog * kWork + 1s);
  }
  CHECK(high_before_aging == 30'000);  // until then nothing low runs
  CHECK(high >= kBacklog);             // and then every second turn is still theirs
}

TEST_CASE("34 the priorities that a metric names are capped") {
  test::Loop loop;
  WorkQueue queue("faults-priorities", loop.executor(), loop.clock);
  for (int i = 0; i < 40; ++i) queue.add(key(static_cast<std::uint64_t>(i)), {.priority = i});
  const auto depth = [](const std::string& priority) {
    return "workqueue_depth{controller=\"faults-priorities\",name=\"faults-priorities\",priority=\"" + priority + "\"} ";
  };
  CHECK(test::exposed(depth("0") + "1"));
  CHECK(test::exposed(depth("24") + "1"));
  CHECK_FALSE(test::exposed(depth("25") + "1"));
  CHECK(test::exposed(depth("exceeded_cardinality_limit") + "15"));
  queue.shut_down();
  CHECK(test::exposed(depth("exceeded_cardinality_limit") + "0"));
}
