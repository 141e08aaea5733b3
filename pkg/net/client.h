// HTTP/1.1 over TLS (or plain TCP for loopback tests and proxies of kubectl): a Transport with a keep-alive pool (at most 64 idle, retired after 60 s:
// kube-apiserver closes idle ones at 90 s) and a connection of its own for each stream. TLS 1.2 or newer, peer and host name always verified, ALPN http/1.1.
// On a pooled connection that turns out dead before the first byte of an answer, a GET is sent once more on a fresh one; a GET whose connection breaks is sent
// again after a second, at most ten times and within its deadline (client-go rest.Request); what writes is sent once.
// Names are resolved for every new connection; where that fails or takes over 5 s the last known addresses serve. Addresses are tried 250 ms apart (RFC 8305),
// those that failed in the last minute last. A proxy is spoken to with CONNECT, so it sees no request.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "pkg/net/http.h"

namespace slipway::net {

// Whom a TLS client trusts, and who it says it is. Compared as a whole to see a change.
struct TlsIdentity {
  std::string ca_pem;  // empty: the system's roots
  std::string cert_pem;
  std::string key_pem;  // secret
  friend bool operator==(const TlsIdentity&, const TlsIdentity&) = default;
};
// Asked before every handshake, every five minutes while there are connections, and by Transport::refresh(). Where the client's certificate has changed, all
// connections that were made with the old one are closed (requests under way on them are Transient errors); where only the CA has, the idle ones. An error, or
// an identity that does not fit together (half of a pair was written), keeps what there was.
using TlsSource = std::function<Result<TlsIdentity>()>;

// The addresses of a host name, as literals. Errors: Transient, Timeout, Canceled.
using Resolve = std::function<Awaitable<Result<std::vector<std::string>>>(std::string host, Deadline deadline)>;

struct TransportOptions {
  std::string url;     // https://host:port or http://host:port; a path is put before every target
  std::string ca_pem;  // empty: the system's roots
  std::string client_cert_pem;
  std::string client_key_pem;
  TlsSource tls_source;         // instead of the three above
  std::string tls_server_name;  // empty: the host of the url
  std::string proxy;            // http://[user:password@]host:port; empty: none (see proxy.h for the environment's)
  Resolve resolve;              // null: getaddrinfo
  std::chrono::seconds connect_timeout{30};
  std::chrono::milliseconds retry_wait{1000};
  std::size_t max_body = 64UL << 20U;
};
// Errors: Invalid, naming what is wrong with the url, the proxy or the PEM.
[[nodiscard]] Result<std::shared_ptr<Transport>> make_transport(async::Executor executor, async::Clock& clock, TransportOptions options);

// Calls a Handler directly; streams are passed through. For tests.
[[nodiscard]] std::shared_ptr<Transport> make_memory_transport(Handler handler);

}  // namespace slipway::net
