// A controller: sources map changes to keys, a workqueue dedups them, workers run the reconciler; one switch maps each outcome to queue, metric
// and log. Semantics of controller-runtime pkg/internal/controller. Thread: the loop's only.
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
};

class Controller {
 public:
  Controller(std::string name, async::Executor executor, async::Clock& clock, Reconciler reconciler, ControllerOptions options = {});
  ~Controller();
  void watch(Store& store, MapFunction map, Predicate predicate = {});  // before or while it runs
  void watch_self(Store& store, Predicate predicate = {});              // key of the object itself
  void enqueue(ObjectKey key);
  // Runs workers until cancelled; returns when every reconcile in flight has ended.
  async::Awaitable<void> run();
  [[nodiscard]] WorkQueue& queue() noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Maps a child to its controller owner of that group and kind (the version does not count), in the child's namespace. Old and new state both map.
[[nodiscard]] MapFunction owner_of(std::string group, std::string kind);

}  // namespace slipway::runtime
