#include "test/bench/soak/fault_proxy.h"

#include <array>
#include <list>
#include <random>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "pkg/net/tcp.h"

namespace slipway::soak {
namespace {

using async::Awaitable;
using boost::asio::ip::tcp;

}  // namespace

struct FaultProxy::State {
  State(async::Executor e, async::Clock& c, std::uint64_t seed) : executor(e), clock(&c), acceptor(e), tasks(e), random(seed) {}
  async::Executor executor;
  async::Clock* clock;
  std::string host;
  std::uint16_t port = 0;
  tcp::acceptor acceptor;
  async::TaskGroup tasks;
  std::list<net::ByteStreamPtr> streams;
  std::mt19937_64 random;
  bool faulty = false;
  std::uint64_t faults = 0;

  std::uint64_t roll(std::uint64_t n) { return std::uniform_int_distribution<std::uint64_t>(0, n - 1)(random); }
  bool chance(std::uint64_t one_in) { return faulty && roll(one_in) == 0 && ++faults > 0; }
};

namespace {

template <class State>
Awaitable<void> pump(std::shared_ptr<State> s, net::ByteStreamPtr from, net::ByteStreamPtr to) {
  std::array<char, 16384> buffer{};
  bool silent = false;
  for (;;) {
    Result<std::size_t> n = co_await from->read(buffer);
    if (!n || *n == 0) break;
    std::string bytes(buffer.data(), *n);
    if (s->chance(800)) break;  // reset
    if (s->chance(800)) {       // cut in the middle of something
      bytes.resize(s->roll(bytes.size()) + 1);
      Status cut = co_await to->write(std::move(bytes));
      static_cast<void>(cut);
      break;
    }
    if (s->chance(2000)) silent = true;  // a half-open connection: bytes go nowhere
    if (s->chance(50)) co_await s->clock->sleep_until(s->clock->now() + std::chrono::milliseconds(s->roll(300)));
    if (silent) continue;
    Status written = co_await to->write(std::move(bytes));
    if (!written) break;
  }
  from->close();
  to->close();
}

template <class State>
Awaitable<void> serve(std::shared_ptr<State> s, std::shared_ptr<tcp::socket> accepted) {
  const net::ByteStreamPtr client = net::make_tcp_stream(std::move(*accepted));
  if (s->chance(12)) co_return;  // as if refused
  auto socket = co_await net::tcp_connect(s->executor, s->clock, s->host, s->port, s->clock->after(std::chrono::seconds(10)));
  if (!socket) co_return;
  const net::ByteStreamPtr server = net::make_tcp_stream(std::move(*socket));
  const auto first = s->streams.insert(s->streams.end(), client);
  const auto second = s->streams.insert(s->streams.end(), server);
  async::TaskGroup both(s->executor);
  both.spawn("to the server", pump(s, client, server));
  both.spawn("to the client", pump(s, server, client));
  co_await both.join();
  s->streams.erase(first);
  s->streams.erase(second);
}

template <class State>
Awaitable<void> accept_all(std::shared_ptr<State> s) {
  for (;;) {
    auto socket = std::make_shared<tcp::socket>(s->executor);
    const auto [ec] = co_await s->acceptor.async_accept(*socket, boost::asio::as_tuple(boost::asio::use_awaitable));
    if (ec) co_return;
    net::prepare_socket(*socket);
    s->tasks.spawn("connection", serve(s, std::move(socket)));
  }
}

}  // namespace

Result<std::unique_ptr<FaultProxy>> FaultProxy::listen(async::Executor executor, async::Clock& clock, std::string host, std::uint16_t port,
                                                       std::uint64_t seed) {
  auto state = std::make_shared<State>(executor, clock, seed);
  state->host = std::move(host);
  state->port = port;
  boost::system::error_code ec;
  const tcp::endpoint any(boost::asio::ip::address_v4::loopback(), 0);
  state->acceptor.open(any.protocol(), ec);
  if (!ec) state->acceptor.bind(any, ec);
  if (!ec) state->acceptor.listen(tcp::acceptor::max_listen_connections, ec);
  if (ec) return fail(net::io_error(ec, "the fault proxy"));
  state->tasks.spawn("accept", accept_all(state));
  std::unique_ptr<FaultProxy> proxy(new FaultProxy());
  proxy->state_ = std::move(state);
  return proxy;
}

FaultProxy::~FaultProxy() = default;
std::uint16_t FaultProxy::port() const noexcept { return state_->acceptor.local_endpoint().port(); }
void FaultProxy::set_faulty(bool faulty) noexcept { state_->faulty = faulty; }
std::uint64_t FaultProxy::faults() const noexcept { return state_->faults; }

void FaultProxy::cut_all() {
  for (const auto& stream : state_->streams) stream->close();
}

Awaitable<void> FaultProxy::stop() {
  const auto s = state_;
  boost::system::error_code ignored;
  s->acceptor.close(ignored);
  for (const auto& stream : s->streams) stream->close();
  co_await s->tasks.stop();
}

}  // namespace slipway::soak
