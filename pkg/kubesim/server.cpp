// ApiServer: the parts of a Core behind the public interface, and its listener.
#include "pkg/kubesim/server.h"

#include <chrono>

#include "pkg/kubesim/core.h"
#include "pkg/net/client.h"
#include "pkg/net/pki.h"
#include "pkg/net/server.h"

namespace slipway::kubesim {

struct ApiServer::State {
  State(async::Executor executor, async::Clock& clock, Options options) : core(std::make_shared<Core>(std::move(executor), clock, std::move(options))) {}
  std::shared_ptr<Core> core;
  std::unique_ptr<net::Server> server;
  kube::ClusterConfig admin;
};

namespace {

async::Awaitable<net::Response> as_admin(std::shared_ptr<Core> core, net::Request request) {
  request.peer.certificate_cn = "system:admin";
  request.peer.certificate_o = {"system:masters"};
  return handle(std::move(core), std::move(request));
}

}  // namespace

ApiServer::ApiServer(async::Executor executor, async::Clock& clock, Options options)
    : state_(std::make_shared<State>(std::move(executor), clock, std::move(options))) {}

ApiServer::~ApiServer() = default;

net::Handler ApiServer::handler() {
  return [core = state_->core](net::Request request) { return handle(core, std::move(request)); };
}

std::shared_ptr<kube::Client> ApiServer::local_client(std::string user_agent) {
  auto transport = net::make_memory_transport([core = state_->core](net::Request request) { return as_admin(core, std::move(request)); });
  kube::ClientOptions options;
  options.user_agent = std::move(user_agent);
  return kube::make_client(std::move(transport), state_->core->clock, "memory://" + state_->core->options.name, std::move(options));
}

Result<std::uint16_t> ApiServer::listen(std::uint16_t port) {
  Core& core = *state_->core;
  const auto ca = net::make_ca(core.options.name + " CA");
  if (!ca) return fail(Error(ca.error()).in("making the CA of " + core.options.name));
  net::CertificateRequest serving;
  serving.common_name = "kube-apiserver";
  serving.dns_names = {"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"};
  serving.ip_addresses = {"127.0.0.1"};
  serving.server_auth = true;
  const auto server = net::issue_certificate(*ca, serving);
  if (!server) return fail(Error(server.error()).in("issuing the serving certificate of " + core.options.name));
  net::CertificateRequest client;
  client.common_name = "kubernetes-admin";
  client.organizations = {"system:masters"};
  client.client_auth = true;
  const auto admin = net::issue_certificate(*ca, client);
  if (!admin) return fail(Error(admin.error()).in("issuing the client certificate of " + core.options.name));

  net::ServerOptions options;
  options.port = port;
  options.tls = std::make_unique<net::ServerTls>();
  options.tls->cert_pem = server->cert_pem;
  options.tls->key_pem = server->key_pem;
  options.tls->client_ca_pem = ca->cert_pem;
  auto listening = net::Server::listen(core.executor, core.clock, std::move(options), handler());
  if (!listening) return fail(std::move(listening).error().in("starting the API server " + core.options.name));
  state_->server = std::move(*listening);
  state_->admin.server = "https://127.0.0.1:" + std::to_string(state_->server->port());
  state_->admin.ca_pem = ca->cert_pem;
  state_->admin.client_cert_pem = admin->cert_pem;
  state_->admin.client_key_pem = admin->key_pem;
  return state_->server->port();
}

kube::ClusterConfig ApiServer::admin_config() const { return state_->admin; }
std::string ApiServer::token_for(std::string user, std::vector<std::string> groups) { return state_->core->auth.token_for(user, groups); }

void ApiServer::inject(Fault fault) { state_->core->faults.add(std::move(fault)); }
void ApiServer::clear_faults() { state_->core->faults.clear(); }
void ApiServer::on_request(std::function<void(const RequestRecord&)> hook) { state_->core->hook = std::move(hook); }
std::uint64_t ApiServer::requests() const noexcept { return state_->core->requests; }
void ApiServer::close_watches() { state_->core->watches.break_all(); }
std::size_t ApiServer::open_watches() const noexcept { return state_->core->watches.size(); }

void ApiServer::compact() {
  state_->core->backend.storage().compact();
  state_->core->watches.wake_all();
}

async::Awaitable<void> ApiServer::stop() {
  const auto state = state_;
  state->core->stopped = true;
  state->core->watches.break_all();
  if (state->server) {
    co_await state->server->stop();
    state->server.reset();
  }
  co_await state->core->housekeeper.stop();
}

}  // namespace slipway::kubesim
