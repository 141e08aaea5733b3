#include "cmd/slipway/providers.h"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "pkg/base/strings.h"

namespace slipway::cmd {
namespace {

// CLI11 only says that it did not expect the word.
Status check_subcommand(CLI::App& app, int argc, char** argv) {
  if (argc > 1 && *argv[1] != '\0' && *argv[1] == '-') return {};
  std::vector<std::string> names;
  for (const CLI::App* one : app.get_subcommands({})) names.push_back(one->get_name());
  if (argc > 1 && std::ranges::find(names, argv[1]) != names.end()) return {};
  const std::string unknown = argc > 1 ? "there is no subcommand \"" + shorten(argv[1], 64) + "\"" : "a subcommand is needed";
  return fail(Disposition::Invalid, unknown + "; there are " + join(names, ", ") + " (" + app.get_name() + " --help says what they do)");
}

int run_group(CLI::App& app, int argc, char** argv, std::initializer_list<void (*)(CLI::App&, Action&)> add) {
  Action action;
  app.require_subcommand(1);
  app.fallthrough();
  for (const auto one : add) one(app, action);
  if (Status known = check_subcommand(app, argc, argv); !known) return usage_error(app.get_name(), known.error());
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
