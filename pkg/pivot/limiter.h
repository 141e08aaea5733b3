// How many calls may be under way at once: additive increase with every success, halved when the server is overloaded (429, 5xx, timeouts), as TCP does.
// Calls that were under way when it was halved do not halve it again. Pure; any thread.
#pragma once

#include <cstddef>

#include "pkg/base/error.h"

namespace slipway::pivot {

class Limiter {
 public:
  explicit Limiter(std::size_t max) : max_(max == 0 ? 1 : max), limit_(static_cast<double>(max_)) {}
  void succeeded() noexcept;
  // `generation_at_start`: generation() when the call began.
  void failed(const Error& error, std::size_t generation_at_start) noexcept;
  [[nodiscard]] std::size_t limit() const noexcept { return static_cast<std::size_t>(limit_); }
  [[nodiscard]] std::size_t generation() const noexcept { return generation_; }

 private:
  std::size_t max_;
  double limit_;
  std::size_t generation_ = 0;
};

}  // namespace slipway::pivot
