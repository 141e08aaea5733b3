#include "pkg/runtime/loop_lag.h"

#include <algorithm>

#include "pkg/async/task_group.h"
#include "pkg/log/log.h"

namespace slipway::runtime {
namespace {

constexpr std::chrono::seconds kPeriod{1};
constexpr std::chrono::seconds kTold{1};         // from where it is worth a line in the log
constexpr std::chrono::seconds kRemembered{60};  // longer than a probe's period

double seconds(async::Duration d) { return std::chrono::duration<double>(d).count(); }

}  // namespace

LoopLag::LoopLag(async::Clock& clock, async::Duration limit)
    : clock_(clock),
      limit_(limit),
      latest_gauge_(metrics::registry().gauge("slipway_loop_lag_seconds", "How late the event loop's last timer was")),
      longest_gauge_(metrics::registry().gauge("slipway_loop_lag_max_seconds", "How late a timer of the event loop was at most since the last scrape")) {
  latest_gauge_.set(0);
  longest_gauge_.set(0);
}

async::Awaitable<void> LoopLag::run(LoopLag* self) {
  co_await async::no_throw_on_cancel();
  for (;;) {
    const async::TimePoint due = self->clock_.now() + kPeriod;
    co_await self->clock_.sleep_until(due);
    const bool stop = co_await async::is_cancelled();
    if (stop) co_return;
    self->note(self->clock_.now() - due);
  }
}

void LoopLag::note(async::Duration lag) {
  latest_gauge_.set(seconds(lag));
  longest_ = std::max(longest_, lag);
  if (lag > kTold) log::warn("the event loop was blocked", {{"seconds", seconds(lag)}});
  if (lag <= limit_) return;
  worst_ = lag;
  worst_at_ = clock_.now();
}

void LoopLag::refresh() {
  longest_gauge_.set(seconds(longest_));
  longest_ = {};
}

Status LoopLag::healthy() const {
  if (worst_at_ == async::TimePoint::min() || clock_.now() - worst_at_ > kRemembered) return {};
  return fail(Disposition::Timeout, "the event loop was blocked for " + std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(worst_).count()) +
                                        " ms, which is longer than a lease allows");
}

}  // namespace slipway::runtime
