// The driver of lease_fsm.h: at most one of several candidates leads.
//
// Flow: acquire(), then do the work while hold() runs; when hold() returns, stop writing at once; release() when all work has ended.
// Guarantees: leading() turns false at the renew deadline even while a request hangs, before another candidate can win. Use a client of its own (its requests
// must not queue behind others'), with a request timeout of at most half of the renew deadline.
// Metrics: leader_election_master_status{name}. Thread: the loop's only (own thread and loop: not yet). Cancellation: acquire() and hold() return Canceled.
#pragma once

#include <memory>
#include <string>

#include "pkg/kube/client.h"
#include "pkg/runtime/lease_fsm.h"

namespace slipway::runtime {

class LeaderElector {
 public:
  LeaderElector(std::shared_ptr<kube::Client> client, async::Executor executor, LeaderElectionOptions options);
  ~LeaderElector();
  async::Awaitable<Status> acquire();  // until we lead. Errors: Invalid (options), Canceled
  async::Awaitable<Status> hold();     // renews; returns when the lease is lost. Errors: Terminal (lost), Canceled
  // Gives the lease away, so that the next leader need not wait. Only after every worker has stopped. Errors: the client's; Conflict where another holds it.
  async::Awaitable<Status> release();
  [[nodiscard]] bool leading() const noexcept;
  [[nodiscard]] const std::string& identity() const noexcept;
  // For health checks: fails where we lead by our own belief although the lease must have run out (a stuck loop).
  [[nodiscard]] Status healthy() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace slipway::runtime
