// Leader election on a thread, a loop and a connection of its own: however busy or blocked the loop of the work is, the lease is renewed; and when it cannot
// be, leading() says so at once by the time alone, before the news arrives.
//
// Flow: acquire() starts the thread and waits for the news of a win, hold() for that of the loss, both posted to the main loop; release() ends the candidature
// there and waits for it. Assumptions: the main loop's clock and the thread's are the same monotonic clock. What crosses threads are values, by posting, and
// the LeaseTerm. Thread: the main loop's only. The destructor joins the thread, which takes as long as cancelling a request.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "pkg/kube/client.h"
#include "pkg/runtime/leadership.h"
#include "pkg/runtime/lease_fsm.h"

namespace slipway::runtime {

struct LeaderThreadOptions {
  LeaderElectionOptions election;
  // Called on the thread, once: a client on that loop and clock, shared with nobody. Its error ends acquire().
  std::function<Result<std::shared_ptr<kube::Client>>(async::Executor, async::Clock&)> connect;
  std::function<std::unique_ptr<async::Clock>(async::Executor)> clock;  // of the thread; empty: the real one
};

class LeaderThread final : public Leadership {
 public:
  LeaderThread(async::Executor main, async::Clock& main_clock, LeaderThreadOptions options);
  ~LeaderThread() override;
  LeaderThread(const LeaderThread&) = delete;
  LeaderThread& operator=(const LeaderThread&) = delete;
  async::Awaitable<Status> acquire() override;
  async::Awaitable<Status> hold() override;
  async::Awaitable<Status> release() override;
  [[nodiscard]] bool leading() const noexcept override;
  [[nodiscard]] const std::string& identity() const noexcept override;
  [[nodiscard]] Status healthy() const override;

 private:
  struct News;
  struct Worker;
  std::shared_ptr<News> news_;
  std::unique_ptr<Worker> worker_;
};

}  // namespace slipway::runtime
