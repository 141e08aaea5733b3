// Time as a dependency: product code never reads a clock or sleeps except through this, so tests run on virtual time.
// Thread: the loop's thread only, except now() and wall() of RealClock.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "pkg/async/awaitable.h"
#include "pkg/base/time.h"

namespace slipway::async {

using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

// A point in time after which an operation gives up. A value, passed explicitly.
struct Deadline {
  TimePoint at = TimePoint::max();
  [[nodiscard]] static Deadline never() noexcept { return {}; }
  [[nodiscard]] bool is_never() const noexcept { return at == TimePoint::max(); }
  friend Deadline min(Deadline a, Deadline b) noexcept { return a.at < b.at ? a : b; }
};

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint now() const noexcept = 0;  // monotonic
  [[nodiscard]] virtual WallTime wall() const noexcept = 0;  // for timestamps that people read; never for time-outs
  // Completes at `at`, or early when the calling coroutine is cancelled: is_cancelled() then says so. Where `at` has passed it completes
  // without suspending. Does not throw in tasks of a TaskGroup.
  virtual Awaitable<void> sleep_until(TimePoint at) = 0;
  // Calls `callback` on the executor at `at` (never from inside this call), once, unless the handle is dropped before; dropping it inside the
  // callback is allowed. How deadlines close sockets.
  [[nodiscard]] virtual std::shared_ptr<void> schedule(Executor executor, TimePoint at, std::function<void()> callback) = 0;

  [[nodiscard]] Deadline after(Duration d) const noexcept { return Deadline{now() + d}; }
};

class RealClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const noexcept override { return std::chrono::steady_clock::now(); }
  [[nodiscard]] WallTime wall() const noexcept override;
  Awaitable<void> sleep_until(TimePoint at) override;
  [[nodiscard]] std::shared_ptr<void> schedule(Executor executor, TimePoint at, std::function<void()> callback) override;
};

// Stands still until a test moves it. Sleepers wake in the order of their times, each before the next is released.
class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(Executor executor);
  ~VirtualClock() override;
  [[nodiscard]] TimePoint now() const noexcept override;
  [[nodiscard]] WallTime wall() const noexcept override;  // starts at 2026-01-01T00:00:00Z
  Awaitable<void> sleep_until(TimePoint at) override;
  [[nodiscard]] std::shared_ptr<void> schedule(Executor executor, TimePoint at, std::function<void()> callback) override;

  // Moves time in one leap and wakes who is due (they run when the loop runs, and all of them see the new time).
  void advance(Duration d);
  [[nodiscard]] bool advance_to_next();                               // to the earliest sleeper; false where nobody sleeps
  [[nodiscard]] std::optional<TimePoint> next_wake() const noexcept;  // of the earliest sleeper
  [[nodiscard]] std::size_t sleepers() const noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace slipway::async
