#include "pkg/runtime/workqueue.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "pkg/metrics/metrics.h"

namespace slipway::runtime {
namespace {

using async::Duration;
using async::TimePoint;

// client-go util/workqueue DefaultTypedItemBasedRateLimiter: 5 ms, doubling, 1000 s cap.
constexpr Duration kFirstRetry = std::chrono::milliseconds(5);
constexpr Duration kLastRetry = std::chrono::seconds(1000);

double seconds(Duration d) { return std::chrono::duration<double>(d).count(); }

// controller-runtime pkg/internal/metrics/workqueue.go: 1e-8 s, tenfold, 12 buckets.
const std::vector<double>& buckets() {
  static const std::vector<double> kBuckets{1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000};
  return kBuckets;
}

struct QueueMetrics {
  explicit QueueMetrics(const std::string& name)
      : depth(registry().gauge("workqueue_depth", "Current depth of workqueue by workqueue and priority", with_priority(name))),
        adds(registry().counter("workqueue_adds_total", "Total number of adds handled by workqueue", labels(name))),
        wait(registry().histogram("workqueue_queue_duration_seconds", "How long in seconds an item stays in workqueue before being requested", buckets(),
                                  labels(name))),
        work(registry().histogram("workqueue_work_duration_seconds", "How long in seconds processing an item from workqueue takes.", buckets(), labels(name))),
        unfinished(registry().gauge("workqueue_unfinished_work_seconds", "Seconds of work in progress that work_duration has not observed yet", labels(name))),
        longest(registry().gauge("workqueue_longest_running_processor_seconds", "Seconds that the longest running processor has been running", labels(name))),
        retries(registry().counter("workqueue_retries_total", "Total number of retries handled by workqueue", labels(name))) {}

  static metrics::Registry& registry() { return metrics::registry(); }
  static metrics::Labels labels(const std::string& name) { return {{"name", name}, {"controller", name}}; }
  static metrics::Labels with_priority(const std::string& name) { return {{"name", name}, {"controller", name}, {"priority", "0"}}; }

  metrics::Gauge& depth;
  metrics::Counter& adds;
  metrics::Histogram& wait;
  metrics::Histogram& work;
  metrics::Gauge& unfinished;
  metrics::Gauge& longest;
  metrics::Counter& retries;
};

}  // namespace

// A key is in at most one of: queued (in `order`), delayed. While it is processed it may be dirty besides: then done() queues it again.
struct WorkQueue::State {
  State(std::string name, const async::Executor& executor, async::Clock& c) : clock(c), wake_getters(executor), wake_delays(executor), metrics(name) {}

  async::Clock& clock;
  async::Event wake_getters;
  async::Event wake_delays;
  QueueMetrics metrics;
  std::deque<ObjectKey> order;
  std::map<ObjectKey, TimePoint> dirty;       // wants work; since when
  std::map<ObjectKey, TimePoint> processing;  // handed out; since when
  std::map<ObjectKey, TimePoint> delayed;
  std::set<std::pair<TimePoint, ObjectKey>> schedule;  // `delayed` by time
  std::map<ObjectKey, int> failures;
  bool stopped = false;

  void add(ObjectKey key) {
    if (stopped) return;
    unschedule(key);  // it runs now; who still wants the later run asks again
    const auto [it, fresh] = dirty.emplace(key, clock.now());
    if (!fresh) return;
    metrics.adds.add();
    if (!processing.contains(key)) push(std::move(key));
  }

  void push(ObjectKey key) {
    order.push_back(std::move(key));
    metrics.depth.set(static_cast<double>(order.size()));
    wake_getters.notify_all();
  }

  void unschedule(const ObjectKey& key) {
    const auto it = delayed.find(key);
    if (it == delayed.end()) return;
    schedule.erase({it->second, key});
    delayed.erase(it);
  }

  void add_at(ObjectKey key, TimePoint at) {
    if (stopped || dirty.contains(key)) return;  // it runs sooner than that
    const auto it = delayed.find(key);
    if (it != delayed.end() && it->second <= at) return;
    unschedule(key);
    schedule.emplace(at, key);
    delayed.emplace(std::move(key), at);
    wake_delays.notify_all();
  }

  void release_due() {
    const TimePoint now = clock.now();
    while (!schedule.empty() && schedule.begin()->first <= now) {
      ObjectKey key = schedule.begin()->second;
      add(std::move(key));
    }
  }
};

WorkQueue::WorkQueue(std::string name, async::Executor executor, async::Clock& clock) : state_(std::make_shared<State>(std::move(name), executor, clock)) {}
WorkQueue::~WorkQueue() = default;

void WorkQueue::add(ObjectKey key) { state_->add(std::move(key)); }

void WorkQueue::add_after(ObjectKey key, Duration delay) {
  if (delay <= Duration::zero()) {
    state_->add(std::move(key));
    return;
  }
  state_->metrics.retries.add();
  state_->add_at(std::move(key), state_->clock.now() + delay);
}

void WorkQueue::add_rate_limited(ObjectKey key) {
  int& count = state_->failures[key];
  Duration delay = kFirstRetry;
  for (int i = 0; i < count && delay < kLastRetry; ++i) delay *= 2;
  ++count;
  add_after(std::move(key), std::min(delay, kLastRetry));
}

void WorkQueue::forget(const ObjectKey& key) { state_->failures.erase(key); }

int WorkQueue::failures(const ObjectKey& key) const noexcept {
  const auto it = state_->failures.find(key);
  return it == state_->failures.end() ? 0 : it->second;
}

async::Awaitable<std::optional<ObjectKey>> WorkQueue::get() {
  const std::shared_ptr<State> s = state_;
  while (s->order.empty() && !s->stopped) {
    Status woken = co_await s->wake_getters.wait(s->clock);
    if (!woken) co_return std::nullopt;
  }
  if (s->stopped) co_return std::nullopt;
  ObjectKey key = std::move(s->order.front());
  s->order.pop_front();
  s->metrics.depth.set(static_cast<double>(s->order.size()));
  const TimePoint now = s->clock.now();
  const auto wanted = s->dirty.find(key);
  s->metrics.wait.observe(seconds(now - wanted->second));
  s->dirty.erase(wanted);
  s->processing.emplace(key, now);
  co_return key;
}

void WorkQueue::done(const ObjectKey& key) {
  State& s = *state_;
  const auto it = s.processing.find(key);
  if (it == s.processing.end()) return;
  s.metrics.work.observe(seconds(s.clock.now() - it->second));
  s.processing.erase(it);
  refresh_metrics();
  if (!s.stopped && s.dirty.contains(key)) s.push(key);
}

void WorkQueue::shut_down() {
  State& s = *state_;
  s.stopped = true;
  s.order.clear();
  s.dirty.clear();
  s.delayed.clear();
  s.schedule.clear();
  s.metrics.depth.set(0);
  s.wake_getters.notify_all();
  s.wake_delays.notify_all();
}

std::size_t WorkQueue::depth() const noexcept { return state_->order.size(); }

bool WorkQueue::idle() const noexcept { return state_->dirty.empty() && state_->delayed.empty() && state_->processing.empty(); }

void WorkQueue::refresh_metrics() {
  const State& s = *state_;
  const TimePoint now = s.clock.now();
  Duration total{};
  Duration longest{};
  for (const auto& [key, since] : s.processing) {
    total += now - since;
    longest = std::max(longest, now - since);
  }
  s.metrics.unfinished.set(seconds(total));
  s.metrics.longest.set(seconds(longest));
}

async::Awaitable<void> WorkQueue::run_delays() {
  const std::shared_ptr<State> s = state_;
  while (!s->stopped) {
    const async::Deadline next = s->schedule.empty() ? async::Deadline::never() : async::Deadline{s->schedule.begin()->first};
    Status woken = co_await s->wake_delays.wait(s->clock, next);
    if (!woken && woken.error().is(Disposition::Canceled)) co_return;
    s->release_due();
  }
}

}  // namespace slipway::runtime
