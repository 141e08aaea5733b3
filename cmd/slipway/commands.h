// The operator's command, and what its flags say: wiring only.
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
  std::string components_cache_dir;  // empty: none
  std::string bundle;                // empty: none
  std::string bundle_public_key;     // file; empty: the bundle need not be signed
};
// Returns the process's exit code.
[[nodiscard]] int run_operator(const OperatorFlags& flags);

// The version that the build was configured with.
[[nodiscard]] std::string_view version() noexcept;

// "--key=value" for every entry of a YAML mapping, so that a config file says what flags say, in the same words. Errors: Invalid, naming file and key.
[[nodiscard]] Result<std::vector<std::string>> flags_of_config_file(const std::string& path);

[[nodiscard]] Status configure_logs(const LogFlags& flags);

}  // namespace slipway::cmd
