#include "pkg/pivot/limiter.h"

#include <algorithm>

namespace slipway::pivot {

void Limiter::succeeded() noexcept { limit_ = std::min(static_cast<double>(max_), limit_ + 1.0 / limit_); }

void Limiter::failed(const Error& error, std::size_t generation_at_start) noexcept {
  const bool overloaded = error.is(Disposition::TooManyRequests) || error.is(Disposition::Transient) || error.is(Disposition::Timeout);
  if (!overloaded || generation_at_start != generation_) return;
  limit_ = std::max(1.0, limit_ / 2);
  ++generation_;
}

}  // namespace slipway::pivot
