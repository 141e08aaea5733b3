// The commands of the one binary: wiring only. Each returns the process's exit code.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pkg/base/error.h"

namespace slipway::cmd {

struct LogFlags {
  std::string level = "info";   // debug | info | warn | error
  std::string format = "text";  // text | json
};

struct OperatorFlags {
  LogFlags log;
  std::string kubeconfig;
  std::string context;
  std::string ns;                              // empty: all namespaces
  std::string metrics_bind_address = ":8080";  // "0" switches it off
  std::string health_probe_bind_address = ":8081";
  bool leader_elect = false;
  std::string leader_elect_namespace = "slipway-system";
  std::string leader_elect_lease_duration = "15s";
  std::string leader_elect_renew_deadline = "10s";
  std::string leader_elect_retry_period = "2s";
  std::int64_t max_concurrent_reconciles = 4;
};
[[nodiscard]] int run_operator(const OperatorFlags& flags);

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

// The version that the build was configured with.
[[nodiscard]] std::string_view version() noexcept;

// "--key=value" for every entry of a YAML mapping, so that a config file says what flags say, in the same words. Errors: Invalid, naming file and key.
[[nodiscard]] Result<std::vector<std::string>> flags_of_config_file(const std::string& path);

[[nodiscard]] Status configure_logs(const LogFlags& flags);

}  // namespace slipway::cmd
