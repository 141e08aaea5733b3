#include "pkg/kube/detail/breaker.h"

#include <algorithm>

namespace slipway::kube::detail {

std::optional<async::Duration> Breaker::refuse(async::TimePoint now) noexcept {
  if (!open_) return std::nullopt;
  if (now < until_) return until_ - now;
  if (probing_) return std::chrono::seconds(1);
  probing_ = true;
  return std::nullopt;
}

void Breaker::answered() noexcept { *this = Breaker(); }

void Breaker::silent(async::TimePoint now) noexcept {
  probing_ = false;
  if (++silences_ < kThreshold) return;
  // Those that were under way when it opened tell nothing new.
  if (open_ && now < until_) return;
  pause_ = open_ ? std::min<async::Duration>(pause_ * 2, kLongestPause) : async::Duration(kFirstPause);
  open_ = true;
  until_ = now + pause_;
}

}  // namespace slipway::kube::detail
