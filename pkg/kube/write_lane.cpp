#include "pkg/kube/detail/write_lane.h"

#include <algorithm>

namespace slipway::kube::detail {
namespace {

constexpr auto kBetweenHalvings = std::chrono::seconds(1);  // one overload is answered with many 429

}  // namespace

async::Awaitable<Status> WriteLane::enter(async::Deadline deadline) {
  if (!changed_) {
    const async::Executor executor = co_await async::asio::this_coro::executor;
    changed_ = std::make_shared<async::Event>(executor);
  }
  for (;;) {
    const auto now = clock_->now();
    const bool paused = now < paused_until_;
    if (!paused && in_flight_ < limit()) {
      ++in_flight_;
      co_return Status{};
    }
    const async::Deadline until = paused ? min(deadline, async::Deadline{paused_until_}) : deadline;
    const std::shared_ptr<async::Event> changed = changed_;
    auto woken = co_await changed->wait(*clock_, until);
    if (!woken && woken.error().is(Disposition::Canceled)) co_return woken;
    if (clock_->now() < deadline.at) continue;
    ApiStatus status;
    status.code = 429;
    status.reason = "TooManyRequests";
    status.retry_after = std::max(std::chrono::ceil<std::chrono::seconds>(paused_until_ - clock_->now()), std::chrono::seconds(1));
    co_return fail(Error(Disposition::TooManyRequests, "the server has asked for patience, and writes to it wait", std::move(status)));
  }
}

void WriteLane::leave(Outcome outcome) {
  --in_flight_;
  if (outcome == Outcome::Done) limit_ = std::min(static_cast<double>(max_), limit_ + 1.0 / limit_);
  if (outcome == Outcome::Throttled && clock_->now() - halved_at_ >= kBetweenHalvings) {
    limit_ = std::max(1.0, limit_ / 2);
    halved_at_ = clock_->now();
  }
  if (changed_) changed_->notify_all();
}

void WriteLane::pause_until(async::TimePoint at) { paused_until_ = std::max(paused_until_, at); }

}  // namespace slipway::kube::detail
