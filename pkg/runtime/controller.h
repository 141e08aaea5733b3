// A controller: sources map changes to keys, a workqueue dedups them, workers run the reconciler; one switch maps each outcome to queue, metric
// and log. Semantics of controller-runtime pkg/internal/controller, and its metrics (controller_runtime_*). A reconciler that throws is counted as a panic and
// tried again. Thread: the loop's only.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pkg/async/task_group.h"
#include "pkg/kube/client.h"
#include "pkg/runtime/store.h"
#include "pkg/runtime/workqueue.h"

namespace slipway::runtime {

// What a reconcile wants next. Errors: retryable ones are requeued with backoff; others are counted and wait for the next change.
struct ReconcileOutcome {
  std::optional<async::Duration> requeue_after;  // only for deadlines: waiting for the world means returning, and a watch re-queues the key
};
using Reconciler = std::function<async::Awaitable<Result<ReconcileOutcome>>(ObjectKey)>;
using MapFunction = std::function<std::vector<ObjectKey>(const Change&)>;
using Predicate = std::function<bool(const Change&)>;

struct ControllerOptions {
  std::size_t max_concurrent = 1;
  std::chrono::seconds shutdown_grace{20};  // for reconciles in flight; then their calls are cancelled. Less than the manager's 30 s
};

class Controller {
 public:
  Controller(std::string name, async::Executor executor, async::Clock& clock, Reconciler reconciler, ControllerOptions options = {});
  ~Controller();
  void watch(Store& store, MapFunction map, Predicate predicate = {});  // before or while it runs
  void watch_self(Store& store, Predicate predicate = {});              // key of the object itself
  void enqueue(ObjectKey key);
  // Runs workers until cancelled; returns when every reconcile in flight has ended (or was cancelled after the grace). Once only.
  async::Awaitable<void> run();
  // Cancels the reconciles in flight at once and starts no more: for a leader that is none any longer. run() still ends by its cancellation.
  void abandon();
  [[nodiscard]] WorkQueue& queue() noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Maps a child to its controller owner of that group and kind (the version does not count), in the child's namespace. Old and new state both map.
[[nodiscard]] MapFunction owner_of(std::string group, std::string kind);

}  // namespace slipway::runtime
