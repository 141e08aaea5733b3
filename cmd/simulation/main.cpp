// `slipway demo` and `slipway simulate`: cmd/slipway becomes this program for them. Flags and dispatch only.
#include <csignal>

#include <CLI/CLI.hpp>

#include "cmd/simulation/commands.h"
#include "pkg/simcloud/simcloud.h"

namespace {

using namespace slipway;

void add_log_flags(CLI::App& app, cmd::LogFlags& flags) {
  app.add_option("--log-level", flags.level, "debug, info, warn or error")->capture_default_str();
  app.add_option("--log-format", flags.format, "text or json")->capture_default_str();
}

void add_world(CLI::App& app, cmd::WorldFlags& flags) {
  app.add_option("--speed", flags.speed, "how much faster than the default the simulated latencies pass: a factor, or \"max\" for none at all")
      ->capture_default_str();
  app.add_option("--dir", flags.dir, "folder for kubeconfigs")->capture_default_str();
  app.add_option("--config-dir", flags.config_dir, "the repository's config/ folder; found by itself in a source tree");
  app.add_option("--port", flags.port, "port of the hub's API server; 0 picks a free one")->capture_default_str()->check(CLI::Range(0, 65535));
  std::string names = "make a step fail, to see what a user sees then:";
  for (const auto& [name, what] : simcloud::World::failures()) names.append("\n  ").append(name).append(": ").append(what);
  app.add_option("--fail", flags.fail, names);
  add_log_flags(app, flags.log);
}

void add_servers(CLI::App& app, cmd::WorldFlags& flags) {
  app.add_option("--kubeconfig", flags.kubeconfig, "an API server that shall be the hub, instead of a simulated one; the world's controllers act on all of it")
      ->excludes("--port");
  app.add_option("--bootstrap-kubeconfig", flags.bootstrap_kubeconfig, "an API server that shall be the bootstrap cluster, likewise");
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app("The world of Slipway, simulated: an API server, and controllers that answer as Cluster API, cert-manager and kapp-controller do.", "slipway");
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string(cmd::version()));

  cmd::DemoFlags demo_flags;
  CLI::App* demo_app = app.add_subcommand("demo", "Watch a ManagementClusterRequest go through its whole life, in a simulated world in this process.");
  add_world(*demo_app, demo_flags);
  demo_app->add_flag("--keep", demo_flags.keep, "stay up at the end, so that kubectl can look around, until Ctrl-C");

  cmd::WorldFlags world_flags;
  CLI::App* simulate_app = app.add_subcommand("simulate", "Run only the simulated world: an API server to point an operator and kubectl at.");
  add_world(*simulate_app, world_flags);
  add_servers(*simulate_app, world_flags);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const int code = app.exit(e);
    return code == 0 ? 0 : 2;
  }
  return demo_app->parsed() ? cmd::run_demo(demo_flags) : cmd::run_simulate(world_flags);
}
