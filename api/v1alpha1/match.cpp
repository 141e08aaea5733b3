#include "api/v1alpha1/match.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace slipway::api {
namespace {

bool digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool lower(char c) noexcept { return c >= 'a' && c <= 'z'; }
bool letter(char c) noexcept { return lower(c) || (c >= 'A' && c <= 'Z'); }
bool hex_digit(char c) noexcept { return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool printable(char c) noexcept { return c >= '!' && c <= '~'; }

// Takes digits off the front: how many there were.
std::size_t take_digits(std::string_view& text, std::size_t max) noexcept {
  std::size_t n = 0;
  while (n < max && n < text.size() && digit(text[n])) ++n;
  text.remove_prefix(n);
  return n;
}
bool take(std::string_view& text, std::string_view prefix) noexcept {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// A decimal of at most three digits without leading zeros, not above `limit`.
bool small_number(std::string_view text, int limit) noexcept {
  if (text.empty() || text.size() > 3 || !std::ranges::all_of(text, digit) || (text.size() > 1 && text.front() == '0')) return false;
  int value = 0;
  for (const char c : text) value = value * 10 + (c - '0');
  return value <= limit;
}

bool is_ipv4(std::string_view text) noexcept {
  for (int part = 0; part < 4; ++part) {
    const std::size_t dot = text.find('.');
    if ((dot == std::string_view::npos) != (part == 3)) return false;
    if (!small_number(text.substr(0, dot), 255)) return false;
    if (part < 3) text.remove_prefix(dot + 1);
  }
  return true;
}

// Three to eight groups of at most four hexadecimal digits, between colons.
bool ipv6_shape(std::string_view text) noexcept {
  std::size_t colons = 0, group = 0;
  for (const char c : text) {
    if (c == ':') {
      ++colons;
      group = 0;
    } else if (!hex_digit(c) || ++group > 4) {
      return false;
    }
  }
  return colons >= 2 && colons <= 7;
}

bool name_with(std::string_view text, bool dots) noexcept {
  const auto edge = [](char c) { return lower(c) || digit(c); };
  return !text.empty() && edge(text.front()) && edge(text.back()) &&
         std::ranges::all_of(text, [&](char c) { return edge(c) || c == '-' || (dots && c == '.'); });
}

}  // namespace

bool is_name(std::string_view text) noexcept { return name_with(text, false); }
bool is_object_name(std::string_view text) noexcept { return name_with(text, true); }

bool is_duration(std::string_view text) noexcept {
  if (text.empty() || text.front() == '0') return false;
  while (!text.empty()) {
    if (take_digits(text, 6) == 0) return false;
    if (!take(text, "ms") && !take(text, "h") && !take(text, "m") && !take(text, "s")) return false;
  }
  return true;
}

bool is_cidr(std::string_view text) noexcept {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return false;
  const std::string_view address = text.substr(0, slash);
  const std::string_view bits = text.substr(slash + 1);
  return (is_ipv4(address) && small_number(bits, 32)) || (ipv6_shape(address) && small_number(bits, 128));
}

bool is_version(std::string_view text) noexcept {
  if (!take(text, "v")) return false;
  for (int part = 0; part < 3; ++part) {
    if (part > 0 && !take(text, ".")) return false;
    if (take_digits(text, text.size()) == 0) return false;
  }
  if (text.empty()) return true;
  return (text.front() == '-' || text.front() == '+') &&
         std::ranges::all_of(text, [](char c) { return digit(c) || letter(c) || c == '-' || c == '+' || c == '.'; });
}

bool is_digest(std::string_view text) noexcept {
  return take(text, "sha256:") && text.size() == 64 && std::ranges::all_of(text, [](char c) { return digit(c) || (c >= 'a' && c <= 'f'); });
}

bool is_url(std::string_view text) noexcept {
  if (!take(text, "https://") && !take(text, "http://")) return false;
  const std::string_view authority = text.substr(0, text.find_first_of("/?#"));
  return !authority.empty() && authority.find('@') == std::string_view::npos && std::ranges::all_of(text, printable);
}

bool is_host(std::string_view text) noexcept {
  const auto edge = [](char c) { return digit(c) || letter(c); };
  if (text.empty()) return false;
  if (text.find(':') == std::string_view::npos)
    return edge(text.front()) && edge(text.back()) && std::ranges::all_of(text, [&](char c) { return edge(c) || c == '-' || c == '.'; });
  const std::size_t dot = text.find('.');
  return std::ranges::count(text.substr(0, dot), ':') >= 2 && std::ranges::all_of(text, [](char c) { return hex_digit(c) || c == ':' || c == '.'; });
}

bool is_no_proxy(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return printable(c) && c != '*' && c != ','; });
}

}  // namespace slipway::api
