// Errors as values. Result<T> is what every fallible function of Slipway returns; an Error gains context as it rises and keeps the
// class (Disposition) that one place, controller.cpp, maps to retry or stop. Thread: any; values only.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway {

// What a caller can do about an error. Transient, Timeout and TooManyRequests are worth a retry with backoff; Conflict wants a fresh
// read first; the others will not go away by trying again.
enum class Disposition : std::uint8_t {
  Transient,        // connection lost, 5xx, webhook unavailable
  Timeout,          // our deadline passed
  TooManyRequests,  // 429; see retry_after
  Conflict,         // 409 Conflict: resourceVersion or UID precondition failed, or an apply conflict
  AlreadyExists,    // 409 AlreadyExists
  NotFound,         // 404
  Gone,             // 410 Gone or Expired: the resourceVersion is too old
  Unauthorized,     // 401
  Forbidden,        // 403
  Invalid,          // 400, 415, 422: the request itself is wrong
  Unsupported,      // 405, 406, 501
  Canceled,         // somebody stopped us; never reported to users
  Terminal,         // anything else that a retry cannot cure
};

[[nodiscard]] std::string_view to_string(Disposition d) noexcept;

// metav1.Status as far as callers read it (apimachinery pkg/apis/meta/v1/types.go, type Status).
struct ApiStatus {
  int code = 0;
  std::string reason;   // metav1.StatusReason, CamelCase
  std::string message;  // the server's sentence, unchanged
  struct Cause {
    std::string reason;
    std::string message;
    std::string field;
  };
  std::vector<Cause> causes;
  std::optional<std::chrono::seconds> retry_after;
};

class [[nodiscard]] Error {
 public:
  Error(Disposition disposition, std::string message) : disposition_(disposition), message_(std::move(message)) {}
  Error(Disposition disposition, std::string message, ApiStatus status)
      : disposition_(disposition), message_(std::move(message)), status_(std::make_shared<const ApiStatus>(std::move(status))) {}

  [[nodiscard]] Disposition disposition() const noexcept { return disposition_; }
  // The whole chain, outermost context first: "installing provider x: applying Deployment y: 403 ...".
  [[nodiscard]] const std::string& message() const noexcept { return message_; }
  // The Kubernetes Status that the server answered with, or nullptr.
  [[nodiscard]] const ApiStatus* status() const noexcept { return status_.get(); }

  [[nodiscard]] bool is(Disposition d) const noexcept { return disposition_ == d; }
  // True where trying the same again later can succeed.
  [[nodiscard]] bool retryable() const noexcept;

  // This error with "context: " in front.
  [[nodiscard]] Error in(std::string_view context) const&;
  [[nodiscard]] Error in(std::string_view context) &&;

 private:
  Disposition disposition_;
  std::string message_;
  std::shared_ptr<const ApiStatus> status_;
};

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

// return fail(Disposition::Invalid, "spec.plan: must be dev or prod");
[[nodiscard]] inline std::unexpected<Error> fail(Disposition d, std::string message) { return std::unexpected<Error>(std::in_place, d, std::move(message)); }
// return fail(std::move(r).error().in("applying Deployment x"));
[[nodiscard]] inline std::unexpected<Error> fail(Error e) { return std::unexpected<Error>(std::move(e)); }

}  // namespace slipway
