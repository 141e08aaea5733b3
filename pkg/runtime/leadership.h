// Being the one of several candidates that works, seen from the loop of those who work. Two ways to get there: LeaderElector on the same loop, LeaderThread on
// a loop of its own. Thread: the loop's only, but for LeaseTerm. Cancellation: acquire() and hold() return Canceled.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "pkg/async/awaitable.h"
#include "pkg/async/clock.h"
#include "pkg/base/error.h"

namespace slipway::runtime {

// How long the lease is ours, by the monotonic clock. Thread: any; a writer asks before each write.
class LeaseTerm {
 public:
  // Until the renew deadline: from then on nothing may be written, although the lease itself still runs for a while, as the margin.
  [[nodiscard]] bool holds(async::TimePoint now) const noexcept { return now.time_since_epoch().count() < until_.load(std::memory_order_acquire); }
  // True where somebody still believes to lead although the lease itself has run out: a renewal loop that is stuck.
  [[nodiscard]] bool overdue(async::TimePoint now) const noexcept {
    const std::int64_t expiry = expiry_.load(std::memory_order_acquire);
    return expiry != 0 && now.time_since_epoch().count() > expiry;
  }
  void renew(async::TimePoint until, async::TimePoint expiry) noexcept {
    until_.store(until.time_since_epoch().count(), std::memory_order_release);
    expiry_.store(expiry.time_since_epoch().count(), std::memory_order_release);
  }
  void end() noexcept {
    until_.store(0, std::memory_order_release);
    expiry_.store(0, std::memory_order_release);
  }

 private:
  std::atomic<std::int64_t> until_{0};
  std::atomic<std::int64_t> expiry_{0};
};

class Leadership {
 public:
  virtual ~Leadership() = default;
  virtual async::Awaitable<Status> acquire() = 0;  // until we lead. Errors: Invalid (options), the connection's, Canceled
  virtual async::Awaitable<Status> hold() = 0;     // returns when the lease is lost. Errors: Terminal (lost), Canceled
  // Ends the candidature, and gives a lease that we hold away, so that the next leader need not wait. Only after every worker has stopped. A success where we
  // do not lead. Errors: the client's; Terminal where another holds it.
  virtual async::Awaitable<Status> release() = 0;
  [[nodiscard]] virtual bool leading() const noexcept = 0;  // by the monotonic time of this call
  [[nodiscard]] virtual const std::string& identity() const noexcept = 0;
  [[nodiscard]] virtual Status healthy() const = 0;  // Errors: Terminal, where we lead by our own belief although the lease must have run out
};

}  // namespace slipway::runtime
