#include "pkg/async/backoff.h"

#include <catch2/catch_test_macros.hpp>

namespace slipway::async {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_CASE("delays double up to the cap", "[async]") {
  Backoff backoff({.initial = seconds(1), .cap = seconds(10), .factor = 2.0, .jitter = 0, .reset_after = minutes(2)}, 1);
  TimePoint now{};
  for (const int expected : {1, 2, 4, 8, 10, 10}) CHECK(backoff.next(now) == seconds(expected));
}

TEST_CASE("jitter adds at most its share", "[async]") {
  Backoff backoff({.initial = milliseconds(800), .cap = seconds(30), .factor = 2.0, .jitter = 1.0, .reset_after = minutes(2)}, 7);
  TimePoint now{};
  Duration base = milliseconds(800);
  for (int i = 0; i < 200; ++i) {
    const Duration delay = backoff.next(now);
    CHECK(delay >= base);
    CHECK(delay < 2 * base);
    base = std::min<Duration>(seconds(30), base * 2);
  }
}

TEST_CASE("two backoffs with different seeds do not march in step", "[async]") {
  Backoff a({}, 1);
  Backoff b({}, 2);
  CHECK(a.next(TimePoint{}) != b.next(TimePoint{}));
}

TEST_CASE("a quiet time, or reset, starts again from the first delay", "[async]") {
  Backoff backoff({.initial = seconds(1), .cap = seconds(60), .factor = 2.0, .jitter = 0, .reset_after = minutes(2)}, 1);
  TimePoint now{};
  static_cast<void>(backoff.next(now));
  static_cast<void>(backoff.next(now));
  CHECK(backoff.next(now + minutes(1)) == seconds(4));
  CHECK(backoff.next(now + minutes(3)) == seconds(1));
  CHECK(backoff.next(now + minutes(3)) == seconds(2));
  backoff.reset();
  CHECK(backoff.next(now + minutes(3)) == seconds(1));
}

}  // namespace slipway::async
