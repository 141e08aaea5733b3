// Runs the parts of an operator and stops them in the right order (controller-runtime pkg/manager/internal.go).
//
// Start: health and metrics servers; caches; tasks; the wait for the lease, where leader election is on; and when it is won and every cache is in sync,
// controllers and leader tasks. Caches and the controllers' queues fill before the lease is won. A cache that is not in sync in time ends run().
// Stop: tasks; controllers and leader tasks (reconciles in flight end); caches; servers; then the lease is given away, never before its workers have ended;
// then the last Events are sent. Where the lease is lost, on_lost() is called and reconciles in flight are cancelled instead of waited for: nothing may be
// written any more. Errors of run(): Transient (an address is in use), Invalid (options), Terminal (the lease was lost: the process should end), Timeout (a
// cache, with its kind and the reason; or stopping took longer than the grace: the log names what was still running). Checks: "informer-sync" (ready),
// "leader-election" and "event-loop" (live). Thread: the loop's only. Cancellation of run() is the same as stop().
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "pkg/async/task_group.h"
#include "pkg/runtime/cache.h"
#include "pkg/runtime/controller.h"
#include "pkg/runtime/events.h"
#include "pkg/runtime/health.h"
#include "pkg/runtime/leader_election.h"

namespace slipway::runtime {

struct ManagerOptions {
  std::string metrics_address = ":8080";  // host:port; "0" or empty: none
  std::string health_address = ":8081";   // the same; equal to metrics_address: one server for both
  std::optional<LeaderElectionOptions> leader_election;
  // With leader_election one of the two. Makes the lease's client on the thread that the election then has for itself (leader_thread.h); or a client on this
  // loop, for tests.
  std::function<Result<std::shared_ptr<kube::Client>>(async::Executor, async::Clock&)> lease_connect;
  std::shared_ptr<kube::Client> lease_client;
  std::chrono::seconds cache_sync_timeout{120};
  std::chrono::seconds grace{30};    // of stopping; negative: no limit
  std::function<void()> on_lost;     // the lease is gone: stop writing
  std::function<void()> on_overrun;  // the grace has passed: who calls std::_Exit here does not wait for what is stuck
};

class Manager {
 public:
  using Task = std::function<async::Awaitable<void>()>;  // calls a named coroutine; ends when cancelled

  Manager(async::Executor executor, async::Clock& clock, ManagerOptions options);
  ~Manager();
  // All before run().
  void add(std::shared_ptr<ClusterCache> cache);      // also a readiness check: its informers are in sync
  void add(std::shared_ptr<Controller> controller);   // leader only
  void add(std::shared_ptr<EventRecorder> events);    // outlives the controllers
  void add_task(std::string name, Task task);         // always
  void add_leader_task(std::string name, Task task);  // leader only
  [[nodiscard]] Health& health() noexcept;

  async::Awaitable<Status> run();  // until stop() or cancellation. A clean stop is a success
  void stop();
  // True where there is no leader election. By the time of this call: a write gate asks here.
  [[nodiscard]] bool leading() const noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// "host:port", ":port", "[::1]:port" -> address and port; ":8080" is all addresses. Errors: Invalid, naming the text.
struct BindAddress {
  std::string address;
  std::uint16_t port = 0;
};
[[nodiscard]] Result<BindAddress> parse_bind_address(std::string_view text);

}  // namespace slipway::runtime
