// A workqueue with client-go's guarantees: a key is never with two workers, and an add while it is processed gives exactly one more run.
// Delays keep the earliest time, and an add() supersedes them; failures back off per key (5 ms doubling to 1000 s). Adds after shut_down() are ignored.
// Metrics: controller-runtime's workqueue_*, with the queue's name as name and controller. Thread: the loop's only.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "pkg/async/sync.h"
#include "pkg/kube/types.h"

namespace slipway::runtime {

using kube::ObjectKey;

class WorkQueue {
 public:
  WorkQueue(std::string name, async::Executor executor, async::Clock& clock);
  ~WorkQueue();
  void add(ObjectKey key);
  void add_after(ObjectKey key, async::Duration delay);
  void add_rate_limited(ObjectKey key);  // after the key's backoff
  void forget(const ObjectKey& key);     // resets the key's backoff
  [[nodiscard]] int failures(const ObjectKey& key) const noexcept;
  // The next key; nothing after shut_down() or cancellation. Call done() for each.
  async::Awaitable<std::optional<ObjectKey>> get();
  void done(const ObjectKey& key);
  void shut_down();
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
