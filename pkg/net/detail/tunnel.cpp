#include "pkg/net/detail/tunnel.h"

#include <array>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include "pkg/async/task_group.h"
#include "pkg/net/detail/codec.h"
#include "pkg/net/tcp.h"

namespace slipway::net::detail {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// One byte of the answer at a time would be slow, more than the head would eat what follows it. Whoever is tunnelled to does not speak first (TLS, HTTP), so
// nothing follows before we have written.
Awaitable<Status> read_answer(tcp::socket* socket) {
  Decoder decoder(Decoder::Kind::ResponseToHead);
  std::array<char, 1024> buffer{};
  while (!decoder.head_done()) {
    const auto [ec, n] = co_await socket->async_read_some(asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
    if (ec == asio::error::eof) co_return fail(Disposition::Transient, "the proxy closed the connection");
    if (ec) co_return fail(io_error(ec, "reading the proxy's answer"));
    auto fed = decoder.feed(std::string_view(buffer.data(), n));
    if (!fed) co_return fail(Disposition::Transient, "the proxy's answer is no HTTP: " + fed.error().message());
  }
  const int status = decoder.head().status;
  if (status == 407) co_return fail(Disposition::Transient, "the proxy wants a user and password (407): put them into its URL");
  if (status < 200 || status > 299)
    co_return fail(Disposition::Transient, "the proxy refuses the connection: " + std::to_string(status) + " " + std::string(reason_phrase(status)));
  if (!decoder.take_rest().empty()) co_return fail(Disposition::Transient, "the proxy sent more than its answer");
  co_return Status{};
}

Awaitable<Status> ask(tcp::socket* socket, ProxyUrl proxy, std::string target) {
  const bool cancelled = co_await async::is_cancelled();
  if (cancelled) co_return fail(Disposition::Canceled, "stopped");
  std::string head = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
  if (!proxy.authorization.empty()) head += "Proxy-Authorization: " + proxy.authorization + "\r\n";
  head += "\r\n";
  const auto [ec, n] = co_await asio::async_write(*socket, asio::buffer(head), asio::as_tuple(asio::use_awaitable));
  static_cast<void>(n);
  if (ec) co_return fail(io_error(ec, "writing to the proxy"));
  co_return co_await read_answer(socket);
}

}  // namespace

Awaitable<Result<tcp::socket>> open_tunnel(tcp::socket socket, ProxyUrl proxy, std::string target, async::Clock* clock, Deadline deadline) {
  const std::string what = "connecting to " + target + " through " + proxy.origin();
  const auto held = std::make_shared<tcp::socket>(std::move(socket));
  bool expired = false;
  std::shared_ptr<void> timer;
  if (!deadline.is_never())
    timer = clock->schedule(held->get_executor(), deadline.at, [&expired, raw = held.get()] {
      expired = true;
      boost::system::error_code ignored;
      raw->close(ignored);
    });
  auto asked = co_await ask(held.get(), std::move(proxy), std::move(target));
  if (expired) co_return fail(Disposition::Timeout, what + ": no answer in time");
  if (!asked) co_return fail(std::move(asked).error().in(what));
  co_return std::move(*held);
}

}  // namespace slipway::net::detail
