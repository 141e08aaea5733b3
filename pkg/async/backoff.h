// Exponential backoff with jitter, as client-go's wait.Backoff: each delay is uniform in [d, d * (1 + jitter)), d doubling up to cap, reset
// after a quiet time. Pure: the caller sleeps.
#pragma once

#include <chrono>
#include <cstdint>
#include <random>

#include "pkg/async/clock.h"
#include "pkg/base/random.h"

namespace slipway::async {

struct BackoffOptions {
  Duration initial = std::chrono::milliseconds(800);  // client-go reflector: 800 ms, doubling, 30 s cap
  Duration cap = std::chrono::seconds(30);
  double factor = 2.0;
  double jitter = 1.0;
  Duration reset_after = std::chrono::minutes(2);
};

class Backoff {
 public:
  explicit Backoff(BackoffOptions options = {}, std::uint64_t seed = random_seed());
  [[nodiscard]] Duration next(TimePoint now);
  void reset() noexcept;

 private:
  BackoffOptions options_;
  std::mt19937_64 random_;
  Duration current_;
  TimePoint last_{};
  bool used_ = false;
};

}  // namespace slipway::async
