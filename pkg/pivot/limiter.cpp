#include "pkg/pivot/limiter.h"

#include <algorithm>

namespace slipway::pivot {

namespace {

// Beside a server of two cores eight calls keep it busy; each more costs a handshake and waits (docs/benchmarks.md, the floor by width).
constexpr std::size_t kUsual = 8;
constexpr double kSmoothing = 1.0 / 8;  // of the mean, as TCP's of round trips (RFC 6298)
constexpr double kQueued = 2;           // times the least: as long again was waiting
constexpr double kGrowth = 0.5;         // a success: half as much again a round trip

}  // namespace

Limiter::Limiter(std::size_t max) : max_(max == 0 ? 1 : max), limit_(static_cast<double>(std::min(max_, kUsual))) {}

bool Limiter::queues(Duration took) noexcept {
  const double seconds = std::chrono::duration<double>(took).count();
  least_ = mean_ == 0 ? seconds : std::min(least_, seconds);
  mean_ = mean_ == 0 ? seconds : mean_ + kSmoothing * (seconds - mean_);
  return mean_ > kQueued * least_;
}

void Limiter::succeeded(Duration took) noexcept {
  const auto max = static_cast<double>(max_);
  const auto usual = std::min(max, static_cast<double>(kUsual));
  const bool room = took != Duration::max() && !queues(took);
  if (limit_ < usual)
    limit_ = std::min(usual, limit_ + 1.0 / limit_);
  else if (room)
    limit_ = std::min(max, limit_ + kGrowth);
}

void Limiter::failed(const Error& error, std::size_t generation_at_start) noexcept {
  const bool overloaded = error.is(Disposition::TooManyRequests) || error.is(Disposition::Transient) || error.is(Disposition::Timeout);
  if (!overloaded || generation_at_start != generation_) return;
  limit_ = std::max(1.0, limit_ / 2);
  ++generation_;
}

}  // namespace slipway::pivot
