// A network of a given round trip on loopback: each direction holds every byte back for half of it, in order and without a limit of its own, so that bandwidth
// is as it is. Looks at no byte: TLS goes through end to end. The handshake of TCP is not delayed.
#include <array>
#include <deque>
#include <iostream>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "pkg/async/sync.h"
#include "pkg/async/task_group.h"
#include "pkg/net/tcp.h"
#include "test/bench/move/bench.h"

namespace slipway::bench {
namespace {

using boost::asio::ip::tcp;

struct Proxy {
  async::Executor executor;
  async::Clock* clock;
  std::uint16_t port;
  std::chrono::milliseconds one_way;
};

struct Wire {
  explicit Wire(async::Executor executor) : arrived(std::move(executor)) {}
  std::deque<std::pair<async::TimePoint, std::string>> bytes;  // empty bytes: the end
  async::Event arrived;
};

Awaitable<void> take(Proxy proxy, std::shared_ptr<Wire> wire, net::ByteStreamPtr from) {
  std::array<char, 65536> buffer{};
  for (;;) {
    Result<std::size_t> n = co_await from->read(buffer);
    const std::size_t size = n ? *n : 0;
    wire->bytes.emplace_back(proxy.clock->now() + proxy.one_way, std::string(buffer.data(), size));
    wire->arrived.set();
    if (size == 0) co_return;
  }
}

Awaitable<void> give(Proxy proxy, std::shared_ptr<Wire> wire, net::ByteStreamPtr from, net::ByteStreamPtr to) {
  for (;;) {
    Status woken = co_await wire->arrived.wait(*proxy.clock);
    if (!woken) co_return;
    auto [due, bytes] = std::move(wire->bytes.front());
    wire->bytes.pop_front();
    if (wire->bytes.empty()) wire->arrived.reset();
    co_await proxy.clock->sleep_until(due);
    if (bytes.empty()) break;
    Status written = co_await to->write(std::move(bytes));
    if (!written) break;
  }
  from->close();
  to->close();
}

Awaitable<void> serve(Proxy proxy, std::shared_ptr<tcp::socket> accepted) {
  const net::ByteStreamPtr client = net::make_tcp_stream(std::move(*accepted));
  auto socket = co_await net::tcp_connect(proxy.executor, proxy.clock, "127.0.0.1", proxy.port, proxy.clock->after(std::chrono::seconds(10)));
  if (!socket) co_return;
  const net::ByteStreamPtr server = net::make_tcp_stream(std::move(*socket));
  const auto there = std::make_shared<Wire>(proxy.executor);
  const auto back = std::make_shared<Wire>(proxy.executor);
  async::TaskGroup both(proxy.executor);
  both.spawn("from the client", take(proxy, there, client));
  both.spawn("to the server", give(proxy, there, client, server));
  both.spawn("from the server", take(proxy, back, server));
  both.spawn("to the client", give(proxy, back, server, client));
  co_await both.join();
}

Awaitable<Status> accept_all(Proxy proxy) {
  async::TaskGroup connections(proxy.executor);
  tcp::acceptor acceptor(proxy.executor, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  std::cout << acceptor.local_endpoint().port() << std::endl;
  for (;;) {
    auto socket = std::make_shared<tcp::socket>(proxy.executor);
    const auto [ec] = co_await acceptor.async_accept(*socket, boost::asio::as_tuple(boost::asio::use_awaitable));
    if (ec) break;
    net::prepare_socket(*socket);
    connections.spawn("connection", serve(proxy, std::move(socket)));
  }
  co_await connections.join();
  co_return Status();
}

}  // namespace

void delay(Flags& flags) {
  Bench bench;
  const auto port = static_cast<std::uint16_t>(flags.number("port", 0));
  const std::chrono::milliseconds round_trip(flags.number("round-trip-ms", 20));
  bench.run(accept_all({bench.io.get_executor(), &bench.clock, port, round_trip / 2}));
}

}  // namespace slipway::bench
