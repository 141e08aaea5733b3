#include "pkg/base/error.h"

namespace slipway {

std::string_view to_string(Disposition d) noexcept {
  switch (d) {
    case Disposition::Transient: return "Transient";
    case Disposition::Timeout: return "Timeout";
    case Disposition::TooManyRequests: return "TooManyRequests";
    case Disposition::Conflict: return "Conflict";
    case Disposition::AlreadyExists: return "AlreadyExists";
    case Disposition::NotFound: return "NotFound";
    case Disposition::Gone: return "Gone";
    case Disposition::Unauthorized: return "Unauthorized";
    case Disposition::Forbidden: return "Forbidden";
    case Disposition::Invalid: return "Invalid";
    case Disposition::Unsupported: return "Unsupported";
    case Disposition::Canceled: return "Canceled";
    case Disposition::Terminal: return "Terminal";
  }
  return "Terminal";
}

bool Error::retryable() const noexcept {
  switch (disposition_) {
    case Disposition::Transient:
    case Disposition::Timeout:
    case Disposition::TooManyRequests:
    case Disposition::Conflict:
    case Disposition::Gone:
    case Disposition::Unauthorized: return true;
    default: return false;
  }
}

Error Error::in(std::string_view context) const& {
  Error copy = *this;
  return std::move(copy).in(context);
}

Error Error::in(std::string_view context) && {
  std::string whole;
  whole.reserve(context.size() + 2 + message_.size());
  whole.append(context).append(": ").append(message_);
  message_ = std::move(whole);
  return std::move(*this);
}

}  // namespace slipway
