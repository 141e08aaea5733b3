// The driver of lease_fsm.h: at most one of several candidates leads.
//
// Flow: acquire(), then do the work while hold() runs; when hold() returns, stop writing at once; release() when all work has ended.
// Guarantees: leading() turns false at the renew deadline even while a request hangs, before another candidate can win. Use a client of its own (its requests
// must not queue behind others'), with a request timeout of at most half of the renew deadline (request_timeout()).
// A loop that is busy with other things renews late: LeaderThread (leader_thread.h) runs this on a loop of its own.
// Metrics: leader_election_master_status{name}, leader_election_slowpath_total{name}. Thread: the loop's only.
#pragma once

#include <memory>
#include <string>

#include "pkg/kube/client.h"
#include "pkg/runtime/leadership.h"
#include "pkg/runtime/lease_fsm.h"

namespace slipway::runtime {

class LeaderElector final : public Leadership {
 public:
  LeaderElector(std::shared_ptr<kube::Client> client, async::Executor executor, LeaderElectionOptions options, std::shared_ptr<LeaseTerm> term = nullptr);
  ~LeaderElector() override;
  async::Awaitable<Status> acquire() override;
  async::Awaitable<Status> hold() override;
  async::Awaitable<Status> release() override;
  [[nodiscard]] bool leading() const noexcept override;
  [[nodiscard]] const std::string& identity() const noexcept override;
  [[nodiscard]] Status healthy() const override;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// "<hostname>_<uuid>"
[[nodiscard]] std::string default_identity();
// For the lease's client: half of the renew deadline, at least a second (client-go leaderelection).
[[nodiscard]] std::chrono::seconds request_timeout(const LeaderElectionOptions& options) noexcept;

}  // namespace slipway::runtime
