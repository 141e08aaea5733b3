// From a config to a client: the transport with its credentials.
#include "pkg/kube/config.h"
#include "pkg/kube/detail/auth_transport.h"
#include "pkg/net/client.h"
#include "pkg/net/proxy.h"

namespace slipway::kube {

Result<std::shared_ptr<Client>> connect(async::Executor executor, async::Clock& clock, const ClusterConfig& config, ClientOptions options) {
  std::shared_ptr<detail::ExecPlugin> exec;
  if (config.exec) {
    detail::RunProgram run = [executor, c = &clock](proc::Command command) { return proc::run(executor, *c, std::move(command)); };
    exec = std::make_shared<detail::ExecPlugin>(std::move(run), clock, config);
  }
  net::TransportOptions transport_options;
  transport_options.url = config.server;
  transport_options.ca_pem = config.ca_pem;
  transport_options.client_cert_pem = config.client_cert_pem;
  transport_options.client_key_pem = config.client_key_pem;
  transport_options.tls_source = detail::tls_source_of(config, exec);
  transport_options.tls_server_name = config.tls_server_name;
  transport_options.proxy = config.proxy_url.empty() ? net::proxy_from_environment(config.server) : config.proxy_url;
  auto transport = net::make_transport(std::move(executor), clock, std::move(transport_options));
  if (!transport) return fail(std::move(transport).error().in("connecting to " + config.server));
  std::shared_ptr<net::Transport> way = std::move(*transport);
  detail::AuthOptions login;
  login.token = config.token;
  login.token_file = config.token_file;
  login.username = config.username;
  login.password = config.password;
  login.impersonate = config.impersonate;
  login.exec = std::move(exec);
  const bool signs = !login.token.empty() || !login.token_file.empty() || !login.username.empty() || !login.impersonate.empty() || login.exec;
  if (signs) way = detail::make_auth_transport(std::move(way), clock, std::move(login));
  if (!options.breaker) options.breaker = true;
  return make_client(std::move(way), clock, config.server, std::move(options));
}

}  // namespace slipway::kube
