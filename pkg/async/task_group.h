// Structured concurrency: a TaskGroup owns the coroutines that it spawned; nothing outlives it. The gate of Seastar, as Asio code.
//
// Contract: spawn() starts a child on the group's executor. cancel() asks every child to stop (terminal cancellation) and refuses new
// ones. join() completes when no child is left. The destructor requires that (it aborts otherwise: a dangling child would be a
// use-after-free later). A child that ends by an exception other than cancellation aborts the process with its message: exceptions do
// not cross tasks.
// Thread: the executor's only.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "pkg/async/awaitable.h"

namespace slipway::async {

class TaskGroup {
 public:
  explicit TaskGroup(Executor executor);
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // `name` says in diagnostics what is still running. The awaitable is a named coroutine called with values:
  // group.spawn("watch pods", watch(client, gvr)); never a capturing lambda.
  void spawn(std::string name, Awaitable<void> task);
  void cancel();
  [[nodiscard]] bool cancelled() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] std::string running() const;  // names, comma-separated
  Awaitable<void> join();                     // does not cancel; not itself cancellable
  Awaitable<void> stop();                     // cancel() and join()
  [[nodiscard]] Executor executor() const noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// True where the current coroutine has been asked to stop. After every await in a loop: `if (co_await async::is_cancelled())` is against
// the rules, so: const bool stop = co_await async::is_cancelled();
Awaitable<bool> is_cancelled();
// Call first in a coroutine that must end cleanly on cancel: later awaits then report cancellation by their results instead of throwing.
Awaitable<void> no_throw_on_cancel();

}  // namespace slipway::async
