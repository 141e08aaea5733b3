#include "pkg/base/semver.h"

#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using namespace slipway;

TEST_CASE("a version is taken apart and written again without its v") {
  const auto v = parse_semver("v1.20.3-rc.1+build.5");
  REQUIRE(v);
  CHECK(v->major == 1);
  CHECK(v->minor == 20);
  CHECK(v->patch == 3);
  CHECK(v->prerelease == "rc.1");
  CHECK(v->build == "build.5");
  CHECK(to_string(*v) == "1.20.3-rc.1+build.5");
  CHECK(to_string(*parse_semver("1.0.0+a-b")) == "1.0.0+a-b");
  CHECK(parse_semver("v1.0.0+001"));
  CHECK(parse_semver("18446744073709551615.0.0"));
}

TEST_CASE("what is no semantic version is refused") {
  for (const char* text : {"",       "v",       "1",      "1.2",        "v1.2.x",   "1.2.3.4",   "01.2.3",
                           "1.02.3", "1.2.3-",  "1.2.3+", "1.2.3-a..b", "1.2.3-01", "1.2.3-a_b", " 1.2.3",
                           "1.2.3 ", "vv1.2.3", "V1.2.3", "1.2.3+a+b",  "-1.2.3",   "+1.2.3",    "1.2.18446744073709551616",
                           "latest"}) {
    INFO(text);
    CHECK_FALSE(parse_semver(text));
  }
}

TEST_CASE("versions are compared as semantic versions") {
  const std::vector<std::string> ascending{"nonsense",
                                           "v1.0.0-1",
                                           "v1.0.0-9",
                                           "1.0.0-99999999999999999999999",
                                           "v1.0.0-alpha",
                                           "1.0.0-alpha.1",
                                           "v1.0.0-alpha.beta",
                                           "v1.0.0-beta.2",
                                           "v1.0.0-beta.11",
                                           "v1.0.0-rc.1",
                                           "v1.0.0",
                                           "v1.2.8",
                                           "v1.10.0",
                                           "v2.0.0"};
  for (std::size_t i = 0; i < ascending.size(); ++i)
    for (std::size_t k = 0; k < ascending.size(); ++k) {
      INFO(ascending[i] << " and " << ascending[k]);
      CHECK((compare_versions(ascending[i], ascending[k]) < 0) == (i < k));
      CHECK((compare_versions(ascending[i], ascending[k]) > 0) == (i > k));
    }
  CHECK(compare_versions("v1.2.8", "1.2.8+build.5") == 0);
  CHECK(compare_versions("nonsense", "more of it") == 0);
  CHECK(*parse_semver("v1.2.8") == *parse_semver("1.2.8+build.5"));
}
