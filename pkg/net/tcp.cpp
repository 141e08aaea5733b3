#include "pkg/net/tcp.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "pkg/async/sync.h"
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

// What the resolver's thread brings back, perhaps after nobody waits for it any more.
struct Resolution {
  explicit Resolution(const async::Executor& executor) : resolver(executor), done(executor) {}
  tcp::resolver resolver;
  async::Event done;
  boost::system::error_code ec;
  std::vector<tcp::endpoint> endpoints;
};

Awaitable<Result<std::vector<tcp::endpoint>>> resolve(async::Executor executor, async::Clock* clock, std::string host, std::uint16_t port, Deadline deadline) {
  boost::system::error_code no_literal;
  const auto literal = asio::ip::make_address(host, no_literal);
  if (!no_literal) co_return std::vector<tcp::endpoint>(1, tcp::endpoint(literal, port));
  const auto resolution = std::make_shared<Resolution>(executor);
  resolution->resolver.async_resolve(host, std::to_string(port), tcp::resolver::numeric_service,
                                     [resolution](const boost::system::error_code& ec, const tcp::resolver::results_type& results) {
                                       resolution->ec = ec;
                                       for (const auto& entry : results) resolution->endpoints.push_back(entry.endpoint());
                                       resolution->done.set();
                                     });
  auto waited = co_await resolution->done.wait(*clock, deadline);
  if (!waited) co_return fail(std::move(waited).error().in("resolving the name"));
  if (resolution->ec) co_return fail(io_error(resolution->ec, "resolving the name"));
  co_return std::move(resolution->endpoints);
}

Awaitable<Result<tcp::socket>> connect_one(async::Executor executor, async::Clock* clock, tcp::endpoint endpoint, Deadline deadline) {
  const bool cancelled = co_await async::is_cancelled();
  if (cancelled) co_return fail(Disposition::Canceled, "stopped");
  const auto socket = std::make_shared<tcp::socket>(executor);
  boost::system::error_code ec;
  socket->open(endpoint.protocol(), ec);
  if (ec) co_return fail(io_error(ec, "opening a socket"));
  prepare_socket(*socket);
  bool expired = false;
  std::shared_ptr<void> timer;
  if (!deadline.is_never())
    timer = clock->schedule(executor, deadline.at, [&expired, raw = socket.get()] {
      expired = true;
      boost::system::error_code ignored;
      raw->close(ignored);
    });
  const auto [failed] = co_await socket->async_connect(endpoint, asio::as_tuple(asio::use_awaitable));
  if (expired) co_return fail(Disposition::Timeout, "no answer in time");
  if (failed) co_return fail(io_error(failed, endpoint.address().to_string()));
  co_return std::move(*socket);
}

// The time for the first of `left` addresses: a fair share, so that one that swallows packets leaves some to the next.
Deadline share(const async::Clock& clock, Deadline deadline, std::size_t left) {
  if (deadline.is_never() || left < 2) return deadline;
  return Deadline{clock.now() + (deadline.at - clock.now()) / static_cast<async::Duration::rep>(left)};
}

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

Awaitable<Result<tcp::socket>> tcp_connect(async::Executor executor, async::Clock* clock, std::string host, std::uint16_t port, Deadline deadline) {
  const std::string where = "connecting to " + (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
  auto endpoints = co_await resolve(executor, clock, host, port, deadline);
  if (!endpoints) co_return fail(std::move(endpoints).error().in(where));
  Error last(Disposition::Transient, "the name has no address");
  for (std::size_t i = 0; i < endpoints->size(); ++i) {
    const Deadline until = share(*clock, deadline, endpoints->size() - i);
    auto socket = co_await connect_one(executor, clock, (*endpoints)[i], until);
    if (socket) co_return socket;
    last = std::move(socket).error();
    if (last.is(Disposition::Canceled)) break;
  }
  co_return fail(std::move(last).in(where));
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
