// A kubeconfig as read, before a context is chosen; several of them when $KUBECONFIG is a list. Fields: client-go tools/clientcmd/api/v1/types.go.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pkg/kube/config.h"

namespace slipway::kube::detail {

inline constexpr std::size_t kMaxConfigFile = 1UL << 20U;  // of kubeconfigs, certificates and tokens

struct KubeconfigFile {
  json::Value document;
  std::string source;    // for messages
  std::string base_dir;  // relative paths start here; empty: files may not be named at all
};

// Errors: Invalid.
[[nodiscard]] Result<KubeconfigFile> parse_file(std::string_view yaml, std::string_view source, std::string_view base_dir);
// The chosen context, or the first current-context of the files. An entry that several files have is the first file's. Errors: Invalid, naming file, field and
// fix.
[[nodiscard]] Result<ClusterConfig> resolve(std::span<const KubeconfigFile> files, std::string_view context);

// A regular file of at most kMaxConfigFile bytes. Errors: NotFound, Invalid; never its content.
[[nodiscard]] Result<std::string> read_small_file(const std::string& path);
// A bearer token as HTTP can carry it: white space cut off both ends. Errors: Invalid where nothing is left or a character is not allowed.
[[nodiscard]] Result<std::string> clean_token(std::string_view text, std::string_view source);

// The service account that Kubernetes mounts into every pod; `directory` holds token, ca.crt and namespace.
[[nodiscard]] Result<ClusterConfig> in_cluster_config(std::string_view host, std::string_view port, const std::string& directory);
inline constexpr const char* kServiceAccountDirectory = "/var/run/secrets/kubernetes.io/serviceaccount";

}  // namespace slipway::kube::detail
