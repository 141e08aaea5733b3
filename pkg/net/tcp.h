// TCP: connecting, and plain streams. Sockets are close-on-exec, without Nagle's delay, with keep-alive probes (15 s idle, 5 s apart, 3 of them).
#pragma once

#include <cstdint>
#include <string>

#include <boost/asio/ip/tcp.hpp>

#include "pkg/net/byte_stream.h"

namespace slipway::net {

void set_close_on_exec(int fd) noexcept;
void prepare_socket(boost::asio::ip::tcp::socket& socket) noexcept;
[[nodiscard]] bool socket_usable(boost::asio::ip::tcp::socket& socket) noexcept;
[[nodiscard]] std::string address_of(const boost::asio::ip::tcp::socket& socket);  // "127.0.0.1:40312", "[::1]:443", or "unknown"
[[nodiscard]] Error io_error(const boost::system::error_code& ec, std::string_view what);

// Tries each address of the host in turn, each with its share of the time. A name that is being resolved does not hold up the deadline or a
// cancellation (getaddrinfo runs on, on a thread of Asio's, and nobody waits for it). Errors: Transient, Timeout, Canceled; the message names
// host and port.
Awaitable<Result<boost::asio::ip::tcp::socket>> tcp_connect(async::Executor executor, async::Clock* clock, std::string host, std::uint16_t port,
                                                            Deadline deadline);
// Ends the sending side, then reads and drops what comes until the peer ends too, or `limit` bytes: a close() with unread bytes would be a
// reset, which can destroy an answer on its way. The socket must outlive the call.
Awaitable<void> discard_until_end(boost::asio::ip::tcp::socket* socket, std::size_t limit);
[[nodiscard]] ByteStreamPtr make_tcp_stream(boost::asio::ip::tcp::socket socket);

}  // namespace slipway::net
