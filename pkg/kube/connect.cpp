#include "pkg/base/strings.h"
#include "pkg/kube/config.h"
#include "pkg/kube/detail/auth_transport.h"
#include "pkg/kube/detail/kubeconfig.h"
#include "pkg/net/client.h"

namespace slipway::kube {
namespace detail {
namespace {

constexpr std::chrono::seconds kReread{50};  // client-go: 60 s less 10 s of leeway

class AuthTransport final : public net::Transport {
 public:
  AuthTransport(std::shared_ptr<net::Transport> inner, async::Clock& clock, std::string token, std::string file)
      : inner_(std::move(inner)), clock_(clock), token_(std::move(token)), file_(std::move(file)) {}

  Awaitable<Result<net::Response>> send(net::Request request, Deadline deadline) override {
    if (Status ok = sign(request); !ok) co_return fail(std::move(ok).error());
    Result<net::Response> response = co_await inner_->send(std::move(request), deadline);
    look_at(response);
    co_return response;
  }

  Awaitable<Result<net::Response>> open(net::Request request, Deadline headers_deadline) override {
    if (Status ok = sign(request); !ok) co_return fail(std::move(ok).error());
    Result<net::Response> response = co_await inner_->open(std::move(request), headers_deadline);
    look_at(response);
    co_return response;
  }

  void close() override { inner_->close(); }

 private:
  Status sign(net::Request& request) {
    if (!file_.empty() && (!fresh_ || clock_.now() - read_at_ >= kReread)) {
      Status read = reread();
      if (!read && token_.empty()) return read;
    }
    request.headers.set("Authorization", "Bearer " + token_);
    return {};
  }

  Status reread() {
    auto text = read_small_file(file_);
    if (!text) return fail(Disposition::Unauthorized, "no token to sign in with: " + text.error().message());
    auto token = clean_token(*text, file_);
    if (!token) return fail(Disposition::Unauthorized, "no token to sign in with: " + token.error().message());
    token_ = std::move(*token);
    read_at_ = clock_.now();
    fresh_ = true;
    return {};
  }

  void look_at(const Result<net::Response>& response) noexcept {
    if (response && response->status == 401) fresh_ = false;
  }

  std::shared_ptr<net::Transport> inner_;
  async::Clock& clock_;
  std::string token_;
  std::string file_;
  async::TimePoint read_at_{};
  bool fresh_ = false;
};

}  // namespace

std::shared_ptr<net::Transport> make_auth_transport(std::shared_ptr<net::Transport> inner, async::Clock& clock, std::string token, std::string token_file) {
  return std::make_shared<AuthTransport>(std::move(inner), clock, std::move(token), std::move(token_file));
}

}  // namespace detail

Result<std::shared_ptr<Client>> connect(async::Executor executor, async::Clock& clock, const ClusterConfig& config, ClientOptions options) {
  net::TransportOptions transport_options;
  transport_options.url = config.server;
  transport_options.ca_pem = config.ca_pem;
  transport_options.client_cert_pem = config.client_cert_pem;
  transport_options.client_key_pem = config.client_key_pem;
  transport_options.tls_server_name = config.tls_server_name;
  auto transport = net::make_transport(std::move(executor), clock, std::move(transport_options));
  if (!transport) return fail(std::move(transport).error().in("connecting to " + config.server));
  std::shared_ptr<net::Transport> way = std::move(*transport);
  if (!config.token.empty() || !config.token_file.empty()) way = detail::make_auth_transport(std::move(way), clock, config.token, config.token_file);
  return make_client(std::move(way), clock, config.server, std::move(options));
}

}  // namespace slipway::kube
