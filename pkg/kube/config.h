// Where a cluster is and how to sign in: kubeconfig files and Secrets, and the in-cluster service account. This issue: certificates,
// tokens, tokenFile; tls-server-name; everything else is refused with a sentence that names the field.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "pkg/kube/client.h"

namespace slipway::kube {

struct ClusterConfig {
  std::string server;           // https://host:port[/prefix]
  std::string ca_pem;           // empty: the system's roots
  std::string client_cert_pem;  // with client_key_pem
  std::string client_key_pem;
  std::string token;
  std::string token_file;  // re-read at most every 50 s (client-go: 60 s less 10 s leeway)
  std::string tls_server_name;
  std::string default_namespace;
};

// `source` names the input in errors ("Secret tkg-system/boot-kubeconfig", "/home/x/.kube/config"). base_dir resolves relative paths;
// empty refuses file references (a kubeconfig from a Secret may not read this machine's files). Size cap 1 MiB. Errors: Invalid.
[[nodiscard]] Result<ClusterConfig> parse_kubeconfig(std::string_view yaml, std::string_view source, std::string_view base_dir, std::string_view context = {});
// --kubeconfig, then $KUBECONFIG, then in-cluster, then ~/.kube/config (controller-runtime's order).
[[nodiscard]] Result<ClusterConfig> load_config(std::string_view kubeconfig_flag, std::string_view context = {});
[[nodiscard]] std::string write_kubeconfig(const ClusterConfig& config, std::string_view cluster_name);

// A client over TLS. Errors: Invalid (bad server URL, bad PEM).
[[nodiscard]] Result<std::shared_ptr<Client>> connect(async::Executor executor, async::Clock& clock, const ClusterConfig& config, ClientOptions options = {});

}  // namespace slipway::kube
