// TLS contexts and connections over Asio and OpenSSL. TLS 1.2 or newer; peers are always verified. Only this file's .cpp sees ssl::stream.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <boost/asio/ip/tcp.hpp>

#include "pkg/net/byte_stream.h"

namespace slipway::net {

class TlsContext;  // shared by all connections of a transport or a server
using TlsContextPtr = std::shared_ptr<TlsContext>;

// ca_pem empty: the system's roots. Errors: Invalid, naming which PEM is wrong; never its content.
[[nodiscard]] Result<TlsContextPtr> make_client_tls(const std::string& ca_pem, const std::string& cert_pem, const std::string& key_pem);
[[nodiscard]] Result<TlsContextPtr> make_server_tls(const std::string& cert_pem, const std::string& key_pem, const std::string& client_ca_pem);

// The handshake on a connected socket. Errors: Transient; the message says why a certificate was refused.
Awaitable<Result<ByteStreamPtr>> tls_client_handshake(boost::asio::ip::tcp::socket socket, TlsContextPtr context, std::string server_name, async::Clock* clock,
                                                      Deadline deadline);
Awaitable<Result<ByteStreamPtr>> tls_server_handshake(boost::asio::ip::tcp::socket socket, TlsContextPtr context, async::Clock* clock, Deadline deadline);

}  // namespace slipway::net
