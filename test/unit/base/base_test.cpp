#include <catch2/catch_test_macros.hpp>

#include "pkg/base/error.h"
#include "pkg/base/random.h"
#include "pkg/base/strings.h"
#include "pkg/base/time.h"

using namespace slipway;

TEST_CASE("an error gains context as it rises and keeps its class") {
  const Error error = Error(Disposition::Forbidden, "403 Forbidden").in("applying Deployment a/b").in("installing provider x");
  CHECK(error.message() == "installing provider x: applying Deployment a/b: 403 Forbidden");
  CHECK(error.is(Disposition::Forbidden));
  CHECK_FALSE(error.retryable());
}

TEST_CASE("base64 is read as Go reads it and written with padding") {
  std::string out;
  CHECK(base64_encode("any carnal pleas") == "YW55IGNhcm5hbCBwbGVhcw==");
  CHECK(base64_decode("YW55IGNhcm5h\nbCBwbGVhcw==", out));
  CHECK(out == "any carnal pleas");
  for (const char* broken : {"A", "AAA", "A===", "AA=A", "A*==", "====", "AAAA="}) CHECK_FALSE(base64_decode(broken, out));
}

TEST_CASE("UTF-8 is strict: no surrogates, no overlong forms, nothing above U+10FFFF") {
  CHECK(is_utf8("grüße \xF0\x9F\x9A\xA2"));
  for (const char* broken : {"\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\x80"}) CHECK_FALSE(is_utf8(broken));
}

TEST_CASE("shortening never cuts a character in two") { CHECK(shorten("aaaüüü", 7) == "aaa..."); }

TEST_CASE("percent escapes round-trip and broken ones are refused") {
  std::string out;
  CHECK(percent_encode("a=b,c in (d)") == "a%3Db%2Cc%20in%20%28d%29");
  CHECK(percent_decode("a%3Db+c", true, out));
  CHECK(out == "a=b c");
  CHECK_FALSE(percent_decode("%4", true, out));
  CHECK_FALSE(percent_decode("%zz", true, out));
}

TEST_CASE("times are written as Kubernetes writes them and read with any offset") {
  const auto t = parse_rfc3339("2023-01-10T20:09:27.5+01:00");
  REQUIRE(t);
  CHECK(to_rfc3339(*t) == "2023-01-10T19:09:27Z");
  CHECK(to_rfc3339_micro(*t) == "2023-01-10T19:09:27.500000Z");
  for (const char* broken : {"", "2023-13-10T20:09:27Z", "2023-02-30T00:00:00Z", "2023-01-10T20:09:27", "2023-01-10T20:09:27.Z", "2023-01-10T20:09:27Zx"})
    CHECK_FALSE(parse_rfc3339(broken));
}

TEST_CASE("durations are Go's") {
  using namespace std::chrono_literals;
  CHECK(parse_duration("1h30m") == 90min);
  CHECK(parse_duration("1.5s") == 1500ms);
  CHECK(parse_duration("250ms") == 250ms);
  for (const char* broken : {"", "5", "-5s", "5 s", "s", "1x"}) CHECK_FALSE(parse_duration(broken));
  CHECK(human_duration(45s) == "45s");
  CHECK(human_duration(192s) == "3m12s");
  CHECK(human_duration(26min) == "26m");
  CHECK(human_duration(5h + 3min) == "5h3m");
  CHECK(human_duration(24h * 12) == "12d");
}

TEST_CASE("random names use the alphabet of generateName, and UUIDs are version 4") {
  CHECK(random_suffix(5).find_first_not_of("bcdfghjklmnpqrstvwxz2456789") == std::string::npos);
  const std::string uuid = random_uuid();
  CHECK(uuid.size() == 36);
  CHECK(uuid[14] == '4');
  CHECK(uuid != random_uuid());
}

TEST_CASE("a replayed seed gives the same names, UUIDs and seeds again") {
  const auto draw = [] { return random_suffix(8) + random_uuid() + std::to_string(random_seed()); };
  replay_random(7);
  const std::string first = draw();
  CHECK(draw() != first);
  replay_random(7);
  CHECK(draw() == first);
  replay_random(8);
  CHECK(draw() != first);
}
