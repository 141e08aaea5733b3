// `slipway operator`: the operator on a cluster, until stopped. Probes, metrics, leader election and the order of stopping are the runtime manager's.
#include "controllers/operator.h"

#include <array>
#include <iostream>
#include <unistd.h>

#include "cmd/slipway/commands.h"
#include "cmd/slipway/process.h"
#include "pkg/kube/config.h"
#include "pkg/log/log.h"
#include "pkg/runtime/manager.h"

namespace slipway::cmd {
namespace {

async::Awaitable<void> stop_on_signal(Process* process, runtime::Manager* manager) {
  const auto woken = co_await process->stop.wait(process->clock);
  if (woken) manager->stop();
}

// Leads: works until it is cancelled, then ends in order. A start that fails ends the process, which Kubernetes starts again.
async::Awaitable<void> work(Process* process, runtime::Manager* manager, controllers::Operator* op, std::optional<Error>* failure) {
  auto started = co_await op->start();
  if (started) {
    log::info("operator ready", {{"version", version()}});
    async::Event never(process->io.get_executor());
    const auto cancelled = co_await never.wait(process->clock);
    static_cast<void>(cancelled);
  } else if (!started.error().is(Disposition::Canceled)) {
    *failure = started.error();
    manager->stop();
  }
  co_await op->stop();
}

Status check_addresses(const OperatorFlags& flags) {
  for (const auto& [flag, text] :
       {std::pair{"--metrics-bind-address", flags.metrics_bind_address}, std::pair{"--health-probe-bind-address", flags.health_probe_bind_address}}) {
    if (text == "0" || text.empty()) continue;
    auto parsed = runtime::parse_bind_address(text);
    if (!parsed) return fail(std::move(parsed).error().in(flag));
  }
  return {};
}

struct Connected {
  std::shared_ptr<kube::Client> hub;
  std::shared_ptr<kube::Client> lease;
};

Result<Connected> connect_hub(Process& process, const OperatorFlags& flags) {
  auto config = kube::load_config(flags.kubeconfig, flags.context);
  if (!config) return fail(std::move(config).error());
  Connected out;
  auto hub = kube::connect(process.io.get_executor(), process.clock, *config);
  if (!hub) return fail(std::move(hub).error());
  out.hub = std::move(*hub);
  if (!flags.leader_elect) return out;
  kube::ClientOptions options;
  options.request_timeout = std::chrono::seconds(5);  // half of the renew deadline (client-go leaderelection)
  auto lease = kube::connect(process.io.get_executor(), process.clock, *config, options);
  if (!lease) return fail(std::move(lease).error());
  out.lease = std::move(*lease);
  return out;
}

async::Awaitable<int> operator_main(Process& process, OperatorFlags flags) {
  auto connected = connect_hub(process, flags);
  if (!connected) {
    std::cerr << "slipway operator: " << connected.error().message() << "\n";
    co_return 2;
  }
  runtime::ManagerOptions options;
  options.metrics_address = flags.metrics_bind_address;
  options.health_address = flags.health_probe_bind_address;
  if (flags.leader_elect) {
    runtime::LeaderElectionOptions election;
    election.name = "slipway";
    election.ns = flags.leader_elect_namespace;
    options.leader_election = election;
    options.lease_client = connected->lease;
  }
  runtime::Manager manager(process.io.get_executor(), process.clock, options);
  controllers::OperatorOptions operator_options;
  operator_options.version = version();
  operator_options.ns = flags.ns;
  operator_options.max_concurrent = static_cast<std::size_t>(flags.max_concurrent_reconciles);
  controllers::Operator op(process.io.get_executor(), process.clock, connected->hub, operator_options);
  std::optional<Error> failure;
  manager.add_task("signals", [&] { return stop_on_signal(&process, &manager); });
  manager.add_leader_task("operator", [&] { return work(&process, &manager, &op, &failure); });
  // A standby is ready: it serves its purpose, and a rollout must not wait for it to lead.
  manager.health().add_ready("operator", [&]() -> Status {
    if (!manager.leading() || op.ready()) return {};
    return fail(Disposition::Transient, "the caches are not filled yet");
  });
  manager.health().before_scrape([&] { op.refresh_metrics(); });
  log::info("operator starting", {{"version", version()}, {"server", connected->hub->server()}, {"leaderElection", flags.leader_elect}});
  auto ran = co_await manager.run();
  connected->hub->close();
  if (connected->lease) connected->lease->close();
  const Error* error = failure ? &*failure : ran ? nullptr : &ran.error();
  if (error != nullptr) {
    log::error("operator failed", {{"error", error->message()}});
    co_return 1;
  }
  log::info("operator stopped");
  co_return 0;
}

}  // namespace

int run_operator(const OperatorFlags& flags) {
  Status usable = configure_logs(flags.log);
  if (usable) usable = check_addresses(flags);
  if (!usable) {
    std::cerr << "slipway operator: " << usable.error().message() << "\n";
    return 2;
  }
  Process process;
  return process.run(operator_main(process, flags));
}

}  // namespace slipway::cmd
