// An HTTP proxy on loopback that knows CONNECT, for as long as it is told to.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "test/unit/net/socket_world.h"

namespace slipway::test {

class Proxy {
 public:
  explicit Proxy(net::SocketWorld& world) : state_(std::make_shared<State>(world)) {
    port = net::listen_on_loopback(state_->acceptor);
    world.tasks.spawn("proxy", accept(state_));
  }
  std::uint16_t port = 0;
  [[nodiscard]] const std::vector<std::string>& heads() const noexcept { return state_->heads; }
  void refuse(std::string answer) const {
    state_->refuses = true;
    state_->answer = std::move(answer);
  }
  void hang() const { state_->hangs = true; }
  void cut() const {
    for (const auto& stream : state_->streams) stream->close();
    state_->streams.clear();
  }

 private:
  struct State {
    explicit State(net::SocketWorld& w) : world(&w), acceptor(w.loop.executor()) {}
    net::SocketWorld* world;
    boost::asio::ip::tcp::acceptor acceptor;
    std::vector<std::string> heads;
    std::vector<net::ByteStreamPtr> streams;
    bool refuses = false;
    bool hangs = false;
    std::string answer;
  };
  using StatePtr = std::shared_ptr<State>;

  static async::Awaitable<void> accept(StatePtr state) {
    for (;;) {
      boost::asio::ip::tcp::socket socket(state->acceptor.get_executor());
      const auto [ec] = co_await state->acceptor.async_accept(socket, boost::asio::as_tuple(boost::asio::use_awaitable));
      if (ec) co_return;
      const net::ByteStreamPtr stream = net::make_tcp_stream(std::move(socket));
      state->streams.push_back(stream);
      state->world->tasks.spawn("proxied connection", serve(state, stream));
    }
  }
  static async::Awaitable<void> serve(StatePtr state, net::ByteStreamPtr client) {
    std::string head;
    std::array<char, 4096> buffer{};
    while (head.find("\r\n\r\n") == std::string::npos) {
      auto n = co_await client->read(buffer);
      if (!n || *n == 0) co_return;
      head.append(buffer.data(), *n);
    }
    state->heads.push_back(head);
    if (state->hangs) co_return;
    std::string answer = state->refuses ? state->answer : "HTTP/1.1 200 Connection established\r\n\r\n";
    auto written = co_await client->write(std::move(answer));
    if (!written || state->refuses) {
      client->close();
      co_return;
    }
    const std::string port_text = head.substr(head.find(':') + 1, head.find(' ', 8) - head.find(':') - 1);
    auto socket = co_await net::tcp_connect(state->acceptor.get_executor(), &state->world->clock, "127.0.0.1", static_cast<std::uint16_t>(std::stoi(port_text)),
                                            async::Deadline::never());
    if (!socket) co_return;
    const net::ByteStreamPtr server = net::make_tcp_stream(std::move(*socket));
    state->streams.push_back(server);
    state->world->tasks.spawn("to the server", pump(client, server));
    state->world->tasks.spawn("to the client", pump(server, client));
  }
  static async::Awaitable<void> pump(net::ByteStreamPtr from, net::ByteStreamPtr to) {
    const auto buffer = std::make_unique<std::array<char, 16384>>();
    for (;;) {
      auto n = co_await from->read(std::span<char>(*buffer));
      if (!n || *n == 0) break;
      auto written = co_await to->write(std::string(buffer->data(), *n));
      if (!written) break;
    }
    from->close();
    to->close();
  }
  StatePtr state_;
};

}  // namespace slipway::test
