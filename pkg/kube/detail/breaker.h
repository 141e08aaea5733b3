// A circuit breaker for one cluster: when it has not answered several requests in a row within their time, the next ones fail at once instead of holding
// workers for half a minute each, until one that is let through is answered. Pure; time is passed in.
//
// Only silence counts. A refused connection is as fast as an answer, and an error status is one. Flow: refuse(), and where it lets the request through exactly
// one of answered(), silent() or abandoned() afterwards.
#pragma once

#include <optional>

#include "pkg/async/clock.h"

namespace slipway::kube::detail {

class Breaker {
 public:
  static constexpr int kThreshold = 3;                             // requests in a row
  static constexpr auto kFirstPause = std::chrono::seconds(5);     // doubling
  static constexpr auto kLongestPause = std::chrono::seconds(60);  // how long a cluster that is back may seem away

  // How long until the next request may pass; nothing where this one may.
  [[nodiscard]] std::optional<async::Duration> refuse(async::TimePoint now) noexcept;
  void answered() noexcept;
  void silent(async::TimePoint now) noexcept;
  void abandoned() noexcept { probing_ = false; }  // cancelled, or failed in a way that says nothing about the cluster
  [[nodiscard]] bool open() const noexcept { return open_; }

 private:
  int silences_ = 0;
  bool open_ = false;
  bool probing_ = false;
  async::Duration pause_{};
  async::TimePoint until_{};
};

}  // namespace slipway::kube::detail
