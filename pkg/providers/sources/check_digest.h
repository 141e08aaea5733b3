// Bytes against the digest that was asked for. Pure; any thread.
#pragma once

#include <string_view>

#include "pkg/base/error.h"

namespace slipway::providers {

// Errors: Invalid, naming `what` and both digests, or saying that `want` is none that Slipway knows.
[[nodiscard]] Status check_digest(std::string_view bytes, std::string_view want, std::string_view what);

}  // namespace slipway::providers
