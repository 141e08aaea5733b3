// HTTP/1.1 over TLS (or plain TCP for loopback tests and proxies of kubectl): a Transport with a small keep-alive pool (8 idle, retired after 60 s:
// kube-apiserver closes idle ones at 90 s) and a connection of its own for each stream. TLS 1.2 or newer, peer and host name always verified, ALPN http/1.1.
// On a pooled connection that turns out dead before the first byte of an answer, a GET is sent once more on a fresh one; writes are not.
#pragma once

#include <memory>
#include <string>

#include "pkg/net/http.h"

namespace slipway::net {

struct TransportOptions {
  std::string url;     // https://host:port or http://host:port; a path is put before every target
  std::string ca_pem;  // empty: the system's roots
  std::string client_cert_pem;
  std::string client_key_pem;
  std::string tls_server_name;  // empty: the host of the url
  std::chrono::seconds connect_timeout{30};
  std::size_t max_body = 64UL << 20U;
};
// Errors: Invalid, naming what is wrong with the url or the PEM.
[[nodiscard]] Result<std::shared_ptr<Transport>> make_transport(async::Executor executor, async::Clock& clock, TransportOptions options);

// Calls a Handler directly; streams are passed through. For tests.
[[nodiscard]] std::shared_ptr<Transport> make_memory_transport(Handler handler);

}  // namespace slipway::net
