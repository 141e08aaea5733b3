#include "pkg/net/server.h"

#include <list>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "pkg/log/log.h"
#include "pkg/net/cert_files.h"
#include "pkg/net/detail/connection.h"
#include "pkg/net/tcp.h"
#include "pkg/net/tls.h"

namespace slipway::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto kHandshakeLimit = std::chrono::seconds(10);              // Go's net/http client gives up after as long
constexpr auto kPauseWhenAcceptFails = std::chrono::milliseconds(100);  // out of descriptors or memory: those in use may end meanwhile

}  // namespace

struct Server::State {
  explicit State(async::Executor e) : acceptor(e), tasks(e) {}

  std::shared_ptr<detail::Service> service = std::make_shared<detail::Service>();
  TlsContextPtr tls;
  tcp::acceptor acceptor;
  std::uint16_t port = 0;
  std::list<ByteStreamPtr> connections;
  async::TaskGroup tasks;

  void stop() {
    boost::system::error_code ignored;
    acceptor.close(ignored);
    for (const ByteStreamPtr& stream : connections) stream->close();
    tasks.cancel();
  }
};

namespace {

using StatePtr = std::shared_ptr<Server::State>;

Awaitable<void> serve(StatePtr state, std::shared_ptr<tcp::socket> socket) {
  ByteStreamPtr stream;
  if (state->tls) {
    async::Clock* const clock = state->service->clock;
    auto secured = co_await tls_server_handshake(std::move(*socket), state->tls, clock, clock->after(kHandshakeLimit));
    if (!secured) {
      log::debug("connection refused", {{"error", secured.error().message()}});
      co_return;
    }
    stream = std::move(*secured);
  } else {
    stream = make_tcp_stream(std::move(*socket));
  }
  const auto place = state->connections.insert(state->connections.end(), stream);
  co_await detail::serve_connection(state->service, stream);
  state->connections.erase(place);
}

Awaitable<void> accept_loop(StatePtr state) {
  for (;;) {
    const bool stop = co_await async::is_cancelled();
    if (stop) co_return;
    auto socket = std::make_shared<tcp::socket>(state->acceptor.get_executor());
    const auto [ec] = co_await state->acceptor.async_accept(*socket, asio::as_tuple(asio::use_awaitable));
    if (!state->acceptor.is_open() || ec == asio::error::operation_aborted) co_return;
    if (ec) {
      async::Clock& clock = *state->service->clock;
      co_await clock.sleep_until(clock.now() + kPauseWhenAcceptFails);
      continue;
    }
    prepare_socket(*socket);
    std::string name = "connection from " + address_of(*socket);
    state->tasks.spawn(std::move(name), serve(state, std::move(socket)));
  }
}

// The context to begin with; where the certificate is in files, a task that looks after it.
Status secure(const StatePtr& state, const ServerTls& tls) {
  CertPair pair{tls.cert_pem, tls.key_pem};
  const CertFiles files{tls.cert_file, tls.key_file, tls.client_ca_pem};
  if (!files.cert_file.empty()) {
    auto read = read_pair(files);
    if (!read) return fail(std::move(read).error().in("the server's certificate"));
    pair = std::move(*read);
  }
  auto context = make_server_tls(pair.cert_pem, pair.key_pem, tls.client_ca_pem);
  if (!context) return fail(std::move(context).error());
  state->tls = std::move(*context);
  if (files.cert_file.empty()) return {};
  std::function<void(TlsContextPtr)> changed = [weak = std::weak_ptr<Server::State>(state)](TlsContextPtr next) {
    if (const StatePtr alive = weak.lock()) alive->tls = std::move(next);
  };
  state->tasks.spawn("certificate", watch_pair(state->service->executor, state->service->clock, files, std::move(pair), std::move(changed)));
  return {};
}

Status bind(tcp::acceptor& acceptor, const ServerOptions& options) {
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(options.address, ec);
  if (ec) return fail(Disposition::Invalid, "cannot listen on \"" + options.address + "\": not an IP address");
  const tcp::endpoint endpoint(address, options.port);
  acceptor.open(endpoint.protocol(), ec);
  if (!ec) set_close_on_exec(acceptor.native_handle());
  if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec) acceptor.bind(endpoint, ec);
  if (!ec) acceptor.listen(tcp::acceptor::max_listen_connections, ec);
  if (ec) return fail(io_error(ec, "listening on " + options.address + ":" + std::to_string(options.port)));
  return {};
}

}  // namespace

Server::Server() = default;

Server::~Server() {
  if (state_) state_->stop();
}

Result<std::unique_ptr<Server>> Server::listen(async::Executor executor, async::Clock& clock, ServerOptions options, Handler handler) {
  auto state = std::make_shared<State>(executor);
  state->service->executor = std::move(executor);
  state->service->clock = &clock;
  state->service->handler = std::move(handler);
  state->service->max_body = options.max_body;
  if (auto bound = bind(state->acceptor, options); !bound) return fail(std::move(bound).error());
  if (auto secured = options.tls ? secure(state, *options.tls) : Status(); !secured) return fail(std::move(secured).error());
  boost::system::error_code ec;
  state->port = state->acceptor.local_endpoint(ec).port();
  state->tasks.spawn("accept", accept_loop(state));
  std::unique_ptr<Server> server(new Server());
  server->state_ = std::move(state);
  return server;
}

std::uint16_t Server::port() const noexcept { return state_->port; }
std::size_t Server::connections() const noexcept { return state_->connections.size(); }

void Server::drop_connections() {
  for (const ByteStreamPtr& stream : state_->connections) stream->close();
}

async::Awaitable<void> Server::stop() {
  const auto state = state_;
  state->stop();
  co_await state->tasks.join();
}

}  // namespace slipway::net
