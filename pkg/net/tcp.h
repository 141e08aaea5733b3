// TCP: connecting, and plain streams. Sockets are close-on-exec, without Nagle's delay, with keep-alive probes (15 s idle, 5 s apart, 3 of them).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "pkg/net/byte_stream.h"
#include "pkg/net/client.h"

namespace slipway::net {

void set_close_on_exec(int fd) noexcept;
void prepare_socket(boost::asio::ip::tcp::socket& socket) noexcept;
[[nodiscard]] bool socket_usable(boost::asio::ip::tcp::socket& socket) noexcept;
[[nodiscard]] std::string address_of(const boost::asio::ip::tcp::socket& socket);  // "127.0.0.1:40312", "[::1]:443", or "unknown"
[[nodiscard]] Error io_error(const boost::system::error_code& ec, std::string_view what);

// getaddrinfo on a thread of Asio's. It does not hold up the deadline or a cancellation: it runs on, and nobody waits for it.
[[nodiscard]] Resolve system_resolver(async::Executor executor, async::Clock& clock);
// Tries the addresses (literals) in their order, the next one 250 ms after the one before or as soon as that has failed; the first that answers wins and the
// others are given up (RFC 8305, "happy eyeballs"). `failed`, where given, gains those that refused or did not answer; it must outlive the call. Errors:
// Transient, Timeout, Canceled.
Awaitable<Result<boost::asio::ip::tcp::socket>> tcp_connect_any(async::Executor executor, async::Clock* clock, std::vector<std::string> addresses,
                                                                std::uint16_t port, Deadline deadline, std::vector<std::string>* failed);
// Both at once. The message names host and port.
Awaitable<Result<boost::asio::ip::tcp::socket>> tcp_connect(async::Executor executor, async::Clock* clock, std::string host, std::uint16_t port,
                                                            Deadline deadline);
// Ends the sending side, then reads and drops what comes until the peer ends too, or `limit` bytes: a close() with unread bytes would be a
// reset, which can destroy an answer on its way. The socket must outlive the call.
Awaitable<void> discard_until_end(boost::asio::ip::tcp::socket* socket, std::size_t limit);
[[nodiscard]] ByteStreamPtr make_tcp_stream(boost::asio::ip::tcp::socket socket);

}  // namespace slipway::net
