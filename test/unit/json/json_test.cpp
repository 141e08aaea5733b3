#include <catch2/catch_test_macros.hpp>

#include "pkg/json/value.h"

using namespace slipway;
using json::parse;
using json::Value;

namespace {
Value must(std::string_view text) {
  auto value = parse(text);
  REQUIRE(value);
  return *value;
}
}  // namespace

TEST_CASE("what is missing reads as null, whatever is asked of it") {
  const Value v = must(R"({"spec":{"replicas":3,"tags":["a"]}})");
  CHECK(v["spec"]["replicas"].as_int() == 3);
  CHECK(v["spec"]["tags"][0].as_string() == "a");
  CHECK(v["nope"]["deeper"][7].is_null());
  CHECK(v["spec"]["replicas"].as_string("x") == "x");
}

TEST_CASE("members keep their order, and equality does not look at it") {
  const Value v = must(R"({"b":1,"a":{"d":2,"c":3}})");
  CHECK(json::dump(v) == R"({"b":1,"a":{"d":2,"c":3}})");
  CHECK(json::dump_canonical(v) == R"({"a":{"c":3,"d":2},"b":1})");
  CHECK(v == must(R"({"a":{"c":3,"d":2},"b":1.0})"));
  CHECK(v != must(R"({"a":{"c":3},"b":1})"));
}

TEST_CASE("hostile JSON is refused with a byte offset") {
  CHECK(parse(R"({"a":1,"a":2})").error().message().find("duplicate key \"a\"") != std::string::npos);
  CHECK(parse(std::string(200, '[')).error().message().find("nested deeper than 128") != std::string::npos);
  CHECK(parse(std::string(1'000'000, '[')).error().is(Disposition::Invalid));
  CHECK_FALSE(parse("\"\xC3\""));
  CHECK_FALSE(parse("{} x"));
  CHECK_FALSE(parse(""));
  CHECK_FALSE(parse(std::string_view("{\"a\":\0}", 7)));
  CHECK_FALSE(parse("[1,]"));
  CHECK_FALSE(parse("NaN"));
  CHECK_FALSE(parse("[1]", {.max_bytes = 2}));
}

TEST_CASE("integers stay integers, and what does not fit becomes a double as in Go") {
  CHECK(must("9223372036854775807").is_integer());
  CHECK(must("18446744073709551616").type() == json::Type::Double);
  CHECK(json::dump(must("[1.5,2.0,-3]")) == "[1.5,2,-3]");
  CHECK(json::dump(must("[0e-62,1e-400,-0,0.1,1e3]")) == "[0,0,0,0.1,1000]");
  CHECK_FALSE(parse("1e400"));
}

TEST_CASE("a merge patch adds, replaces and removes, and diff makes one") {
  Value target = must(R"({"a":{"b":1,"c":2},"l":[1,2]})");
  json::merge_patch(target, must(R"({"a":{"b":null,"d":{"e":null,"f":4}},"l":[3]})"));
  CHECK(target == must(R"({"a":{"c":2,"d":{"f":4}},"l":[3]})"));

  const Value from = must(R"({"a":1,"b":{"c":2,"d":3}})");
  const Value to = must(R"({"b":{"c":5,"d":3},"e":[1]})");
  Value patched = from;
  const Value patch = json::diff(from, to);
  CHECK(patch == must(R"({"a":null,"b":{"c":5},"e":[1]})"));
  json::merge_patch(patched, patch);
  CHECK(patched == to);
  CHECK(json::diff(to, to).is_null());
}

TEST_CASE("a JSON patch does all of its operations or none") {
  Value v = must(R"({"list":[1,2,3],"m":{"a/b":1}})");
  REQUIRE(json::json_patch(v, must(R"([{"op":"add","path":"/list/1","value":9},{"op":"remove","path":"/m/a~1b"},{"op":"add","path":"/list/-","value":4},
                                       {"op":"move","from":"/list/0","path":"/first"},{"op":"copy","from":"/first","path":"/again"},{"op":"test","path":"/again","value":1}])")));
  CHECK(v == must(R"({"list":[9,2,3,4],"m":{},"first":1,"again":1})"));

  const Value before = v;
  const auto failed = json::json_patch(v, must(R"([{"op":"remove","path":"/first"},{"op":"test","path":"/again","value":2}])"));
  REQUIRE_FALSE(failed);
  CHECK(failed.error().message() == "operation 1 (test): testing value /again failed: test failed");
  CHECK(v == before);
  for (const char* broken : {R"([{"op":"remove","path":"/nope"}])", R"([{"op":"add","path":"/list/9","value":1}])", R"([{"op":"add","path":"x","value":1}])",
                             R"([{"op":"frob","path":"/a"}])", R"([{"op":"add","path":"/list/01","value":1}])", R"({})"})
    CHECK_FALSE(json::json_patch(v, must(broken)));
}

TEST_CASE("building and changing values") {
  Value v = json::Object{{"kind", "X"}, {"n", 1}, {"on", true}};
  v.ref({"metadata", "labels", "a.b/c"}) = "d";
  v.ref("list").push_back(json::Object{{"k", "v"}});
  CHECK(json::dump(v) == R"({"kind":"X","n":1,"on":true,"metadata":{"labels":{"a.b/c":"d"}},"list":[{"k":"v"}]})");
  CHECK(v.erase("on"));
  CHECK_FALSE(v.erase("on"));
}

TEST_CASE("an escape that makes half of a surrogate pair is refused, as a value and as a name") {
  for (const char* text : {R"("\uDDDD")", R"({"a\uDC00":1})", R"("\uD83D")", R"(["x\uDFFFy"])"}) {
    CAPTURE(text);
    CHECK_FALSE(json::parse(text));
  }
  const auto pair = json::parse(R"("\uD83D\uDE00")");
  REQUIRE(pair);
  CHECK(pair->as_string() == "\xF0\x9F\x98\x80");
  const auto below = json::parse(R"("\uD7FF")");  // the last code point before them begins with the same byte
  REQUIRE(below);
  CHECK(below->as_string() == "\xED\x9F\xBF");
}

TEST_CASE("a raw control character in a string is refused wherever it stands in memory") {
  for (int c = 0x01; c < 0x20; ++c)
    for (std::size_t before = 0; before < 40; ++before) {
      CAPTURE(c, before);
      const std::string inner = std::string(before, 'a') + static_cast<char>(c) + std::string(40, 'b');
      REQUIRE_FALSE(json::parse("\"" + inner + "\""));
      REQUIRE_FALSE(json::parse("{\"" + inner + "\":1}"));
    }
  CHECK(json::parse("\t{\r\n\"a\" :\t1 }\n"));
}
