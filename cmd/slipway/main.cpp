// The operator, and the way to the simulated world, which is a program of its own: what runs for months carries no simulator. Flags and dispatch only.
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "cmd/slipway/cli.h"
#include "cmd/slipway/commands.h"

namespace {

using namespace slipway;

void add_log_flags(CLI::App& app, cmd::LogFlags& flags) {
  app.add_option("--log-level", flags.level, "debug, info, warn or error")->capture_default_str();
  app.add_option("--log-format", flags.format, "text or json")->capture_default_str();
}

void add_operator(CLI::App& app, cmd::OperatorFlags& flags, std::string& config) {
  app.add_option("--config", config, "YAML file that says the same as these flags: \"metrics-bind-address: :9090\"; the command line wins");
  app.add_option("--kubeconfig", flags.kubeconfig, "the cluster that holds the custom resources; default: $KUBECONFIG, then in-cluster, then ~/.kube/config");
  app.add_option("--context", flags.context, "context of the kubeconfig");
  app.add_option("--namespace", flags.ns, "watch this namespace only; default: all");
  app.add_option("--metrics-bind-address", flags.metrics_bind_address, "host:port of /metrics; 0 switches it off")->capture_default_str();
  app.add_option("--health-probe-bind-address", flags.health_probe_bind_address, "host:port of /healthz and /readyz; 0 switches it off")->capture_default_str();
  app.add_flag("--leader-elect{true}", flags.leader_elect, "take part in leader election: one replica works, the others stand by");
  app.add_option("--leader-elect-namespace", flags.leader_elect_namespace, "namespace of the Lease")->capture_default_str();
  app.add_option("--leader-elect-lease-duration", flags.leader_elect_lease_duration, "how long a standby waits after the last renewal that it saw")
      ->capture_default_str();
  app.add_option("--leader-elect-renew-deadline", flags.leader_elect_renew_deadline, "how long a leader tries to renew before it steps down")
      ->capture_default_str();
  app.add_option("--leader-elect-retry-period", flags.leader_elect_retry_period, "between two tries to win or to renew")->capture_default_str();
  app.add_option("--max-concurrent-reconciles", flags.max_concurrent_reconciles, "of each kind")->capture_default_str()->check(CLI::Range(1, 100));
  app.add_option("--components-cache-dir", flags.components_cache_dir,
                 "folder that keeps what was fetched, so that a restart needs no network; made where it is not there; default: none");
  app.add_option("--bundle", flags.bundle, "bundle file that components come from instead of the network");
  app.add_option("--bundle-public-key", flags.bundle_public_key, "file with the public key (PEM) that the bundle must be signed with")->needs("--bundle");
  add_log_flags(app, flags.log);
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  for (CLI::Option* option : app.get_options()) option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

// The config file's entries go before the command line's, where the last one wins.
bool with_config_file(std::vector<std::string>& args) {
  for (std::size_t i = 0; i < args.size(); ++i) {
    std::string path;
    if (args[i] == "--config" && i + 1 < args.size()) path = args[i + 1];
    if (args[i].starts_with("--config=")) path = args[i].substr(9);
    if (path.empty()) continue;
    auto flags = cmd::flags_of_config_file(path);
    if (!flags) {
      std::cerr << "slipway: " << flags.error().message() << "\n";
      return false;
    }
    args.insert(args.begin() + 1, flags->begin(), flags->end());
    return true;
  }
  return true;
}

// Commands that end, each with a command line of its own: the operator builds none of them.
struct Command {
  const char* name;
  const char* help;
  int (*run)(int argc, char** argv);
};
constexpr Command kCommands[] = {
    {"init", "Install Cluster API providers, as clusterctl init does.", &cmd::init_command},
    {"providers", "List, plan, upgrade and delete providers; list their images.", &cmd::providers_command},
    {"move", "Move Cluster API objects to another management cluster, as clusterctl move does; resumable and verified.", &cmd::move_command},
    {"bundle", "Make and show files for installations without a network.", &cmd::bundle_command},
};

// Becomes slipway-simulation, beside this program; returns only where that fails.
int simulation(char** argv) {
  std::error_code ec;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", ec);
  const std::string program = self.parent_path() / "slipway-simulation";
  ::execv(program.c_str(), argv);
  std::cerr << "slipway " << argv[1] << ": " << program << ": " << std::strerror(errno)
            << "; the simulated world is a program of its own, which is not installed with the operator\n";
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  if (argc > 1 && (std::strcmp(argv[1], "demo") == 0 || std::strcmp(argv[1], "simulate") == 0)) return simulation(argv);
  for (const Command& command : kCommands)
    if (argc > 1 && std::strcmp(argv[1], command.name) == 0) return command.run(argc - 1, argv + 1);
  CLI::App app("Slipway raises Cluster API management clusters, and the workload clusters under them, from two custom resources.", "slipway");
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string(cmd::version()));

  cmd::OperatorFlags operator_flags;
  std::string config;
  CLI::App* operator_app = app.add_subcommand("operator", "Run the operator: reconcile ManagementClusterRequests and WorkloadClusters until stopped.");
  add_operator(*operator_app, operator_flags, config);

  for (const Command& command : kCommands) app.add_subcommand(command.name, command.help);
  app.add_subcommand("demo", "Watch a ManagementClusterRequest go through its whole life, in a simulated world.");
  app.add_subcommand("simulate", "Run only the simulated world: an API server to point an operator and kubectl at.");

  std::vector<std::string> args(argv + 1, argv + argc);
  if (!args.empty() && args.front() == "operator" && !with_config_file(args)) return 2;
  try {
    std::vector<std::string> reversed(args.rbegin(), args.rend());  // CLI11 takes them from the back
    app.parse(std::move(reversed));
  } catch (const CLI::ParseError& e) {
    const int code = app.exit(e);
    return code == 0 ? 0 : 2;
  }
  if (operator_app->parsed()) return cmd::run_operator(operator_flags);
  return 2;
}
