// A way through an HTTP proxy: CONNECT (RFC 9110, 9.3.6). What is written on the socket afterwards reaches the other end as it is.
#pragma once

#include <string>

#include <boost/asio/ip/tcp.hpp>

#include "pkg/net/byte_stream.h"
#include "pkg/net/proxy.h"

namespace slipway::net::detail {

// `target` is host:port. Errors: Transient where the proxy refuses or breaks off (with its status), Timeout, Canceled. On an error the socket is closed.
Awaitable<Result<boost::asio::ip::tcp::socket>> open_tunnel(boost::asio::ip::tcp::socket socket, ProxyUrl proxy, std::string target, async::Clock* clock,
                                                            Deadline deadline);

}  // namespace slipway::net::detail
