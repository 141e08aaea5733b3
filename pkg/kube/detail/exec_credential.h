// What is said between a client and an exec plugin (client.authentication.k8s.io/v1 and v1beta1), without running one. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pkg/kube/config.h"

namespace slipway::kube::detail {

struct ExecCredential {
  std::string token;     // secret
  std::string cert_pem;  // with key_pem
  std::string key_pem;   // secret
  std::optional<WallTime> expires;
};

[[nodiscard]] bool is_exec_version(std::string_view api_version) noexcept;
// The value of KUBERNETES_EXEC_INFO: an ExecCredential with its spec; with the cluster where the plugin wants to know it.
[[nodiscard]] std::string exec_info(const ExecConfig& exec, const ClusterConfig& cluster);
// What the plugin wrote. Errors: Unauthorized, without a word of what it wrote.
[[nodiscard]] Result<ExecCredential> parse_exec_credential(std::string_view text, const ExecConfig& exec);

}  // namespace slipway::kube::detail
