#include "pkg/net/http.h"

#include <algorithm>

#include "pkg/base/strings.h"

namespace slipway::net {
namespace {

bool same_name(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

void Headers::set(std::string name, std::string value) {
  std::erase_if(fields_, [&](const auto& field) { return same_name(field.first, name); });
  fields_.emplace_back(std::move(name), std::move(value));
}

std::string_view Headers::get(std::string_view name) const noexcept {
  for (const auto& [key, value] : fields_)
    if (same_name(key, name)) return value;
  return {};
}

bool Headers::contains(std::string_view name) const noexcept {
  return std::any_of(fields_.begin(), fields_.end(), [&](const auto& field) { return same_name(field.first, name); });
}

std::string_view reason_phrase(int status) noexcept {
  switch (status) {
    case 100: return "Continue";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 413: return "Request Entity Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Entity";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Unknown";
  }
}

std::string_view Target::get(std::string_view key) const noexcept {
  for (const auto& [name, value] : query)
    if (name == key) return value;
  return {};
}

bool Target::has(std::string_view key) const noexcept {
  return std::any_of(query.begin(), query.end(), [&](const auto& pair) { return pair.first == key; });
}

Result<Target> parse_target(std::string_view target) {
  const auto broken = [&] { return fail(Disposition::Invalid, "request target \"" + shorten(target, 100) + "\" has a broken escape or no leading /"); };
  Target out;
  const auto question = target.find('?');
  const std::string_view path = target.substr(0, question);
  if (!path.starts_with('/') || !percent_decode(path, false, out.path)) return broken();
  if (question == std::string_view::npos) return out;
  for (const std::string& pair : split(target.substr(question + 1), '&')) {
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    std::string key;
    std::string value;
    if (!percent_decode(std::string_view(pair).substr(0, equals), true, key)) return broken();
    if (equals != std::string::npos && !percent_decode(std::string_view(pair).substr(equals + 1), true, value)) return broken();
    out.query.emplace_back(std::move(key), std::move(value));
  }
  return out;
}

}  // namespace slipway::net
