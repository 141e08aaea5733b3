#include "pkg/kube/detail/auth_transport.h"

#include "pkg/base/strings.h"
#include "pkg/kube/detail/kubeconfig.h"
#include "pkg/kube/detail/token_source.h"

namespace slipway::kube::detail {
namespace {

struct State {
  State(std::shared_ptr<net::Transport> i, async::Clock& c, AuthOptions o)
      : inner(std::move(i)), clock(&c), tokens(c, std::move(o.token), std::move(o.token_file)), as(std::move(o.impersonate)), exec(std::move(o.exec)) {
    if (!o.username.empty()) basic = "Basic " + base64_encode(o.username + ":" + o.password);
  }
  std::shared_ptr<net::Transport> inner;
  async::Clock* clock;
  TokenSource tokens;
  std::string basic;
  Impersonation as;
  std::shared_ptr<ExecPlugin> exec;
};
using StatePtr = std::shared_ptr<State>;

// What a request was signed with, to be judged by its answer.
struct Signed {
  async::TimePoint at;
  ExecCredentialPtr credential;
};

void act_as(const Impersonation& as, net::Headers& headers) {
  if (as.empty()) return;
  headers.set("Impersonate-User", as.user);
  if (!as.uid.empty()) headers.set("Impersonate-Uid", as.uid);
  for (const auto& group : as.groups) headers.add("Impersonate-Group", group);
  for (const auto& [key, values] : as.extra)
    for (const auto& value : values) headers.add("Impersonate-Extra-" + percent_encode(to_lower(key)), value);
}

Awaitable<Status> sign_with_plugin(StatePtr state, net::Request* request, Deadline deadline, Signed* out) {
  const ExecCredentialPtr before = state->exec->current();
  auto credential = co_await state->exec->get(deadline);
  if (!credential) co_return fail(std::move(credential).error());
  out->credential = *credential;
  if (before != *credential) state->inner->refresh();
  if (!(*credential)->token.empty()) request->headers.set("Authorization", "Bearer " + (*credential)->token);
  co_return Status{};
}

Awaitable<Result<Signed>> sign(StatePtr state, net::Request* request, Deadline deadline) {
  Signed out{state->clock->now(), nullptr};
  act_as(state->as, request->headers);
  if (!state->basic.empty()) request->headers.set("Authorization", state->basic);
  if (!state->tokens.empty()) {
    auto token = state->tokens.get();
    if (!token) co_return fail(std::move(token).error());
    request->headers.set("Authorization", "Bearer " + *token);
  }
  if (state->exec) {
    auto done = co_await sign_with_plugin(state, request, deadline, &out);
    if (!done) co_return fail(std::move(done).error());
  }
  co_return out;
}

Awaitable<Result<net::Response>> perform(StatePtr state, net::Request request, Deadline deadline, bool stream) {
  auto sent_with = co_await sign(state, &request, deadline);
  if (!sent_with) co_return fail(std::move(sent_with).error());
  auto pending = stream ? state->inner->open(std::move(request), deadline) : state->inner->send(std::move(request), deadline);
  Result<net::Response> response = co_await std::move(pending);
  if (response && response->status == 401) {
    state->tokens.refused(sent_with->at);
    if (state->exec) state->exec->refused(sent_with->credential);
  }
  co_return response;
}

class AuthTransport final : public net::Transport {
 public:
  explicit AuthTransport(StatePtr state) : state_(std::move(state)) {}
  Awaitable<Result<net::Response>> send(net::Request request, Deadline deadline) override { return perform(state_, std::move(request), deadline, false); }
  Awaitable<Result<net::Response>> open(net::Request request, Deadline deadline) override { return perform(state_, std::move(request), deadline, true); }
  void close() override { state_->inner->close(); }
  void refresh() override { state_->inner->refresh(); }

 private:
  StatePtr state_;
};

Status replace_from(const std::string& file, std::string& pem) {
  if (file.empty()) return {};
  auto text = read_small_file(file);
  if (!text) return fail(std::move(text).error());
  pem = std::move(*text);
  return {};
}

}  // namespace

std::shared_ptr<net::Transport> make_auth_transport(std::shared_ptr<net::Transport> inner, async::Clock& clock, AuthOptions options) {
  return std::make_shared<AuthTransport>(std::make_shared<State>(std::move(inner), clock, std::move(options)));
}

std::shared_ptr<net::Transport> make_auth_transport(std::shared_ptr<net::Transport> inner, async::Clock& clock, std::string token, std::string token_file) {
  AuthOptions options;
  options.token = std::move(token);
  options.token_file = std::move(token_file);
  return make_auth_transport(std::move(inner), clock, std::move(options));
}

net::TlsSource tls_source_of(const ClusterConfig& config, std::shared_ptr<ExecPlugin> exec) {
  if (!exec && config.ca_file.empty() && config.client_cert_file.empty() && config.client_key_file.empty()) return nullptr;
  struct Parts {
    net::TlsIdentity fixed;
    std::string ca_file;
    std::string cert_file;
    std::string key_file;
    std::shared_ptr<ExecPlugin> exec;
  };
  const auto parts = std::make_shared<const Parts>(
      Parts{{config.ca_pem, config.client_cert_pem, config.client_key_pem}, config.ca_file, config.client_cert_file, config.client_key_file, std::move(exec)});
  return [parts]() -> Result<net::TlsIdentity> {
    net::TlsIdentity out = parts->fixed;
    if (Status read = replace_from(parts->ca_file, out.ca_pem); !read) return fail(std::move(read).error());
    if (Status read = replace_from(parts->cert_file, out.cert_pem); !read) return fail(std::move(read).error());
    if (Status read = replace_from(parts->key_file, out.key_pem); !read) return fail(std::move(read).error());
    if (const ExecCredentialPtr credential = parts->exec ? parts->exec->current() : nullptr; credential && !credential->cert_pem.empty()) {
      out.cert_pem = credential->cert_pem;
      out.key_pem = credential->key_pem;
    }
    return out;
  };
}

}  // namespace slipway::kube::detail
