// `slipway operator`: the operator on a cluster, until stopped. Probes, metrics, leader election and the order of stopping are the runtime manager's.
#include "controllers/operator.h"

#include <array>
#include <cstdlib>
#include <iostream>
#include <tuple>
#include <unistd.h>

#include "cmd/slipway/commands.h"
#include "cmd/slipway/process.h"
#include "pkg/base/strings.h"
#include "pkg/base/time.h"
#include "pkg/kube/config.h"
#include "pkg/log/log.h"
#include "pkg/providers/sources/files.h"
#include "pkg/runtime/manager.h"
#include "pkg/runtime/write_gate.h"

namespace slipway::cmd {
namespace {

async::Awaitable<void> stop_on_signal(Process* process, runtime::Manager* manager) {
  const auto woken = co_await process->stop.wait(process->clock);
  if (!woken) co_return;
  log::info("operator stopping");
  manager->stop();
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

// Fills the caches, before the lease is won too.
async::Awaitable<void> warm_up(controllers::Operator* op) {
  op->prepare();
  co_return;
}

// Lease durations are whole seconds on the wire.
Result<std::chrono::seconds> seconds_of(std::string_view flag, const std::string& text) {
  const auto parsed = parse_duration(text);
  if (!parsed || *parsed % std::chrono::seconds(1) != std::chrono::milliseconds(0))
    return fail(Disposition::Invalid, std::string(flag) + ": must be a duration in whole seconds, such as 15s, not \"" + text + "\"");
  return std::chrono::duration_cast<std::chrono::seconds>(*parsed);
}

Result<runtime::LeaderElectionOptions> election_of(const OperatorFlags& flags) {
  runtime::LeaderElectionOptions out;
  out.name = "slipway";
  out.ns = flags.leader_elect_namespace;
  for (const auto& [flag, text, field] : {std::tuple{"--leader-elect-lease-duration", &flags.leader_elect_lease_duration, &out.lease_duration},
                                          std::tuple{"--leader-elect-renew-deadline", &flags.leader_elect_renew_deadline, &out.renew_deadline},
                                          std::tuple{"--leader-elect-retry-period", &flags.leader_elect_retry_period, &out.retry_period}}) {
    auto parsed = seconds_of(flag, *text);
    if (!parsed) return fail(std::move(parsed).error());
    *field = *parsed;
  }
  if (Status valid = runtime::validate(out); !valid) return fail(std::move(valid).error());
  return out;
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

// Errors of both: Invalid. The lease's client lives on the election's own thread, with its own connection.
Result<std::shared_ptr<kube::Client>> connect_hub(async::Executor executor, async::Clock& clock, const kube::ClusterConfig& config) {
  kube::ClientOptions options;
  options.user_agent = "slipway/" + std::string(version());
  return kube::connect(std::move(executor), clock, config, options);
}

Result<std::shared_ptr<kube::Client>> connect_lease(async::Executor executor, async::Clock& clock, const kube::ClusterConfig& config,
                                                    const runtime::LeaderElectionOptions& election) {
  kube::ClientOptions options;
  options.user_agent = "slipway/" + std::string(version()) + " leader-election";
  options.request_timeout = runtime::request_timeout(election);
  return kube::connect(std::move(executor), clock, config, options);
}

constexpr std::size_t kMaxKeyBytes = 64UL << 10U;

// Where components come from besides the network. Errors: Invalid, NotFound, naming flag and file.
Status open_stores(const OperatorFlags& flags, controllers::OperatorOptions& options) {
  if (!flags.components_cache_dir.empty()) {
    auto cache = providers::ContentCache::open(flags.components_cache_dir);
    if (!cache) return fail(std::move(cache).error().in("--components-cache-dir"));
    options.components_cache = std::move(*cache);
  }
  if (flags.bundle.empty()) return {};
  std::string key;
  if (!flags.bundle_public_key.empty()) {
    auto read = providers::read_file(flags.bundle_public_key, kMaxKeyBytes);
    if (!read) return fail(std::move(read).error().in("--bundle-public-key"));
    if (trim(*read).empty()) return fail(Disposition::Invalid, "--bundle-public-key: " + flags.bundle_public_key + " is empty");
    key = std::move(*read);
  }
  auto bundle = providers::open_bundle(flags.bundle, key);
  if (!bundle) return fail(std::move(bundle).error().in("--bundle"));
  options.bundle = std::move(*bundle);
  return {};
}

int refuse(const Error& error) {
  std::cerr << "slipway operator: " << error.message() << "\n";
  return 2;
}

async::Awaitable<int> operator_main(Process& process, OperatorFlags flags) {
  const async::Executor executor = process.io.get_executor();
  auto config = kube::load_config(flags.kubeconfig, flags.context);
  if (!config) co_return refuse(config.error());
  auto election = election_of(flags);
  if (!election) co_return refuse(election.error());
  auto hub = connect_hub(executor, process.clock, *config);
  if (!hub) co_return refuse(hub.error());

  runtime::Manager* leader = nullptr;
  runtime::WriteGate gate(executor, process.clock, [&leader] { return leader != nullptr && leader->leading(); });
  controllers::OperatorOptions operator_options;
  operator_options.version = version();
  operator_options.ns = flags.ns;
  operator_options.max_concurrent = static_cast<std::size_t>(flags.max_concurrent_reconciles);
  operator_options.client_factory = [&](const kube::ClusterConfig& cluster) -> Result<std::shared_ptr<kube::Client>> {
    auto client = connect_hub(executor, process.clock, cluster);
    if (!client) return client;
    return gate.guard(std::move(*client));
  };
  if (Status stores = open_stores(flags, operator_options); !stores) co_return refuse(stores.error());
  controllers::Operator op(executor, process.clock, gate.guard(*hub), operator_options);

  runtime::ManagerOptions options;
  options.metrics_address = flags.metrics_bind_address;
  options.health_address = flags.health_probe_bind_address;
  if (flags.leader_elect) {
    options.leader_election = *election;
    options.lease_connect = [c = *config, e = *election](async::Executor thread, async::Clock& clock) { return connect_lease(std::move(thread), clock, c, e); };
  }
  options.on_lost = [&] {
    gate.close();
    op.abandon();
  };
  options.on_overrun = [] { std::_Exit(1); };
  runtime::Manager manager(executor, process.clock, options);
  leader = &manager;
  if (flags.leader_elect) manager.add(std::make_shared<runtime::EventRecorder>(*hub, executor));
  manager.add_task("operator sources", [&] { return warm_up(&op); });
  std::optional<Error> failure;
  manager.add_task("signals", [&] { return stop_on_signal(&process, &manager); });
  manager.add_leader_task("operator", [&] { return work(&process, &manager, &op, &failure); });
  // A standby is ready as soon as its caches are: a rollout must not wait for it to lead.
  manager.health().add_ready("operator", [&]() -> Status {
    if (op.ready()) return {};
    return fail(Disposition::Transient, "the caches are not filled yet");
  });
  manager.health().add_live("file-descriptors", runtime::descriptors_left);
  manager.health().before_scrape([&] { op.refresh_metrics(); });
  log::info("operator starting", {{"version", version()}, {"server", (*hub)->server()}, {"leaderElection", flags.leader_elect}});
  auto ran = co_await manager.run();
  co_await op.stop();
  (*hub)->close();
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
