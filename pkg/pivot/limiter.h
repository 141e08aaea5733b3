// How many calls may be under way at once: halved when the server is overloaded (429, 5xx, timeouts), then additive increase with every success, as TCP does;
// calls that were under way when it was halved do not halve it again. Above a usual number (8) it grows only while calls take no longer than alone, as TCP
// Vegas does: what takes time then is the way there, and more of them fill it; where they queue on the server, more would only wait. Pure; any thread.
#pragma once

#include <chrono>
#include <cstddef>

#include "pkg/base/error.h"

namespace slipway::pivot {

class Limiter {
 public:
  using Duration = std::chrono::steady_clock::duration;

  explicit Limiter(std::size_t max);
  // `took`: of a call that costs the server what others of its kind cost; max() where that cannot be said (lists).
  void succeeded(Duration took = Duration::max()) noexcept;
  // `generation_at_start`: generation() when the call began.
  void failed(const Error& error, std::size_t generation_at_start) noexcept;
  [[nodiscard]] std::size_t limit() const noexcept { return static_cast<std::size_t>(limit_); }
  [[nodiscard]] std::size_t generation() const noexcept { return generation_; }

 private:
  [[nodiscard]] bool queues(Duration took) noexcept;

  std::size_t max_;
  double limit_;
  std::size_t generation_ = 0;
  double least_ = 0, mean_ = 0;  // seconds a call; 0: none yet
};

}  // namespace slipway::pivot
