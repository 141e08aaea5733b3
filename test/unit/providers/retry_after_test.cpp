#include "pkg/providers/sources/retry_after.h"

#include <catch2/catch_test_macros.hpp>

using namespace slipway;
using namespace slipway::providers;
using std::chrono::seconds;

TEST_CASE("a date of HTTP is read, and nothing else is taken for one") {
  CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == parse_rfc3339("1994-11-06T08:49:37Z"));
  CHECK(parse_http_date("Thu, 29 Feb 2024 23:59:59 GMT") == parse_rfc3339("2024-02-29T23:59:59Z"));
  for (const char* text : {"", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 31 Feb 2024 08:49:37 GMT", "Sun, 06 Nox 1994 08:49:37 GMT",
                           "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06-Nov-1994 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"})
    CHECK_FALSE(parse_http_date(text));
}

TEST_CASE("what a server asks to wait is understood in all its forms") {
  const WallTime now = parse_rfc3339("2026-01-01T00:00:00Z").value();
  CHECK(asked_wait(429, {{"Retry-After", "120"}}, now) == seconds(120));
  CHECK(asked_wait(503, {{"retry-after", " 5 "}}, now) == seconds(5));
  CHECK(asked_wait(429, {{"Retry-After", "Thu, 01 Jan 2026 00:01:00 GMT"}}, now) == seconds(60));
  CHECK(asked_wait(429, {{"Retry-After", "Wed, 31 Dec 2025 00:00:00 GMT"}}, now) == seconds(0));
  CHECK(asked_wait(403, {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1767225700"}}, now) == seconds(100));
  CHECK(asked_wait(403, {{"Retry-After", "7"}, {"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1767225700"}}, now) == seconds(7));
}

TEST_CASE("nonsense in the fields that ask to wait is no wait, and no wait is longer than a year") {
  const WallTime now = parse_rfc3339("2026-01-01T00:00:00Z").value();
  CHECK_FALSE(asked_wait(200, {{"Retry-After", "120"}}, now));
  CHECK_FALSE(asked_wait(404, {{"Retry-After", "120"}}, now));
  CHECK_FALSE(asked_wait(429, {}, now));
  CHECK_FALSE(asked_wait(429, {{"Retry-After", "-1"}}, now));
  CHECK_FALSE(asked_wait(429, {{"Retry-After", "soon"}}, now));
  CHECK_FALSE(asked_wait(403, {{"x-ratelimit-remaining", "1"}, {"x-ratelimit-reset", "1767225700"}}, now));
  CHECK_FALSE(asked_wait(403, {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "999999999999999999"}}, now));
  CHECK(asked_wait(429, {{"Retry-After", "99999999999999999999999"}}, now) == std::chrono::hours(24 * 365));
  CHECK(asked_wait(429, {{"Retry-After", "9223372036854775807"}}, now) == std::chrono::hours(24 * 365));
}
