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
[[nodiscard]] std::string address_of(const boost::asio::ip::tcp::socket& socket);
[[nodiscard]] Error io_error(const boost::system::error_code& ec, std::string_view what);

// Tries each address of the host in turn. Errors: Transient, Timeout, Canceled; the message names host and port.
Awaitable<Result<boost::asio::ip::tcp::socket>> tcp_connect(async::Executor executor, async::Clock* clock, std::string host, std::uint16_t port,
                                                            Deadline deadline);
[[nodiscard]] ByteStreamPtr make_tcp_stream(boost::asio::ip::tcp::socket socket);

}  // namespace slipway::net
