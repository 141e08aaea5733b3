#include "pkg/net/proxy.h"

#include <charconv>
#include <cstdlib>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include "pkg/base/strings.h"
#include "pkg/net/detail/url.h"

namespace slipway::net {
namespace {

namespace ip = boost::asio::ip;

std::optional<ip::address> address_of(std::string_view text) {
  boost::system::error_code ec;
  auto address = ip::make_address(std::string(text), ec);
  if (ec) return std::nullopt;
  if (address.is_v6() && address.to_v6().is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, address.to_v6());
  return address;
}

bool in_network(const ip::address& address, const std::string& network) {
  boost::system::error_code ec;
  if (address.is_v4()) {
    const auto net = ip::make_network_v4(network, ec);
    return !ec && net.canonical() == ip::network_v4(address.to_v4(), net.prefix_length()).canonical();
  }
  const auto net = ip::make_network_v6(network, ec);
  return !ec && net.canonical() == ip::network_v6(address.to_v6(), static_cast<unsigned short>(net.prefix_length())).canonical();
}

// "host:port", "[v6]:port" or "host"; the port is 0 where none is given. A bare IPv6 address has no port.
std::string_view split_port(std::string_view entry, std::uint16_t& port) {
  port = 0;
  const auto colon = entry.rfind(':');
  const bool bracketed = entry.starts_with('[');
  if (bracketed ? entry.find("]:") != std::string_view::npos : colon != std::string_view::npos && entry.find(':') == colon) {
    const std::string_view digits = entry.substr(colon + 1);
    std::uint16_t number = 0;
    if (const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        ec == std::errc{} && end == digits.data() + digits.size()) {
      port = number;
      entry = entry.substr(0, colon);
    }
  }
  if (entry.starts_with('[') && entry.ends_with(']')) entry = entry.substr(1, entry.size() - 2);
  return entry;
}

bool name_matches(const std::string& host, std::string_view entry) {
  if (entry.starts_with("*.")) entry.remove_prefix(1);
  if (entry.starts_with('.')) return host.ends_with(entry) && host.size() > entry.size();
  return host == entry || (host.size() > entry.size() && host.ends_with(entry) && host[host.size() - entry.size() - 1] == '.');
}

bool entry_matches(std::string_view entry, const std::string& host, const std::optional<ip::address>& address, std::uint16_t port) {
  if (entry == "*") return true;
  if (address && entry.find('/') != std::string_view::npos) return in_network(*address, std::string(entry));
  std::uint16_t wanted = 0;
  const std::string_view name = split_port(entry, wanted);
  if (name.empty() || (wanted != 0 && wanted != port)) return false;
  if (const auto other = address_of(name)) return address && *address == *other;
  return !address && name_matches(host, name);
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

std::string ProxyUrl::origin() const { return "http://" + (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port); }

Result<ProxyUrl> parse_proxy(std::string_view text) {
  const auto scheme = text.find("://");
  const std::string kind = scheme == std::string_view::npos ? "http" : to_lower(text.substr(0, scheme));
  if (kind == "https" || kind.starts_with("socks"))
    return fail(Disposition::Invalid, "proxy URL: a proxy of kind " + kind + " is not supported: give one that is spoken to as http://host:port");
  if (kind != "http") return fail(Disposition::Invalid, "proxy URL: must be http://host:port");
  std::string_view rest = scheme == std::string_view::npos ? text : text.substr(scheme + 3);
  ProxyUrl out;
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
    std::string login;
    if (!percent_decode(rest.substr(0, at), false, login)) return fail(Disposition::Invalid, "proxy URL: the user or password has a broken escape");
    out.authorization = "Basic " + base64_encode(login.find(':') == std::string::npos ? login + ":" : login);
    rest.remove_prefix(at + 1);
  }
  while (rest.ends_with('/')) rest.remove_suffix(1);
  auto url = detail::parse_url("http://" + std::string(rest));
  if (!url) return fail(Disposition::Invalid, "proxy URL: must be http://host:port");
  if (!url->prefix.empty()) return fail(Disposition::Invalid, "proxy URL: may not hold a path");
  out.host = std::move(url->host);
  out.port = url->port;
  return out;
}

bool bypasses_proxy(std::string_view no_proxy, std::string_view host, std::uint16_t port) {
  std::string name = to_lower(host);
  while (name.ends_with('.')) name.pop_back();
  const auto address = address_of(name);
  if (name == "localhost" || (address && address->is_loopback())) return true;
  for (const std::string& part : split(no_proxy, ','))
    if (const std::string entry = to_lower(trim(part)); !entry.empty() && entry_matches(entry, name, address, port)) return true;
  return false;
}

std::string proxy_from_environment(std::string_view server_url, const std::function<std::string(const char*)>& variable) {
  const auto url = detail::parse_url(server_url);
  if (!url) return {};
  const auto either = [&](const char* upper, const char* lower) {
    std::string value = variable(upper);
    return value.empty() ? variable(lower) : value;
  };
  std::string proxy = url->tls ? either("HTTPS_PROXY", "https_proxy") : either("HTTP_PROXY", "http_proxy");
  if (proxy.empty() || bypasses_proxy(either("NO_PROXY", "no_proxy"), url->host, url->port)) return {};
  return proxy;
}

std::string proxy_from_environment(std::string_view server_url) { return proxy_from_environment(server_url, environment); }

}  // namespace slipway::net
