// Waiting for each other inside the loop's thread: Event (a level that can be set) and Semaphore (bounded concurrency). All waits end early
// when the waiting coroutine is cancelled, and report it by their result; a coroutine that was cancelled before does not wait at all.
// Waiters that wait when an Event or Semaphore is destroyed get Canceled. No locks: the loop's thread only.
#pragma once

#include <cstddef>
#include <memory>

#include "pkg/async/clock.h"
#include "pkg/base/error.h"

namespace slipway::async {

// Edge with memory: notify_all() wakes all present waiters; set() stays set until reset().
class Event {
 public:
  explicit Event(Executor executor);
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  void set();
  void reset() noexcept;
  [[nodiscard]] bool is_set() const noexcept;
  void notify_all();  // wakes present waiters without setting
  void notify_one();  // the same for the one that waits longest: for queues, where one item is one waiter's
  // Errors: Canceled, Timeout.
  Awaitable<Status> wait(Clock& clock, Deadline deadline = Deadline::never());

 private:
  struct State;
  std::shared_ptr<State> state_;
};

class Semaphore {
 public:
  Semaphore(Executor executor, std::size_t permits);
  ~Semaphore();
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;
  Awaitable<Status> acquire();       // FIFO. Errors: Canceled. A permit that was handed over before the cancellation arrived is a success.
  void release();                    // one for each successful acquire()
  void resize(std::size_t permits);  // takes effect as permits come back
  [[nodiscard]] std::size_t available() const noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace slipway::async
