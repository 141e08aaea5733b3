// A workqueue with client-go's guarantees and controller-runtime's priorities: a key is never with two workers, and an add while it is processed gives exactly
// one more run.
//
// Adds of one key merge: the highest priority and the earliest time count, so an add() supersedes a delay. Keys of one priority come out in the order in which
// they became ready; a raised key goes to the back of its new priority. Nobody starves: keys that have waited for longer than kAgingBound get every second
// turn, the longest waiting first, so a low key runs within the bound and twice the work that was ready before it. Failures back off per key (5 ms doubling to
// 1000 s). Adds after shut_down() are ignored.
// Metrics: controller-runtime's workqueue_*, with the queue's name as name and controller; label priority has at most 25 values. Thread: the loop's only.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "pkg/async/sync.h"
#include "pkg/kube/types.h"

namespace slipway::runtime {

using kube::ObjectKey;

inline constexpr int kLowPriority = -100;               // controller-runtime handler.LowPriority: initial lists and updates that change nothing
inline constexpr std::chrono::seconds kAgingBound{30};  // ours; controller-runtime lets low priorities starve

struct AddOptions {
  async::Duration after{};
  bool rate_limited = false;  // after the key's backoff, where that is later
  int priority = 0;
};

struct QueueItem {
  ObjectKey key;
  int priority = 0;
};

class WorkQueue {
 public:
  WorkQueue(std::string name, async::Executor executor, async::Clock& clock);
  ~WorkQueue();
  void add(ObjectKey key, AddOptions options = {});
  void add_after(ObjectKey key, async::Duration delay);
  void add_rate_limited(ObjectKey key);  // after the key's backoff
  void forget(const ObjectKey& key);     // resets the key's backoff
  [[nodiscard]] int failures(const ObjectKey& key) const noexcept;
  // The next key; nothing after shut_down() or cancellation. Call done() for each.
  async::Awaitable<std::optional<QueueItem>> next();
  async::Awaitable<std::optional<ObjectKey>> get();
  void done(const ObjectKey& key);
  void shut_down();
  // Until nothing is processed. Errors: Timeout, Canceled.
  async::Awaitable<Status> drained(async::Deadline deadline);
  [[nodiscard]] std::size_t depth() const noexcept;
  [[nodiscard]] bool idle() const noexcept;  // nothing queued, delayed or processed
  void refresh_metrics();                    // the gauges of work in progress: before a scrape, so that a stuck key shows
  // Runs the timer of delayed adds; spawn once in the owner's group.
  async::Awaitable<void> run_delays();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace slipway::runtime
