// A call that somebody besides its caller can cancel: a deadline that ends a reconcile, a gate that closes over writes in flight.
//
// Contract: run() is one co_await for the caller. The call runs as a child; the handle's cancel(), or the cancellation of the caller, asks it to stop, and
// run() returns when it has. The result is what the call returned (also after a cancel, where it had it already); nothing where it ended by its cancellation
// without one. A call that does not listen to cancellation is waited for. Thread: the executor's only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "pkg/async/sync.h"
#include "pkg/async/task_group.h"

namespace slipway::async {

class CancelHandle {
 public:
  explicit CancelHandle(Executor executor) : group_(executor), ended_(executor) {}
  void cancel() { group_.cancel(); }  // before run(): the call does not start
  [[nodiscard]] bool cancelled() const noexcept { return group_.cancelled(); }

  template <class T>
  static Awaitable<std::optional<T>> run(std::shared_ptr<CancelHandle> self, Clock& clock, std::string name, Awaitable<T> call) {
    const auto result = std::make_shared<std::optional<T>>();
    if (self->cancelled()) co_return std::nullopt;
    self->group_.spawn(std::move(name), keep<T>(std::make_unique<Ended>(self->ended_), result, std::move(call)));
    Status woken = co_await self->ended_.wait(clock);
    if (!woken) self->cancel();
    co_await self->group_.join();
    co_return std::move(*result);
  }

 private:
  // Tells of the end, whichever way it comes: also of a call that was cancelled before its first step, by the end of its frame.
  struct Ended {
    explicit Ended(Event& e) : event(e) {}
    Ended(const Ended&) = delete;
    Ended& operator=(const Ended&) = delete;
    ~Ended() { event.set(); }
    Event& event;
  };
  template <class T>
  static Awaitable<void> keep(std::unique_ptr<Ended>, std::shared_ptr<std::optional<T>> result, Awaitable<T> call) {
    T value = co_await std::move(call);
    result->emplace(std::move(value));
  }

  TaskGroup group_;
  Event ended_;
};

}  // namespace slipway::async
