// Which HTTP proxy a connection goes through, by the rules of Go's net/http (golang.org/x/net/http/httpproxy), so that the environment of a pod means to us
// what it means to its neighbours. Pure but for reading the environment; no I/O.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "pkg/base/error.h"

namespace slipway::net {

struct ProxyUrl {
  std::string host;
  std::uint16_t port = 80;
  std::string authorization;                 // secret: "Basic ...", or empty
  [[nodiscard]] std::string origin() const;  // "http://host:port", for messages
};
// Errors: Invalid. Proxies over TLS and SOCKS are refused by name; the text is not repeated where it may hold a password.
[[nodiscard]] Result<ProxyUrl> parse_proxy(std::string_view text);

// True where NO_PROXY says that host (a name or an address) and port are reached directly: "*", names with their subdomains, ".only.subdomains", addresses,
// networks (CIDR), each but the networks with ":port" where wanted. This machine's own addresses always are.
[[nodiscard]] bool bypasses_proxy(std::string_view no_proxy, std::string_view host, std::uint16_t port);

// The proxy that the environment wants for a server URL: HTTPS_PROXY, HTTP_PROXY and NO_PROXY, or the same in lower case; empty for none. `variable` reads one.
[[nodiscard]] std::string proxy_from_environment(std::string_view server_url, const std::function<std::string(const char*)>& variable);
[[nodiscard]] std::string proxy_from_environment(std::string_view server_url);

}  // namespace slipway::net
