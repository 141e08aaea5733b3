// Runs the parts of an operator and stops them in the right order.
//
// Flow of run(): health and metrics servers; caches; tasks; then, where leader election is on, the wait for the lease; then controllers and leader tasks. On
// stop, or when the lease is lost: controllers and leader tasks (reconciles in flight end), tasks, caches, then the lease is given away, the last Events are
// sent, and the servers go last, so that probes see us to the end. (Order: controller-runtime pkg/manager/internal.go; the lease is never released before its
// workers.) Where the lease is lost, reconciles in flight are cancelled instead of waited for: nothing may be written any more. Errors of run(): Transient (an
// address is in use), Invalid (options), Terminal (the lease was lost: the process should end), Timeout (stopping took longer than the grace: the log names
// what was still running). Thread: the loop's only. Cancellation of run() is the same as stop().
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
  std::shared_ptr<kube::Client> lease_client;  // its own, with leader_election
  std::chrono::seconds grace{30};
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
  [[nodiscard]] bool leading() const noexcept;  // true where there is no leader election

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
