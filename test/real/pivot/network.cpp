#include "test/real/pivot/network.h"

#include <array>
#include <list>
#include <stdexcept>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "pkg/net/tcp.h"

namespace slipway::test {

using async::Awaitable;
using boost::asio::ip::tcp;

struct Network::State {
  State(async::Executor e, async::Clock& c, std::uint16_t port) : executor(e), clock(&c), server_port(port), acceptor(e), tasks(e) {}
  async::Executor executor;
  async::Clock* clock;
  std::uint16_t server_port;
  tcp::acceptor acceptor;
  async::TaskGroup tasks;
  std::list<net::ByteStreamPtr> streams;
  std::uint64_t sent = 0, trigger = UINT64_MAX;
  std::function<void()> then;
  bool deaf = false, mute = false;  // to the server, from the server: bytes are read and thrown away

  void cut() {
    deaf = mute = false;
    for (const auto& stream : streams) stream->close();
  }
  void count(std::size_t bytes) {
    sent += bytes;
    if (sent < trigger) return;
    trigger = UINT64_MAX;
    if (then) then();
  }
};

namespace {

constexpr std::chrono::milliseconds kOutage{400};
using StatePtr = std::shared_ptr<Network::State>;

Awaitable<void> pump(StatePtr s, net::ByteStreamPtr from, net::ByteStreamPtr to, bool to_server) {
  std::array<char, 16384> buffer{};
  for (;;) {
    Result<std::size_t> n = co_await from->read(buffer);
    if (!n || *n == 0) break;
    if (to_server) s->count(*n);
    if (to_server ? s->deaf : s->mute) continue;
    Status written = co_await to->write(std::string(buffer.data(), *n));
    if (!written) break;
  }
  from->close();
  to->close();
}

Awaitable<void> serve(StatePtr s, std::shared_ptr<tcp::socket> accepted) {
  const net::ByteStreamPtr client = net::make_tcp_stream(std::move(*accepted));
  auto socket = co_await net::tcp_connect(s->executor, s->clock, "127.0.0.1", s->server_port, s->clock->after(std::chrono::seconds(10)));
  if (!socket) co_return;  // the server is down: the client sees its connection end
  const net::ByteStreamPtr server = net::make_tcp_stream(std::move(*socket));
  const auto first = s->streams.insert(s->streams.end(), client);
  const auto second = s->streams.insert(s->streams.end(), server);
  async::TaskGroup both(s->executor);
  both.spawn("to the server", pump(s, client, server, true));
  both.spawn("to the client", pump(s, server, client, false));
  co_await both.join();
  s->streams.erase(first);
  s->streams.erase(second);
}

Awaitable<void> accept_all(StatePtr s) {
  for (;;) {
    auto socket = std::make_shared<tcp::socket>(s->executor);
    const auto [ec] = co_await s->acceptor.async_accept(*socket, boost::asio::as_tuple(boost::asio::use_awaitable));
    if (ec) co_return;
    net::prepare_socket(*socket);
    s->tasks.spawn("connection", serve(s, std::move(socket)));
  }
}

Awaitable<void> recover(StatePtr s) {
  co_await s->clock->sleep_until(s->clock->now() + kOutage);
  s->cut();
}

}  // namespace

Network::Network(async::Executor executor, async::Clock& clock, std::uint16_t server_port) : state_(std::make_shared<State>(executor, clock, server_port)) {
  boost::system::error_code ec;
  const tcp::endpoint any(boost::asio::ip::address_v4::loopback(), 0);
  state_->acceptor.open(any.protocol(), ec);
  if (!ec) state_->acceptor.bind(any, ec);
  if (!ec) state_->acceptor.listen(tcp::acceptor::max_listen_connections, ec);
  if (ec) throw std::runtime_error("the network has no port: " + ec.message());
  state_->tasks.spawn("accept", accept_all(state_));
}

Network::~Network() = default;
std::uint16_t Network::port() const { return state_->acceptor.local_endpoint().port(); }
std::uint64_t Network::sent() const { return state_->sent; }
bool Network::triggered() const { return state_->trigger == UINT64_MAX; }

void Network::after(std::uint64_t bytes, std::function<void()> then) {
  state_->trigger = state_->sent + bytes;
  state_->then = std::move(then);
}

void Network::lose(Loss loss) {
  if (loss == Loss::Reset) {
    state_->cut();
    return;
  }
  state_->mute = true;
  state_->deaf = loss == Loss::Blackhole;
  state_->tasks.spawn("recover", recover(state_));
}

Awaitable<void> Network::stop() {
  const auto s = state_;
  boost::system::error_code ignored;
  s->acceptor.close(ignored);
  s->cut();
  co_await s->tasks.stop();
}

}  // namespace slipway::test
