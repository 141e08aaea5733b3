// A controller: sources map changes to keys, a workqueue dedups them, workers run the reconciler; one switch maps each outcome to queue, metric
// and log. Semantics of controller-runtime pkg/internal/controller, and its metrics (controller_runtime_*), all at 0 from the start.
//
// Sources fill the queue from the moment they are watched; workers start when run() does and every source is in sync: so a standby has its queue ready before
// it leads. Objects that were there before, and updates that change nothing, queue with kLowPriority; retries keep their run's priority. A reconciler that
// throws is counted as a panic and tried again; one that takes longer than its limit is cancelled, counted and tried again; one that does not even listen to
// that shows in workqueue_longest_running_processor_seconds, and holds one worker. A key whose own writes the caches do not show yet waits for them
// (own_writes.h). Thread: the loop's only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pkg/async/task_group.h"
#include "pkg/kube/client.h"
#include "pkg/runtime/own_writes.h"
#include "pkg/runtime/predicates.h"
#include "pkg/runtime/store.h"
#include "pkg/runtime/workqueue.h"

namespace slipway::runtime {

// What a reconcile wants next. Errors: Invalid, Unsupported and Terminal are counted and wait for the next change; all others are tried again with backoff.
struct ReconcileOutcome {
  std::optional<async::Duration> requeue_after{};  // only for deadlines: waiting for the world means returning, and a watch re-queues the key
  std::optional<int> priority{};                   // of that requeue; nothing: as before
};
using Reconciler = std::function<async::Awaitable<Result<ReconcileOutcome>>(ObjectKey)>;
using MapFunction = std::function<std::vector<ObjectKey>(const Change&)>;

struct ControllerOptions {
  std::size_t max_concurrent = 1;
  std::chrono::seconds shutdown_grace{20};       // for reconciles in flight; then their calls are cancelled. Less than the manager's 30 s
  async::Duration reconcile_timeout{};           // of one reconcile; zero: none
  async::Duration min_interval{};                // between the end of a reconcile and the next of its key; zero: none
  std::chrono::seconds cache_sync_timeout{120};  // for every source (controller-runtime CacheSyncTimeout)
};

struct Source {
  Store& store;
  MapFunction map;
  Predicate predicate;
  std::string name;                      // the kind, where it does not get in sync in time
  std::function<std::string()> trouble;  // why
};

class Controller {
 public:
  Controller(std::string name, async::Executor executor, async::Clock& clock, Reconciler reconciler, ControllerOptions options = {});
  ~Controller();
  void watch(Source source);  // before or while it runs
  void watch(Store& store, MapFunction map, Predicate predicate = {});
  void watch_self(Store& store, Predicate predicate = {});  // key of the object itself
  void enqueue(ObjectKey key);
  // Not before then, whatever happens: for a key that knows better than its events. One call's word counts until the next.
  void defer(const ObjectKey& key, async::TimePoint until);
  // Runs workers until cancelled; returns when every reconcile in flight has ended (or was cancelled after the grace). Once only. Ends by itself where a source
  // is not in sync in time; outcome() says which and why then.
  async::Awaitable<void> run();
  [[nodiscard]] const Status& outcome() const noexcept;  // Errors: Timeout
  // Cancels the reconciles in flight at once and starts no more: for a leader that is none any longer. run() still ends by its cancellation.
  void abandon();
  [[nodiscard]] const std::string& name() const noexcept;
  [[nodiscard]] WorkQueue& queue() noexcept;
  // A client that records what a reconcile of `key` writes, so that the next one waits until the caches show it.
  [[nodiscard]] std::shared_ptr<kube::Client> client_for(const ObjectKey& key, std::shared_ptr<kube::Client> client, StoreOf store_of) const;
  [[nodiscard]] OwnWrites& own_writes() noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

struct OwnerOptions {
  bool every_owner = false;     // not only the one with controller: true
  bool cluster_scoped = false;  // of the owner's kind: then its key has no namespace
};
// Maps a child to its owners of that group and kind (the version does not count), in the child's namespace. Old and new state both map.
[[nodiscard]] MapFunction owner_of(std::string group, std::string kind, OwnerOptions options = {});

}  // namespace slipway::runtime
