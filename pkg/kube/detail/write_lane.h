// The lane that all writes to one cluster share. No fixed rate: as many may be under way as the server bears, by additive increase and multiplicative decrease
// (as TCP does), and none begins while the server has asked for patience (429 with Retry-After).
//
// Flow: enter(), then leave() once where that succeeded. Errors of enter(): TooManyRequests where the deadline comes first, with the time left as its
// retry_after; Canceled. Thread: the loop's only.
#pragma once

#include <cstddef>
#include <memory>

#include "pkg/async/sync.h"
#include "pkg/base/error.h"

namespace slipway::kube::detail {

class WriteLane {
 public:
  WriteLane(async::Clock& clock, std::size_t max) : clock_(&clock), max_(max == 0 ? 1 : max), limit_(static_cast<double>(max_)) {}

  enum class Outcome : std::uint8_t { Done, Throttled, Unknown };  // Unknown: says nothing about the server's load
  // The lane must outlive the call: its owner is held by who awaits.
  async::Awaitable<Status> enter(async::Deadline deadline);
  void leave(Outcome outcome);
  void pause_until(async::TimePoint at);

  [[nodiscard]] std::size_t limit() const noexcept { return static_cast<std::size_t>(limit_); }
  [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_; }

 private:
  async::Clock* clock_;
  std::size_t max_;
  double limit_;
  std::size_t in_flight_ = 0;
  async::TimePoint paused_until_{};
  async::TimePoint halved_at_{};
  std::shared_ptr<async::Event> changed_;  // made where the loop is known
};

}  // namespace slipway::kube::detail
