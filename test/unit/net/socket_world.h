// A loop in real time with a server, and raw TCP servers that misbehave as told. For the tests that need sockets.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "pkg/net/client.h"
#include "pkg/net/server.h"
#include "pkg/net/tcp.h"
#include "test/support/loop.h"
#include "test/unit/net/handlers.h"

namespace slipway::net {

struct SocketWorld {
  test::Loop loop;
  async::RealClock clock;
  std::shared_ptr<Feed> feed = std::make_shared<Feed>(loop.executor(), clock);
  std::shared_ptr<Echo> state = std::make_shared<Echo>(Echo{feed, 0, 0, {}, {}, false});
  async::TaskGroup tasks{loop.executor()};
  std::unique_ptr<Server> server;

  SocketWorld() = default;
  SocketWorld(const SocketWorld&) = delete;
  SocketWorld& operator=(const SocketWorld&) = delete;
  ~SocketWorld() {
    if (server) loop.run_real(server->stop());
    loop.run_real(tasks.stop());
  }

  void listen(std::unique_ptr<ServerTls> tls = nullptr) {
    ServerOptions options;
    options.tls = std::move(tls);
    auto made = Server::listen(loop.executor(), clock, std::move(options), handler_of(state));
    if (!made) throw std::runtime_error(made.error().message());
    server = std::move(*made);
  }
  [[nodiscard]] std::string url(const char* scheme = "http") const { return std::string(scheme) + "://127.0.0.1:" + std::to_string(server->port()); }

  [[nodiscard]] std::shared_ptr<Transport> transport(TransportOptions options) {
    auto made = make_transport(loop.executor(), clock, std::move(options));
    if (!made) throw std::runtime_error(made.error().message());
    return std::move(*made);
  }
  [[nodiscard]] std::shared_ptr<Transport> transport() {
    TransportOptions options;
    options.url = url();
    return transport(std::move(options));
  }

  [[nodiscard]] Deadline soon() const { return clock.after(std::chrono::seconds(20)); }
  Result<Response> send(Transport& transport, Request request) { return loop.run_real(transport.send(std::move(request), soon())); }
  Result<Response> get(Transport& transport, std::string target) { return send(transport, Request("GET", std::move(target))); }
  Result<Response> open(Transport& transport, std::string target) { return loop.run_real(transport.open(Request("GET", std::move(target)), soon())); }
  Result<std::string> read(Response& response) { return loop.run_real(response.stream->read(soon())); }

  // Lets the loop run until the condition holds.
  template <class F>
  [[nodiscard]] bool eventually(F condition) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition() && std::chrono::steady_clock::now() < until) {
      loop.io.restart();
      loop.io.run_one_until(std::min(until, std::chrono::steady_clock::now() + std::chrono::milliseconds(5)));
    }
    return condition();
  }
};

// Opens the acceptor on a free port, which is returned.
inline std::uint16_t listen_on_loopback(boost::asio::ip::tcp::acceptor& acceptor) {
  const boost::asio::ip::tcp::endpoint endpoint(boost::asio::ip::address_v4::loopback(), 0);
  acceptor.open(endpoint.protocol());
  acceptor.bind(endpoint);
  acceptor.listen();
  return acceptor.local_endpoint().port();
}

// A TCP server that, for each connection in turn, reads until a head is complete and answers with the next script, then closes (or lingers).
struct Script {
  std::string answer;
  bool hold_open = false;  // until the test ends
};

class ScriptedServer {
 public:
  ScriptedServer(SocketWorld& world, std::vector<Script> scripts) : state_(std::make_shared<State>(world.loop.executor(), std::move(scripts))) {
    port = listen_on_loopback(state_->acceptor);
    world.tasks.spawn("scripted server", run(state_));
  }
  std::uint16_t port = 0;
  [[nodiscard]] const std::vector<std::string>& requests() const noexcept { return state_->requests; }
  [[nodiscard]] TransportOptions options() const {
    TransportOptions out;
    out.url = "http://127.0.0.1:" + std::to_string(port);
    out.retry_wait = std::chrono::hours(1);  // past every deadline: each answer of the script is looked at alone
    return out;
  }

 private:
  struct State {
    State(const async::Executor& executor, std::vector<Script> s) : acceptor(executor), scripts(std::move(s)) {}
    boost::asio::ip::tcp::acceptor acceptor;
    std::vector<Script> scripts;
    std::vector<std::string> requests;
    std::vector<ByteStreamPtr> held;
  };
  static Awaitable<void> run(std::shared_ptr<State> state) {
    for (const Script& script : state->scripts) {
      boost::asio::ip::tcp::socket socket(state->acceptor.get_executor());
      const auto [ec] = co_await state->acceptor.async_accept(socket, boost::asio::as_tuple(boost::asio::use_awaitable));
      if (ec) co_return;
      const ByteStreamPtr stream = make_tcp_stream(std::move(socket));
      std::string& request = state->requests.emplace_back();
      std::array<char, 4096> buffer{};
      while (request.find("\r\n\r\n") == std::string::npos) {
        auto n = co_await stream->read(buffer);
        if (!n || *n == 0) break;
        request.append(buffer.data(), *n);
      }
      auto written = co_await stream->write(script.answer);
      static_cast<void>(written);
      if (script.hold_open)
        state->held.push_back(stream);
      else
        stream->close();
    }
  }
  std::shared_ptr<State> state_;
};

}  // namespace slipway::net
