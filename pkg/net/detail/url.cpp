#include "pkg/net/detail/url.h"

#include <algorithm>
#include <charconv>

#include "pkg/base/strings.h"

namespace slipway::net::detail {
namespace {

bool parse_port(std::string_view text, std::uint16_t& port) noexcept {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port != 0;
}

bool is_visible(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

std::string Url::host_header() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == (tls ? 443 : 80) ? name : name + ":" + std::to_string(port);
}

std::string Url::origin() const { return (tls ? "https://" : "http://") + host_header(); }

Result<Url> parse_url(std::string_view text) {
  // What comes before an @ may be a password: such an URL is not repeated.
  if (text.find('@') != std::string_view::npos) return fail(Disposition::Invalid, "server URL: may not hold a user or a password");
  const auto wrong = [&](std::string_view why) { return fail(Disposition::Invalid, "server URL \"" + shorten(text, 200) + "\": " + std::string(why)); };
  if (!is_visible(text)) return fail(Disposition::Invalid, "server URL: holds blanks, control characters or letters beyond ASCII");
  Url url;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
    url.tls = false;
    url.port = 80;
  } else {
    return wrong("must start with https://");
  }
  if (rest.find_first_of("?#\\\"<>^`{|}") != std::string_view::npos) return wrong("may hold a host, a port and a path only");
  if (const auto slash = rest.find('/'); slash != std::string_view::npos) {
    url.prefix = rest.substr(slash);
    while (url.prefix.ends_with('/')) url.prefix.pop_back();
    rest = rest.substr(0, slash);
  }
  std::string_view port;
  if (rest.starts_with('[')) {
    const auto close = rest.find(']');
    if (close == std::string_view::npos) return wrong("has no ] after the address");
    url.host = rest.substr(1, close - 1);
    port = rest.substr(close + 1);
  } else {
    const auto colon = rest.find(':');
    url.host = rest.substr(0, colon);
    if (colon != std::string_view::npos) port = rest.substr(colon);
  }
  if (url.host.empty()) return wrong("has no host");
  if (port.empty()) return url;
  if (port.front() != ':' || !parse_port(port.substr(1), url.port)) return wrong("the port must be a number from 1 to 65535");
  return url;
}

}  // namespace slipway::net::detail
