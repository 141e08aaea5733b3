// The commands of the simulated world: wiring only. Each returns the process's exit code.
#pragma once

#include <cstdint>
#include <string>

#include "cmd/slipway/commands.h"

namespace slipway::cmd {

struct WorldFlags {
  LogFlags log{.level = "error", .format = "text"};
  std::string speed = "1";  // a factor, or "max"
  std::string dir = "slipway-demo";
  std::string config_dir;  // empty: beside the binary's source tree, or /usr/share/slipway/config
  std::string fail;
  std::int64_t port = 0;
  std::string kubeconfig;            // of an API server to be the hub; empty: one of the world's own
  std::string bootstrap_kubeconfig;  // of one to be the bootstrap cluster; empty: likewise
};
struct DemoFlags : WorldFlags {
  bool keep = false;
};
[[nodiscard]] int run_simulate(const WorldFlags& flags);
[[nodiscard]] int run_demo(const DemoFlags& flags);

}  // namespace slipway::cmd
