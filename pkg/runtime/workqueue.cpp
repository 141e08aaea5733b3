#include "pkg/runtime/workqueue.h"

#include <algorithm>
#include <list>
#include <map>
#include <set>
#include <unordered_map>

#include "pkg/runtime/queue_metrics.h"

namespace slipway::runtime {
namespace {

using async::Duration;
using async::TimePoint;

// client-go util/workqueue DefaultTypedItemBasedRateLimiter: 5 ms, doubling, 1000 s cap.
constexpr Duration kFirstRetry = std::chrono::milliseconds(5);
constexpr Duration kLastRetry = std::chrono::seconds(1000);

double seconds(Duration d) { return std::chrono::duration<double>(d).count(); }

struct Hash {
  std::size_t operator()(const ObjectKey& key) const noexcept {
    const std::hash<std::string> hash;
    return hash(key.ns) * 31 + hash(key.name);
  }
};

struct Entry;
using Node = std::pair<const ObjectKey, Entry>;
using Line = std::list<Node*>;
using Slot = std::pair<TimePoint, std::uint64_t>;  // of the schedule: by time, then by arrival

// What is known of a key. It is pending (wanted or delayed, with a priority), processed, or both; it is queued where it is wanted and not processed.
struct Entry {
  bool wanted = false;
  bool processing = false;
  bool queued = false;
  int priority = 0;          // of what is pending
  int depth_priority = 0;    // the level where it is queued
  TimePoint since;           // wanted
  TimePoint ready;           // queued
  TimePoint begun;           // processed
  std::optional<Slot> slot;  // delayed
  Line::iterator in_level, in_age, in_work;
};

}  // namespace

struct WorkQueue::State {
  State(std::string name, const async::Executor& executor, async::Clock& c)
      : clock(c), wake_getters(executor), wake_delays(executor), finished(executor), metrics(std::move(name)) {}

  async::Clock& clock;
  async::Event wake_getters;
  async::Event wake_delays;
  async::Event finished;
  QueueMetrics metrics;
  std::unordered_map<ObjectKey, Entry, Hash> entries;
  std::map<int, Line, std::greater<>> levels;  // queued, by priority
  Line ages;                                   // queued, by the time they became ready
  Line work;                                   // processed
  std::map<Slot, Node*> schedule;              // delayed
  std::unordered_map<ObjectKey, int, Hash> failures;
  std::uint64_t arrivals = 0;
  bool aged_turn = false;
  bool stopped = false;

  Node& node(ObjectKey key) { return *entries.try_emplace(std::move(key)).first; }

  void add(ObjectKey key, int priority) {
    Node& n = node(std::move(key));
    Entry& e = n.second;
    pend(n, priority);
    unschedule(e);  // it runs now; who still wants the later run asks again
    if (e.wanted) return;
    e.wanted = true;
    e.since = clock.now();
    metrics.adds.add();
    if (!e.processing) push(n);
  }

  void add_at(ObjectKey key, TimePoint at, int priority) {
    Node& n = node(std::move(key));
    Entry& e = n.second;
    const bool sooner = e.wanted || (e.slot && e.slot->first <= at);
    pend(n, priority);
    if (sooner) return;
    unschedule(e);
    e.slot = Slot{at, arrivals++};
    schedule.emplace(*e.slot, &n);
    wake_delays.notify_all();
  }

  // The highest priority of all that was asked for counts.
  void pend(Node& n, int priority) {
    Entry& e = n.second;
    const bool pending = e.wanted || e.slot;
    if (pending && priority <= e.priority) return;
    e.priority = priority;
    if (!e.queued) return;
    leave_level(e);
    join_level(n);
  }

  void push(Node& n) {
    Entry& e = n.second;
    e.queued = true;
    e.ready = clock.now();
    e.in_age = ages.insert(ages.end(), &n);
    join_level(n);
    wake_getters.notify_one();
  }

  void join_level(Node& n) {
    Entry& e = n.second;
    Line& level = levels[e.priority];
    e.depth_priority = e.priority;
    e.in_level = level.insert(level.end(), &n);
    metrics.depth(e.priority).add(1);
  }

  void leave_level(const Entry& e) {
    const auto level = levels.find(e.depth_priority);
    level->second.erase(e.in_level);
    if (level->second.empty()) levels.erase(level);
    metrics.depth(e.depth_priority).add(-1);
  }

  void unschedule(Entry& e) {
    if (!e.slot) return;
    schedule.erase(*e.slot);
    e.slot.reset();
  }

  void release_due() {
    const TimePoint now = clock.now();
    while (!schedule.empty() && schedule.begin()->first.first <= now) {
      const Node& n = *schedule.begin()->second;
      add(n.first, n.second.priority);
    }
  }

  // Who has waited for too long and who is most wanted take turns.
  Node& pick() {
    Node& first = *levels.begin()->second.front();
    Node& eldest = *ages.front();
    const bool aged = clock.now() - eldest.second.ready > kAgingBound;
    aged_turn = aged && !aged_turn;
    return aged_turn ? eldest : first;
  }

  QueueItem take() {
    Node& n = pick();
    Entry& e = n.second;
    leave_level(e);
    ages.erase(e.in_age);
    e.queued = e.wanted = false;
    e.processing = true;
    e.begun = clock.now();
    e.in_work = work.insert(work.end(), &n);
    metrics.wait.observe(seconds(e.begun - e.since));
    return {n.first, e.priority};
  }
};

WorkQueue::WorkQueue(std::string name, async::Executor executor, async::Clock& clock) : state_(std::make_shared<State>(std::move(name), executor, clock)) {}
WorkQueue::~WorkQueue() = default;

void WorkQueue::add(ObjectKey key, AddOptions options) {
  State& s = *state_;
  if (s.stopped) return;
  Duration delay = options.after;
  if (options.rate_limited) {
    int& count = s.failures[key];
    Duration backoff = kFirstRetry;
    for (int i = 0; i < count && backoff < kLastRetry; ++i) backoff *= 2;
    ++count;
    delay = std::max(delay, std::min(backoff, kLastRetry));
  }
  if (delay <= Duration::zero()) {
    s.add(std::move(key), options.priority);
    return;
  }
  s.metrics.retries.add();
  s.add_at(std::move(key), s.clock.now() + delay, options.priority);
}

void WorkQueue::add_after(ObjectKey key, Duration delay) { add(std::move(key), {.after = delay}); }
void WorkQueue::add_rate_limited(ObjectKey key) { add(std::move(key), {.rate_limited = true}); }
void WorkQueue::forget(const ObjectKey& key) { state_->failures.erase(key); }

int WorkQueue::failures(const ObjectKey& key) const noexcept {
  const auto it = state_->failures.find(key);
  return it == state_->failures.end() ? 0 : it->second;
}

async::Awaitable<std::optional<QueueItem>> WorkQueue::next() {
  const std::shared_ptr<State> s = state_;
  while (s->ages.empty() && !s->stopped) {
    Status woken = co_await s->wake_getters.wait(s->clock);
    if (!woken) co_return std::nullopt;
  }
  if (s->stopped) co_return std::nullopt;
  co_return s->take();
}

async::Awaitable<std::optional<ObjectKey>> WorkQueue::get() {
  std::optional<QueueItem> item = co_await next();
  if (!item) co_return std::nullopt;
  co_return std::move(item->key);
}

void WorkQueue::done(const ObjectKey& key) {
  State& s = *state_;
  const auto it = s.entries.find(key);
  if (it == s.entries.end() || !it->second.processing) return;
  Entry& e = it->second;
  s.metrics.work.observe(seconds(s.clock.now() - e.begun));
  s.work.erase(e.in_work);
  e.processing = false;
  refresh_metrics();
  if (e.wanted)
    s.push(*it);
  else if (!e.slot)
    s.entries.erase(it);
  if (s.work.empty()) s.finished.notify_all();
}

void WorkQueue::shut_down() {
  State& s = *state_;
  s.stopped = true;
  for (const auto& [priority, line] : s.levels) s.metrics.depth(priority).add(-static_cast<double>(line.size()));
  s.levels.clear();
  s.ages.clear();
  s.schedule.clear();
  std::erase_if(s.entries, [](const auto& n) { return !n.second.processing; });
  for (Node* n : s.work) n->second.wanted = false, n->second.slot.reset();
  s.wake_getters.notify_all();
  s.wake_delays.notify_all();
}

async::Awaitable<Status> WorkQueue::drained(async::Deadline deadline) {
  const std::shared_ptr<State> s = state_;
  while (!s->work.empty()) {
    Status woken = co_await s->finished.wait(s->clock, deadline);
    if (!woken) co_return woken;
  }
  co_return Status();
}

std::size_t WorkQueue::depth() const noexcept { return state_->ages.size(); }

bool WorkQueue::idle() const noexcept { return state_->entries.empty(); }

void WorkQueue::refresh_metrics() {
  const State& s = *state_;
  const TimePoint now = s.clock.now();
  Duration total{};
  Duration longest{};
  for (const Node* n : s.work) {
    total += now - n->second.begun;
    longest = std::max(longest, now - n->second.begun);
  }
  state_->metrics.unfinished.set(seconds(total));
  state_->metrics.longest.set(seconds(longest));
}

async::Awaitable<void> WorkQueue::run_delays() {
  const std::shared_ptr<State> s = state_;
  while (!s->stopped) {
    const async::Deadline next = s->schedule.empty() ? async::Deadline::never() : async::Deadline{s->schedule.begin()->first.first};
    Status woken = co_await s->wake_delays.wait(s->clock, next);
    if (!woken && woken.error().is(Disposition::Canceled)) co_return;
    s->release_due();
  }
}

}  // namespace slipway::runtime
