#include "pkg/providers/sources/auth_challenge.h"

#include <catch2/catch_test_macros.hpp>

namespace slipway::providers {

TEST_CASE("challenges are read as registries write them: quoted, bare, several in one field") {
  const auto one = parse_challenges(R"(Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a:pull,push")");
  REQUIRE(one.size() == 1);
  CHECK(one[0].scheme == "bearer");
  CHECK(one[0].parameters.at("realm") == "https://auth.example/token");
  CHECK(one[0].parameters.at("service") == "registry.example");
  CHECK(one[0].parameters.at("scope") == "repository:a:pull,push");
  const auto two = parse_challenges(R"(Basic Realm="a \"b\"", charset=UTF-8 , Negotiate, BEARER realm = x)");
  REQUIRE(two.size() == 3);
  CHECK(two[0].parameters.at("realm") == "a \"b\"");
  CHECK(two[0].parameters.at("charset") == "UTF-8");
  CHECK(two[1].scheme == "negotiate");
  CHECK(two[2].parameters.at("realm") == "x");
}

TEST_CASE("broken challenges end the list, and never the program") {
  CHECK(parse_challenges("").empty());
  CHECK(parse_challenges(" , ,").empty());
  CHECK(parse_challenges("=").empty());
  CHECK(parse_challenges("\"").empty());
  CHECK(parse_challenges("realm=x").empty());
  CHECK(parse_challenges(R"(Bearer realm="https://auth.example)").at(0).parameters.empty());
  CHECK(parse_challenges(R"(Bearer realm="a\)").at(0).parameters.empty());
  CHECK(parse_challenges(R"(Bearer realm="a" "b" service=c)").at(0).parameters.size() == 1);
}

}  // namespace slipway::providers
