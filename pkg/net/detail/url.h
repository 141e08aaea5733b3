// The address of an API server as a kubeconfig writes it. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pkg/base/error.h"

namespace slipway::net::detail {

struct Url {
  bool tls = true;
  std::string host;  // without the brackets of an IPv6 address
  std::uint16_t port = 443;
  std::string prefix;  // of every path; no slash at its end
  [[nodiscard]] std::string host_header() const;
  [[nodiscard]] std::string origin() const;  // "https://host:port", for messages
};
// Errors: Invalid, naming what is wrong.
[[nodiscard]] Result<Url> parse_url(std::string_view text);

}  // namespace slipway::net::detail
