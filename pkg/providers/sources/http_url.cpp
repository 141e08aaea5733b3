#include "pkg/providers/sources/http_url.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "pkg/base/strings.h"

namespace slipway::providers {
namespace {

constexpr std::size_t kMaxUrl = 8'192;  // signed addresses of object stores are 1 to 2 KiB

bool is_visible(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '\\' && c != '"' && c != '<' && c != '>'; });
}

bool is_host(std::string_view host) noexcept {
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  const std::string_view name = bracketed ? host.substr(1, host.size() - 2) : host;
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || (bracketed ? c == ':' : c == '-' || c == '_');
  });
}

// A path without its "." and ".." segments (RFC 3986, 5.2.4). It starts with a slash.
std::string without_dots(std::string_view path) {
  std::vector<std::string> kept;
  const std::vector<std::string> parts = split(path.substr(1), '/');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    if (parts[i] == ".." && !kept.empty()) kept.pop_back();
    if (parts[i] != "." && parts[i] != "..")
      kept.push_back(parts[i]);
    else if (last)
      kept.emplace_back();
  }
  return "/" + join(kept, "/");
}

}  // namespace

std::string HttpUrl::origin() const {
  const std::string name = (tls ? "https://" : "http://") + host;
  return port == (tls ? 443 : 80) ? name : name + ":" + std::to_string(port);
}

std::string HttpUrl::shown() const { return origin() + shorten(path, 300); }

bool HttpUrl::loopback() const noexcept {
  if (host == "localhost" || host == "[::1]") return true;
  return host.starts_with("127.") && std::all_of(host.begin(), host.end(), [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

Result<HttpUrl> parse_http_url(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return fail(Disposition::Invalid, "URL \"" + shorten(text.substr(0, text.find('?')), 200) + "\": " + std::string(why));
  };
  const auto scheme_end = text.find("://");
  const auto authority_end = scheme_end == std::string_view::npos ? 0 : std::min(text.find_first_of("/?#", scheme_end + 3), text.size());
  if (text.substr(0, authority_end).find('@') != std::string_view::npos)
    return fail(Disposition::Invalid, "URL: may not hold a user or a password; give the source credentials instead");
  if (text.size() > kMaxUrl) return wrong("is longer than " + std::to_string(kMaxUrl) + " characters");
  if (!is_visible(text)) return fail(Disposition::Invalid, "URL: holds blanks, quotes, control characters or letters beyond ASCII");
  const std::string scheme = to_lower(text.substr(0, std::min(scheme_end, text.size())));
  if (scheme_end == std::string_view::npos || (scheme != "https" && scheme != "http")) return wrong("must start with https://");
  HttpUrl url;
  url.tls = scheme == "https";
  url.port = url.tls ? 443 : 80;
  url.host = to_lower(text.substr(scheme_end + 3, authority_end - scheme_end - 3));
  if (const auto colon = url.host.rfind(':'); colon != std::string::npos && !url.host.ends_with(']')) {
    const char* end = url.host.data() + url.host.size();
    const auto [stop, error] = std::from_chars(url.host.data() + colon + 1, end, url.port);
    if (error != std::errc{} || stop != end || url.port == 0) return wrong("the port must be a number from 1 to 65535");
    url.host.resize(colon);
  }
  if (!is_host(url.host)) return wrong("has no host, or one that is no name and no address");
  if (!url.tls && !url.loopback()) return wrong("is not encrypted: must start with https://");
  std::string_view rest = text.substr(authority_end);
  rest = rest.substr(0, rest.find('#'));
  const auto question = rest.find('?');
  if (const std::string_view path = rest.substr(0, question); !path.empty()) url.path = path;
  if (question != std::string_view::npos) url.query = rest.substr(question);
  return url;
}

Result<HttpUrl> resolve_location(const HttpUrl& from, std::string_view location) {
  location = location.substr(0, location.find('#'));
  std::string absolute;
  const auto colon = location.find(':');
  if (colon != std::string_view::npos && colon < location.find_first_of("/?")) {
    absolute = location;
  } else if (location.starts_with("//")) {
    absolute = (from.tls ? "https:" : "http:") + std::string(location);
  } else {
    const auto question = std::min(location.find('?'), location.size());
    std::string path(location.substr(0, question));
    std::string query(location.substr(question));
    if (path.empty()) {
      path = from.path;
      if (query.empty()) query = from.query;
    } else if (path.front() != '/') {
      path = from.path.substr(0, from.path.rfind('/') + 1) + path;
    }
    absolute = from.origin() + without_dots(path) + query;
  }
  auto url = parse_http_url(absolute);
  if (!url) return fail(std::move(url).error().in("redirected"));
  if (from.tls && !url->tls) return fail(Disposition::Invalid, "redirected from https to \"" + url->shown() + "\", which is not encrypted");
  return url;
}

}  // namespace slipway::providers
