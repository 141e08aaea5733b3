#include "pkg/async/backoff.h"

#include <algorithm>

namespace slipway::async {

Backoff::Backoff(BackoffOptions options, std::uint64_t seed) : options_(options), random_(seed), current_(options.initial) {}

Duration Backoff::next(TimePoint now) {
  if (used_ && now - last_ >= options_.reset_after) reset();
  const Duration base = current_;
  current_ = std::min(options_.cap, std::chrono::duration_cast<Duration>(current_ * options_.factor));
  last_ = now;
  used_ = true;
  if (options_.jitter <= 0) return base;
  std::uniform_real_distribution<double> extra(0, options_.jitter);
  return base + std::chrono::duration_cast<Duration>(base * extra(random_));
}

void Backoff::reset() noexcept {
  current_ = options_.initial;
  used_ = false;
}

}  // namespace slipway::async
