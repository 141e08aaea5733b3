// The subcommands of `slipway providers` and `slipway bundle`: each adds its flags, and says what it does when it was named.
#pragma once

#include "cmd/slipway/cli.h"

namespace slipway::cmd {

void add_providers_list(CLI::App& parent, Action& action);
void add_providers_images(CLI::App& parent, Action& action);
void add_providers_plan(CLI::App& parent, Action& action);
void add_providers_upgrade(CLI::App& parent, Action& action);
void add_providers_delete(CLI::App& parent, Action& action);

void add_bundle_create(CLI::App& parent, Action& action);
void add_bundle_show(CLI::App& parent, Action& action);

}  // namespace slipway::cmd
