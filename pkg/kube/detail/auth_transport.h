// Signs every request: a bearer token (fixed, from a file, from an exec plugin) or a user and password, and whom to act as. Nothing is replayed after a 401:
// the credentials that were refused are replaced before the next request.
#pragma once

#include <memory>
#include <string>

#include "pkg/kube/detail/exec_plugin.h"
#include "pkg/net/client.h"

namespace slipway::kube::detail {

struct AuthOptions {
  std::string token;
  std::string token_file;  // wins over the token
  std::string username;    // with password
  std::string password;
  Impersonation impersonate;
  std::shared_ptr<ExecPlugin> exec;  // its certificates are the transport's matter: it is told to look again
};
// Errors of a request: Unauthorized where there are no credentials to be had, with the reason; the plugin's.
[[nodiscard]] std::shared_ptr<net::Transport> make_auth_transport(std::shared_ptr<net::Transport> inner, async::Clock& clock, AuthOptions options);
[[nodiscard]] std::shared_ptr<net::Transport> make_auth_transport(std::shared_ptr<net::Transport> inner, async::Clock& clock, std::string token,
                                                                  std::string token_file);

// What a TLS client of this cluster trusts and shows: the config's PEMs, or what stands in their files now, or the plugin's certificate. Null where nothing of
// it can change.
[[nodiscard]] net::TlsSource tls_source_of(const ClusterConfig& config, std::shared_ptr<ExecPlugin> exec);

}  // namespace slipway::kube::detail
