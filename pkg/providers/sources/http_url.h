// The addresses that sources of components are fetched from, and where a redirect leads (RFC 3986, 5.2). Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pkg/base/error.h"

namespace slipway::providers {

struct HttpUrl {
  bool tls = true;
  std::string host;  // lower case; with the brackets of an IPv6 address
  std::uint16_t port = 443;
  std::string path = "/";                                            // as it was written, escapes and all
  std::string query;                                                 // with its question mark, or empty; may hold a signature: never for messages
  [[nodiscard]] std::string origin() const;                          // "https://host", with the port where it is not the usual one
  [[nodiscard]] std::string target() const { return path + query; }  // what a request asks for
  [[nodiscard]] std::string shown() const;                           // for messages: without the query
  [[nodiscard]] bool loopback() const noexcept;
};

// https:// everywhere, http:// on this machine only. A fragment is dropped. Errors: Invalid, naming what is wrong; a URL with a user or password is not
// repeated.
[[nodiscard]] Result<HttpUrl> parse_http_url(std::string_view text);
// Where a Location leads from here. Errors: Invalid; also where it leads from https to http.
[[nodiscard]] Result<HttpUrl> resolve_location(const HttpUrl& from, std::string_view location);

}  // namespace slipway::providers
