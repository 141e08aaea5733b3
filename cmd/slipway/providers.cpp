#include "cmd/slipway/providers.h"

#include <CLI/CLI.hpp>

namespace slipway::cmd {
namespace {

int run_group(CLI::App& app, int argc, char** argv, std::initializer_list<void (*)(CLI::App&, Action&)> add) {
  Action action;
  app.require_subcommand(1);
  app.fallthrough();
  for (const auto one : add) one(app, action);
  return run_cli(app, argc, argv, [&action] { return action ? action() : 2; });
}

}  // namespace

int providers_command(int argc, char** argv) {
  CLI::App app("What providers there are, what they could be upgraded to, and how they go.", "slipway providers");
  return run_group(app, argc, argv, {add_providers_list, add_providers_images, add_providers_plan, add_providers_upgrade, add_providers_delete});
}

int bundle_command(int argc, char** argv) {
  CLI::App app("Everything that an installation without a network needs, as one file.", "slipway bundle");
  return run_group(app, argc, argv, {add_bundle_create, add_bundle_show});
}

}  // namespace slipway::cmd
