// Where a cluster is and how to sign in: kubeconfig files and Secrets, and the in-cluster service account. All forms but auth-provider, which Kubernetes has
// removed, and insecure-skip-tls-verify: a server is always verified. What is refused is refused with a sentence that names the field.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pkg/kube/client.h"

namespace slipway::kube {

// A program that hands out credentials (KEP-541, client.authentication.k8s.io). It runs as we do, with our environment and `env`.
struct ExecConfig {
  std::string api_version;  // client.authentication.k8s.io/v1 or v1beta1
  std::string command;      // absolute, or a name that is looked up in $PATH
  std::vector<std::string> args;
  std::map<std::string, std::string> env;
  std::string install_hint;
  bool provide_cluster_info = false;
  std::string interactive_mode;   // Never or IfAvailable; Always is refused when it is needed: nobody sits at a terminal here
  json::Value cluster_extension;  // the cluster's "client.authentication.k8s.io/exec", handed on
};

// Requests are made as somebody else: the one who signs in must be allowed to.
struct Impersonation {
  std::string user;
  std::string uid;
  std::vector<std::string> groups;
  std::map<std::string, std::vector<std::string>> extra;
  [[nodiscard]] bool empty() const noexcept { return user.empty() && uid.empty() && groups.empty() && extra.empty(); }
};

struct ClusterConfig {
  std::string server;           // https://host:port[/prefix]
  std::string ca_pem;           // empty: the system's roots
  std::string client_cert_pem;  // with client_key_pem
  std::string client_key_pem;
  std::string token;
  std::string token_file;  // re-read at most every 50 s (client-go: 60 s less 10 s leeway)
  std::string tls_server_name;
  std::string default_namespace;
  // Where the three PEMs came from files: read again before every handshake and every five minutes, so that they may be replaced.
  std::string ca_file;
  std::string client_cert_file;
  std::string client_key_file;
  std::string username;  // with password
  std::string password;
  std::string proxy_url;  // http://[user:password@]host:port; empty: what HTTPS_PROXY and NO_PROXY say
  Impersonation impersonate;
  std::optional<ExecConfig> exec;
};

// `source` names the input in errors ("Secret tkg-system/boot-kubeconfig", "/home/x/.kube/config"). base_dir resolves relative paths;
// empty refuses file references and exec (a kubeconfig from a Secret may not read this machine's files, nor run its programs). Size cap 1 MiB. Errors: Invalid.
[[nodiscard]] Result<ClusterConfig> parse_kubeconfig(std::string_view yaml, std::string_view source, std::string_view base_dir, std::string_view context = {});
// --kubeconfig, then $KUBECONFIG, then in-cluster, then ~/.kube/config (controller-runtime's order).
[[nodiscard]] Result<ClusterConfig> load_config(std::string_view kubeconfig_flag, std::string_view context = {});
// Without exec, which is a matter of the machine that it came from.
[[nodiscard]] std::string write_kubeconfig(const ClusterConfig& config, std::string_view cluster_name);

// A client over TLS, with retries and a circuit breaker (client.h). Errors: Invalid (bad server URL, bad proxy, bad PEM).
[[nodiscard]] Result<std::shared_ptr<Client>> connect(async::Executor executor, async::Clock& clock, const ClusterConfig& config, ClientOptions options = {});

}  // namespace slipway::kube
