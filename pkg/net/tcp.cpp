#include "pkg/net/tcp.h"

#include <array>
#include <cerrno>
#include <fcntl.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "pkg/async/task_group.h"

namespace slipway::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::size_t kMaxDiscard = 256UL << 10U;  // what finish() reads and drops before it gives up on a peer's end

void set_option(int fd, int level, int name, int value) noexcept { ::setsockopt(fd, level, name, &value, sizeof value); }

// Operations hold the socket, not the stream: whoever drops the stream closes the socket under them, and they end.
class TcpStream final : public ByteStream {
 public:
  explicit TcpStream(tcp::socket socket) : socket_(std::make_shared<tcp::socket>(std::move(socket))), address_(address_of(*socket_)) {}
  ~TcpStream() override { TcpStream::close(); }
  Awaitable<Result<std::size_t>> read(std::span<char> into) override { return read_some(socket_, into); }
  Awaitable<Status> write(std::string bytes) override { return write_all(socket_, std::move(bytes)); }
  Awaitable<void> finish() override { return say_goodbye(socket_); }
  void close() noexcept override {
    boost::system::error_code ignored;
    socket_->close(ignored);
  }
  [[nodiscard]] bool usable() noexcept override { return socket_usable(*socket_); }
  [[nodiscard]] Peer peer() const override {
    Peer peer;
    peer.address = address_;
    return peer;
  }

 private:
  static Awaitable<Result<std::size_t>> read_some(std::shared_ptr<tcp::socket> socket, std::span<char> into) {
    const bool cancelled = co_await async::is_cancelled();
    if (cancelled) co_return fail(Disposition::Canceled, "reading: stopped");
    const auto [ec, n] = co_await socket->async_read_some(asio::buffer(into.data(), into.size()), asio::as_tuple(asio::use_awaitable));
    if (ec == asio::error::eof) co_return std::size_t{0};
    if (ec) co_return fail(io_error(ec, "reading"));
    co_return n;
  }
  static Awaitable<Status> write_all(std::shared_ptr<tcp::socket> socket, std::string bytes) {
    const bool cancelled = co_await async::is_cancelled();
    if (cancelled) co_return fail(Disposition::Canceled, "writing: stopped");
    const auto [ec, n] = co_await asio::async_write(*socket, asio::buffer(bytes), asio::as_tuple(asio::use_awaitable));
    static_cast<void>(n);
    if (ec) co_return fail(io_error(ec, "writing"));
    co_return Status{};
  }

  static Awaitable<void> say_goodbye(std::shared_ptr<tcp::socket> socket) { co_await discard_until_end(socket.get(), kMaxDiscard); }

  std::shared_ptr<tcp::socket> socket_;
  std::string address_;
};

}  // namespace

Error io_error(const boost::system::error_code& ec, std::string_view what) {
  const Disposition disposition = ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor ? Disposition::Canceled : Disposition::Transient;
  return Error(disposition, std::string(what) + ": " + ec.message());
}

void set_close_on_exec(int fd) noexcept { ::fcntl(fd, F_SETFD, FD_CLOEXEC); }

void prepare_socket(tcp::socket& socket) noexcept {
  const int fd = socket.native_handle();
  set_close_on_exec(fd);
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 15);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 5);
  set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
  set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 30'000);  // unacknowledged writes: a half-open connection is noticed
}

bool socket_usable(tcp::socket& socket) noexcept {
  if (!socket.is_open()) return false;
  char byte = 0;
  return ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

std::string address_of(const tcp::socket& socket) {
  boost::system::error_code ec;
  const auto endpoint = socket.remote_endpoint(ec);
  if (ec) return "unknown";
  const std::string host = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(endpoint.port());
}

Awaitable<void> discard_until_end(tcp::socket* socket, std::size_t limit) {
  boost::system::error_code ignored;
  socket->shutdown(tcp::socket::shutdown_send, ignored);
  const auto buffer = std::make_unique<std::array<char, 16384>>();
  for (std::size_t dropped = 0; dropped < limit;) {
    const bool cancelled = co_await async::is_cancelled();
    if (cancelled) co_return;
    const auto [ec, n] = co_await socket->async_read_some(asio::buffer(*buffer), asio::as_tuple(asio::use_awaitable));
    if (ec) co_return;
    dropped += n;
  }
}

ByteStreamPtr make_tcp_stream(tcp::socket socket) { return std::make_shared<TcpStream>(std::move(socket)); }

}  // namespace slipway::net
