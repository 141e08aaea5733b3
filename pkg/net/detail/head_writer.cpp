#include <algorithm>
#include <array>
#include <charconv>

#include "pkg/base/strings.h"
#include "pkg/net/detail/codec.h"

namespace slipway::net::detail {
namespace {

// RFC 9110, 5.6.2
bool is_token(std::string_view text) noexcept {
  constexpr std::string_view kOther = "!#$%&'*+-.^_`|~";
  const auto fits = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kOther.find(c) != std::string_view::npos;
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

bool is_field_value(std::string_view text) noexcept {
  return std::none_of(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; });
}

bool is_target(std::string_view text) noexcept {
  return text.starts_with('/') && std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

// Fields that say where a message ends, or whom it is for, are written by the code that knows.
bool is_ours(std::string_view name) {
  constexpr std::array<std::string_view, 6> kOurs{"content-length", "transfer-encoding", "connection", "host", "te", "expect"};
  return std::ranges::find(kOurs, to_lower(name)) != kOurs.end();
}

Status append_fields(std::string& out, const Headers& headers) {
  for (const auto& [name, value] : headers.all()) {
    // The value is not repeated: it may be a credential.
    if (!is_token(name)) return fail(Disposition::Invalid, "\"" + shorten(name, 60) + "\" is no name for a header field");
    if (!is_field_value(value)) return fail(Disposition::Invalid, "header field " + shorten(name, 60) + " has control characters in its value");
    if (!is_ours(name)) out.append(name).append(": ").append(value).append("\r\n");
  }
  return {};
}

}  // namespace

Result<std::string> request_head(const Request& request, std::string_view host, std::string_view path_prefix) {
  if (!is_token(request.method)) return fail(Disposition::Invalid, "\"" + shorten(request.method, 20) + "\" is no HTTP method");
  if (!is_target(request.target))
    return fail(Disposition::Invalid, "request target \"" + shorten(request.target, 100) + "\" must start with / and be percent-encoded");
  std::string out;
  out.reserve(256 + request.target.size());
  out.append(request.method).append(" ").append(path_prefix).append(request.target).append(" HTTP/1.1\r\nHost: ").append(host).append("\r\n");
  if (auto added = append_fields(out, request.headers); !added) return fail(std::move(added).error());
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH")
    out.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
  out.append("\r\n");
  return out;
}

Result<std::string> response_head(const Response& response, Framing framing, bool close) {
  if (response.status < 200 || response.status > 599)
    return fail(Disposition::Invalid, "status " + std::to_string(response.status) + " is no final HTTP status");
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + " " + std::string(reason_phrase(response.status)) + "\r\n";
  if (auto added = append_fields(out, response.headers); !added) return fail(std::move(added).error());
  if (framing == Framing::Length) out.append("Content-Length: ").append(std::to_string(response.body.size())).append("\r\n");
  if (framing == Framing::Chunked) out.append("Transfer-Encoding: chunked\r\n");
  if (close) out.append("Connection: close\r\n");
  out.append("\r\n");
  return out;
}

std::string chunk(std::string_view bytes) {
  std::array<char, 16> size{};
  const auto end = std::to_chars(size.data(), size.data() + size.size(), bytes.size(), 16).ptr;
  std::string out;
  out.reserve(bytes.size() + 24);
  return out.append(size.data(), end).append("\r\n").append(bytes).append("\r\n");
}

}  // namespace slipway::net::detail
