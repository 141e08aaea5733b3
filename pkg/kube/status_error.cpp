// From HTTP answers and metav1.Status to Error. The reason decides before the code does: it is what the server means
// (apimachinery pkg/api/errors, ReasonForError), while proxies in between change codes.
#include <algorithm>
#include <array>

#include "pkg/base/strings.h"
#include "pkg/kube/client.h"
#include "pkg/kube/detail/caller.h"

namespace slipway::kube {
namespace {

constexpr std::size_t kMaxMessage = 2048;                   // client-go keeps as much of a body that is no Status
constexpr std::size_t kMaxCauses = 64;                      // a Status of a hostile server stays small here
constexpr std::chrono::seconds kMaxRetryAfter{60UL * 10U};  // longer than any controller should stand still

struct Meaning {
  std::string_view reason;
  Disposition disposition;
};
constexpr std::array kReasons{
    Meaning{"Unauthorized", Disposition::Unauthorized},
    Meaning{"Forbidden", Disposition::Forbidden},
    Meaning{"NotFound", Disposition::NotFound},
    Meaning{"AlreadyExists", Disposition::AlreadyExists},
    Meaning{"Conflict", Disposition::Conflict},
    Meaning{"Gone", Disposition::Gone},
    Meaning{"Expired", Disposition::Gone},
    Meaning{"Invalid", Disposition::Invalid},
    Meaning{"BadRequest", Disposition::Invalid},
    Meaning{"RequestEntityTooLarge", Disposition::Invalid},
    Meaning{"UnsupportedMediaType", Disposition::Invalid},
    Meaning{"MethodNotAllowed", Disposition::Unsupported},
    Meaning{"NotAcceptable", Disposition::Unsupported},
    Meaning{"TooManyRequests", Disposition::TooManyRequests},
    Meaning{"ServerTimeout", Disposition::Transient},
    Meaning{"Timeout", Disposition::Transient},
    Meaning{"ServiceUnavailable", Disposition::Transient},
    Meaning{"InternalError", Disposition::Transient},
    Meaning{"StorageReadError", Disposition::Transient},
};

Disposition from_code(int code) noexcept {
  switch (code) {
    case 400:
    case 413:
    case 415:
    case 422: return Disposition::Invalid;
    case 401: return Disposition::Unauthorized;
    case 403: return Disposition::Forbidden;
    case 404: return Disposition::NotFound;
    case 405:
    case 406:
    case 501: return Disposition::Unsupported;
    case 408: return Disposition::Transient;
    case 409: return Disposition::Conflict;
    case 410: return Disposition::Gone;
    case 429: return Disposition::TooManyRequests;
    default: return code >= 500 && code < 600 ? Disposition::Transient : Disposition::Terminal;
  }
}

Disposition disposition_of(const ApiStatus& s) noexcept {
  // "cannot create in a namespace that is being terminated" is a 403 that time cures.
  if (std::ranges::any_of(s.causes, [](const auto& c) { return c.reason == "NamespaceTerminating"; })) return Disposition::Transient;
  const auto* it = std::ranges::find(kReasons, s.reason, &Meaning::reason);
  return it != kReasons.end() ? it->disposition : from_code(s.code);
}

std::string_view reason_for_code(int code) noexcept {
  switch (code) {
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "NotFound";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 422: return "Invalid";
    case 429: return "TooManyRequests";
    case 503: return "ServiceUnavailable";
    case 504: return "Timeout";
    default: return {};
  }
}

std::optional<std::chrono::seconds> bounded(std::int64_t seconds) {
  if (seconds <= 0) return std::nullopt;
  return std::min(std::chrono::seconds(seconds), kMaxRetryAfter);
}

ApiStatus parse_status(const Object& status) {
  ApiStatus s;
  s.code = static_cast<int>(std::clamp<std::int64_t>(status["code"].as_int(), 0, 999));
  s.reason = shorten(status["reason"].as_string(), 128);
  s.message = shorten(status["message"].as_string(), kMaxMessage);
  const json::Value& details = status["details"];
  for (const auto& c : details["causes"].array()) {
    if (s.causes.size() == kMaxCauses) break;
    s.causes.push_back({shorten(c["reason"].as_string(), 128), shorten(c["message"].as_string(), kMaxMessage), shorten(c["field"].as_string(), 256)});
  }
  s.retry_after = bounded(details["retryAfterSeconds"].as_int());
  return s;
}

Error make_error(ApiStatus s, std::string_view what) {
  const Disposition d = disposition_of(s);
  std::string text(what);
  text.append(": ").append(s.code == 0 ? "error" : std::to_string(s.code));
  if (!s.reason.empty()) text.append(" ").append(s.reason);
  if (!s.message.empty()) text.append(": ").append(s.message);
  return Error(d, std::move(text), std::move(s));
}

// What a proxy or a load balancer said, as one line of text.
std::string text_of_body(std::string_view body) {
  body = trim(body);
  if (body.empty()) return {};
  if (!is_utf8(body)) return "(a body of " + std::to_string(body.size()) + " bytes that is no text)";
  std::string out = shorten(body, kMaxMessage);
  std::ranges::replace_if(out, [](char c) { return static_cast<unsigned char>(c) < 0x20U || c == 0x7F; }, ' ');
  return out;
}

}  // namespace

Error error_from_status(const Object& status, std::string_view what) { return make_error(parse_status(status), what); }

Error error_from_response(const net::Response& response, std::string_view what) {
  ApiStatus s;
  auto parsed = json::parse(response.body, {.max_bytes = 1UL << 20U, .max_depth = 32});
  if (parsed && kind_of(*parsed) == "Status")
    s = parse_status(*parsed);
  else
    s.message = text_of_body(response.body);
  if (s.code == 0) s.code = response.status;
  if (s.reason.empty()) s.reason = reason_for_code(s.code);
  if (!s.retry_after) s.retry_after = detail::retry_after_of(response.headers);
  return make_error(std::move(s), what);
}

bool is_resource_version_too_large(const Error& error) noexcept {
  const ApiStatus* s = error.status();
  if (s == nullptr) return false;
  if (std::ranges::any_of(s->causes, [](const auto& c) { return c.reason == "ResourceVersionTooLarge"; })) return true;
  return s->message.contains("Too large resource version");  // servers before 1.17 send no cause
}

}  // namespace slipway::kube
