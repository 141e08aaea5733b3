// Watches whether the loop gets around: a timer that comes late means that something blocked the loop for that long, and everything on it waited: events,
// probes, and what a lease on the same loop would have needed.
//
// Metrics: slipway_loop_lag_seconds (the latest), slipway_loop_lag_max_seconds (since the last refresh(), which a scrape calls). More than a second is logged.
// healthy() fails for a minute after a lag beyond the limit. Thread: the loop's only.
#pragma once

#include "pkg/async/awaitable.h"
#include "pkg/async/clock.h"
#include "pkg/base/error.h"
#include "pkg/metrics/metrics.h"

namespace slipway::runtime {

class LoopLag {
 public:
  // `limit`: what a lease leaves as margin, where there is one.
  LoopLag(async::Clock& clock, async::Duration limit);
  // Once a second, until cancelled.
  static async::Awaitable<void> run(LoopLag* self);
  void note(async::Duration lag);  // a measurement
  void refresh();
  [[nodiscard]] Status healthy() const;  // Errors: Timeout

 private:
  async::Clock& clock_;
  async::Duration limit_;
  async::Duration longest_{};
  async::Duration worst_{};  // the last beyond the limit
  async::TimePoint worst_at_ = async::TimePoint::min();
  metrics::Gauge& latest_gauge_;
  metrics::Gauge& longest_gauge_;
};

}  // namespace slipway::runtime
