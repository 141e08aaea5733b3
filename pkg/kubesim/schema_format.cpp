#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <string>

#include <arpa/inet.h>

#include "pkg/base/strings.h"
#include "pkg/base/time.h"
#include "pkg/kubesim/cel_value.h"
#include "pkg/kubesim/schema.h"
#include "pkg/kubesim/status_error.h"

namespace slipway::kubesim {

namespace {

std::string normalized(std::string_view format) {
  std::string out(format);
  std::erase(out, '-');
  return out;
}

// The formats that are a regular expression in strfmt.
const Pattern* format_pattern(const std::string& format) {
  static const auto* const kPatterns = [] {
    const std::pair<const char*, const char*> sources[] = {
        {"bsonobjectid", "^[0-9a-fA-F]{24}$"},
        {"hostname", R"(^([a-zA-Z0-9\pL]([a-zA-Z0-9\pL-]{0,61}[a-zA-Z0-9\pL])?)(\.[a-zA-Z0-9\pL]([a-zA-Z0-9\pL-]{0,61}[a-zA-Z0-9\pL])?)*\.?$)"},
        {"email", R"(^[^@\s]+@[^@\s]+$|^[^<>]*<[^@\s]+@[^@\s]+>$)"},
        {"mac", "^[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}$|^([0-9a-fA-F]{4}[.]){2}[0-9a-fA-F]{4}$|^[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){7}$"},
        {"uuid", "(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$"},
        {"uuid3", "(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$"},
        {"uuid4", "(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$"},
        {"uuid5", "(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$"},
        {"hexcolor", "^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$"},
        {"rgbcolor", R"(^rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)$)"},
        {"ssn", R"(^\d{3}[- ]?\d{2}[- ]?\d{4}$)"},
        {"creditcard", R"(^[0-9 -]{12,30}$)"},
        {"isbn", "^(97[89])?[- ]?([0-9][- ]?){9}[0-9Xx]$"},
        {"isbn10", "^([0-9][- ]?){9}[0-9Xx]$"},
        {"isbn13", "^(97[89])[- ]?([0-9][- ]?){9}[0-9]$"},
        {"uri", R"(^([a-zA-Z][a-zA-Z0-9+.-]*:[^\s]*|/[^\s]*)$)"},
        {"date", R"(^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$)"},
    };
    auto* patterns = new std::map<std::string, Pattern, std::less<>>;
    for (const auto& [name, source] : sources) {
      if (auto pattern = Pattern::compile(source)) patterns->emplace(name, std::move(*pattern));
    }
    return patterns;
  }();
  const auto it = kPatterns->find(format);
  return it == kPatterns->end() ? nullptr : &it->second;
}

bool is_address(const std::string& text, int family) {
  std::array<unsigned char, 16> buffer{};
  return text.size() <= 64 && inet_pton(family, text.c_str(), buffer.data()) == 1;
}

bool is_cidr(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) return false;
  int bits = -1;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + slash + 1, end, bits);
  const bool v4 = is_address(text.substr(0, slash), AF_INET);
  return error == std::errc{} && stop == end && bits >= 0 && (v4 || is_address(text.substr(0, slash), AF_INET6)) && bits <= (v4 ? 32 : 128);
}

}  // namespace

bool is_checked_format(std::string_view format) {
  static constexpr std::string_view kOthers[] = {"ipv4", "ipv6", "cidr", "byte", "password", "duration", "datetime"};
  const std::string name = normalized(format);
  return std::ranges::find(kOthers, name) != std::end(kOthers) || format_pattern(name) != nullptr;
}

bool has_format(std::string_view format, std::string_view text) {
  const std::string name = normalized(format);
  if (const Pattern* pattern = format_pattern(name)) return pattern->matches(text);
  const std::string copy(text);
  if (name == "ipv4") return is_address(copy, AF_INET);
  if (name == "ipv6") return is_address(copy, AF_INET6);
  if (name == "cidr") return is_cidr(copy);
  if (name == "datetime") return parse_rfc3339(text).has_value();
  if (name == "duration") {
    cel::Duration ignored;
    return cel::parse_go_duration(text, ignored);
  }
  if (name == "byte") {
    std::string ignored;
    return base64_decode(text, ignored);
  }
  return true;
}

std::string go_float(double value) {
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  const double magnitude = std::abs(value);
  const bool exponent = magnitude != 0 && (magnitude < 1e-4 || magnitude >= 1e21);  // strconv's %v
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, exponent ? std::chars_format::scientific : std::chars_format::fixed).ptr;
  return {buffer.data(), end};
}

std::string go_value(const json::Value& value) {
  switch (value.type()) {
    case json::Type::Null: return "null";
    case json::Type::Bool: return value.as_bool() ? "true" : "false";
    case json::Type::Integer: return std::to_string(value.as_int());
    case json::Type::Double: return go_float(value.as_double());
    case json::Type::String: return quoted(value.as_string());
    case json::Type::Array:
    case json::Type::Object: break;
  }
  return shorten(json::dump_canonical(value), 2000);
}

}  // namespace slipway::kubesim
