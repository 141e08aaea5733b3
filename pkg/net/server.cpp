#include "pkg/net/server.h"

#include <list>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "pkg/net/detail/http_codec.h"
#include "pkg/net/tcp.h"
#include "pkg/net/tls.h"

namespace slipway::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using detail::MessageReader;

constexpr auto kHandshakeLimit = std::chrono::seconds(10);
constexpr auto kIdleLimit = std::chrono::seconds(90);
constexpr auto kBodyLimit = std::chrono::seconds(60);
constexpr auto kWriteLimit = std::chrono::seconds(60);

}  // namespace

struct Server::State {
  State(async::Executor e, async::Clock& c, Handler h, std::size_t limit)
      : executor(e), clock(c), handler(std::move(h)), max_body(limit), acceptor(e), tasks(e) {}

  async::Executor executor;
  async::Clock& clock;
  Handler handler;
  std::size_t max_body;
  TlsContextPtr tls;
  tcp::acceptor acceptor;
  std::uint16_t port = 0;
  std::list<ByteStreamPtr> connections;
  async::TaskGroup tasks;
};

namespace {

using StatePtr = Server::State*;  // outlives its tasks: stop() waits for them

Awaitable<Status> write_within(StatePtr server, ByteStreamPtr stream, std::string bytes) {
  const DeadlineGuard guard(server->clock, server->executor, server->clock.after(kWriteLimit), stream);
  co_return co_await stream->write(std::move(bytes));
}

// Sends a stream as chunks until it ends, the peer is gone, or the server stops. Closes the connection: a stream is always the last on it.
Awaitable<void> pump(StatePtr server, ByteStreamPtr stream, std::shared_ptr<BodyStream> body) {
  for (;;) {
    auto piece = co_await body->read(Deadline::never());
    if (!piece) break;  // no last chunk: the client sees a broken message, as it should
    const std::string bytes = piece->empty() ? "0\r\n\r\n" : detail::chunk(*piece);
    auto written = co_await write_within(server, stream, bytes);
    if (!written || piece->empty()) break;
  }
  stream->close();
}

// While the pump writes, the only thing to read is the peer's end: then the pump is cancelled, wherever it waits.
Awaitable<void> stream_response(StatePtr server, ByteStreamPtr stream, std::unique_ptr<BodyStream> body) {
  async::TaskGroup pumping(server->executor);
  pumping.spawn("stream", pump(server, stream, std::shared_ptr<BodyStream>(std::move(body))));
  char byte = 0;
  auto ended = co_await stream->read(std::span<char>(&byte, 1));
  static_cast<void>(ended);
  stream->close();
  co_await pumping.stop();
}

Awaitable<bool> answer(StatePtr server, ByteStreamPtr stream, Request request, bool keep_alive) {
  const bool head = request.method == "HEAD";
  Response response = co_await server->handler(std::move(request));
  if (response.status == 0) co_return false;
  if (response.stream) {
    auto sent = co_await write_within(server, stream, detail::serialize_response_head(response, false, true));
    if (sent) co_await stream_response(server, stream, std::move(response.stream));
    co_return false;
  }
  std::string bytes = detail::serialize_response_head(response, keep_alive, true);
  if (!head) bytes += response.body;
  auto sent = co_await write_within(server, stream, std::move(bytes));
  co_return sent.has_value() && keep_alive;
}

Awaitable<void> refuse(StatePtr server, ByteStreamPtr stream, const Error error) {
  if (!error.is(Disposition::Invalid)) co_return;
  const int status = error.message().find("over the limit") != std::string::npos ? 413 : 400;
  const Response response(status, "text/plain; charset=utf-8", error.message() + "\n");
  auto sent = co_await write_within(server, stream, detail::serialize_response_head(response, false, true) + response.body);
  static_cast<void>(sent);
}

Awaitable<bool> serve_one(StatePtr server, ByteStreamPtr stream, MessageReader* reader) {
  {
    const DeadlineGuard guard(server->clock, server->executor, server->clock.after(kIdleLimit), stream);
    auto header = co_await reader->read_header();
    if (!header) {
      co_await refuse(server, stream, header.error());
      co_return false;
    }
  }
  Request request = reader->take_request();
  {
    const DeadlineGuard guard(server->clock, server->executor, server->clock.after(kBodyLimit), stream);
    if (reader->expects_continue()) {
      auto sent = co_await stream->write("HTTP/1.1 100 Continue\r\n\r\n");
      if (!sent) co_return false;
    }
    auto body = co_await reader->read_body();
    if (!body) {
      co_await refuse(server, stream, body.error());
      co_return false;
    }
    request.body = std::move(*body);
  }
  request.peer = stream->peer();
  const bool keep_alive = reader->keep_alive();
  const bool more = co_await answer(server, stream, std::move(request), keep_alive);
  reader->next();
  co_return more;
}

Awaitable<void> serve(StatePtr server, std::shared_ptr<tcp::socket> socket) {
  ByteStreamPtr stream;
  if (server->tls) {
    auto secured = co_await tls_server_handshake(std::move(*socket), server->tls, &server->clock, server->clock.after(kHandshakeLimit));
    if (!secured) co_return;
    stream = std::move(*secured);
  } else {
    stream = make_tcp_stream(std::move(*socket));
  }
  server->connections.push_back(stream);
  MessageReader reader(MessageReader::Kind::Request, stream, server->max_body);
  for (;;) {
    const bool more = co_await serve_one(server, stream, &reader);
    const bool stopping = co_await async::is_cancelled();
    if (!more || stopping) break;
  }
  stream->close();
  server->connections.remove(stream);
}

Awaitable<void> accept_loop(StatePtr server) {
  for (;;) {
    auto socket = std::make_shared<tcp::socket>(server->executor);
    const auto [ec] = co_await server->acceptor.async_accept(*socket, asio::as_tuple(asio::use_awaitable));
    if (!server->acceptor.is_open() || ec == asio::error::operation_aborted) co_return;
    if (ec) {
      // Out of descriptors or memory: give those in use a moment to end instead of spinning.
      co_await server->clock.sleep_until(server->clock.now() + std::chrono::milliseconds(100));
      continue;
    }
    prepare_socket(*socket);
    server->tasks.spawn("connection", serve(server, std::move(socket)));
  }
}

}  // namespace

Server::Server() = default;
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::listen(async::Executor executor, async::Clock& clock, ServerOptions options, Handler handler) {
  auto state = std::make_shared<State>(executor, clock, std::move(handler), options.max_body);
  if (options.tls) {
    auto tls = make_server_tls(options.tls->cert_pem, options.tls->key_pem, options.tls->client_ca_pem);
    if (!tls) return fail(std::move(tls).error());
    state->tls = std::move(*tls);
  }
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(options.address, ec);
  if (ec) return fail(Disposition::Invalid, "cannot listen on \"" + options.address + "\": not an IP address");
  const tcp::endpoint endpoint(address, options.port);
  const std::string where = "listening on " + options.address + ":" + std::to_string(options.port);
  state->acceptor.open(endpoint.protocol(), ec);
  if (!ec) state->acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec) state->acceptor.bind(endpoint, ec);
  if (!ec) state->acceptor.listen(tcp::acceptor::max_listen_connections, ec);
  if (ec) return fail(io_error(ec, where));
  set_close_on_exec(state->acceptor.native_handle());
  state->port = state->acceptor.local_endpoint(ec).port();
  std::unique_ptr<Server> server(new Server());
  server->state_ = state;
  state->tasks.spawn("accept", accept_loop(state.get()));
  return server;
}

std::uint16_t Server::port() const noexcept { return state_->port; }
std::size_t Server::connections() const noexcept { return state_->connections.size(); }

void Server::drop_connections() {
  for (const ByteStreamPtr& stream : state_->connections) stream->close();
}

async::Awaitable<void> Server::stop() {
  const auto state = state_;
  boost::system::error_code ignored;
  state->acceptor.close(ignored);
  state->tasks.cancel();
  for (const ByteStreamPtr& stream : state->connections) stream->close();
  co_await state->tasks.join();
}

}  // namespace slipway::net
