// When a server wants to be asked again. Pure; any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "pkg/base/time.h"
#include "pkg/net/http.h"

namespace slipway::providers {

// An HTTP-date as servers must write it (RFC 9110, 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT".
[[nodiscard]] std::optional<WallTime> parse_http_date(std::string_view text);
// How long an answer of status 403, 408, 429 or 5xx asks to wait: Retry-After in seconds or as a date (RFC 9110, 10.2.3), or GitHub's x-ratelimit-remaining: 0
// with x-ratelimit-reset in seconds since 1970. At most a year; nothing where it does not say.
[[nodiscard]] std::optional<std::chrono::seconds> asked_wait(int status, const net::Headers& headers, WallTime now);

}  // namespace slipway::providers
