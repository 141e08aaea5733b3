// How values lie in memory: frozen copies, what is dropped while parsing, texts that are only cut.
#include <algorithm>
#include <random>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "pkg/json/scan.h"
#include "pkg/json/value.h"

using namespace slipway::json;

namespace {

const char* const kText =
    R"({"a":[1,2,{"b":"a string that is long","c":"a string that is long"},9223372036854775807,-1152921504606846976,1.5,[],{}],)"
    R"("k2":{"x":null,"y":true,"z":"short"},"a key of more than sixty-four bytes is kept by its holders only, and goes with them":"1234567"})";

}  // namespace

TEST_CASE("a frozen copy equals its value, holds equal strings once, and outlives it") {
  auto value = parse(kText);
  REQUIRE(value);
  Frozen frozen = freeze(*value);
  CHECK(*frozen.value == *value);
  *value = Value();
  CHECK(dump(*frozen.value) == kText);
  CHECK((*frozen.value)["a"][2]["b"].as_string().data() == (*frozen.value)["a"][2]["c"].as_string().data());
  CHECK(freeze(Value("x")).value->as_string() == "x");
  CHECK(freeze(Value()).value->is_null());
}

TEST_CASE("what frozen values have in common is kept once, and goes with the last of them") {
  const auto object = [](int i) {
    return Value(Object{
        {"name", "object number " + std::to_string(i)},
        {"same", Array{Object{{"text", "so long that it is worth a pointer"}, {"n", 9'000'000'000'000'000'000}, {"d", 1.5}}, Array{1, 2, 3}, "and a text"}},
        {"like", Object{{"a", 1}, {"b", i % 2 == 0 ? Value(1.0) : Value(1)}, {"c", "something else that is long"}}}});
  };
  std::vector<Frozen> all;
  for (int i = 0; i < 50; ++i) all.push_back(freeze(object(i)));
  CHECK(all.back().bytes < all.front().bytes);
  CHECK((*all[10].value)["same"][0]["text"].as_string().data() == (*all[20].value)["same"][0]["text"].as_string().data());
  for (int i = 0; i < 50; i += 2) all[static_cast<std::size_t>(i)] = {};
  for (int i = 1; i < 50; i += 2) CHECK(dump(*all[static_cast<std::size_t>(i)].value) == dump(object(i)));
  CHECK((*all[1].value)["like"]["b"].is_integer());
  all.clear();
  CHECK(dump(*freeze(object(3)).value) == dump(object(3)));
}

TEST_CASE("copies of a frozen value are values as any other") {
  const Frozen frozen = freeze(parse(kText).value());
  Value copy = *frozen.value;
  Value part = (*frozen.value)["a"];
  copy.ref("a").make_array().push_back("x");
  copy.set("k2", 3);
  CHECK(copy.erase("a"));
  part.make_array().erase(part.make_array().begin());
  part.make_array()[1].set("b", "y");
  CHECK(dump(*frozen.value) == kText);
  CHECK(copy["k2"].as_int() == 3);
  CHECK(part[1]["b"].as_string() == "y");
}

TEST_CASE("what a projection names is not kept, and what is like it elsewhere is") {
  const Projection drop({{"metadata", "managedFields"}, {"a", "*", "x"}, {"data", "*"}});
  const auto value = parse(
      R"({"metadata":{"managedFields":[{"managedFields":{}}],"name":"n"},"a":[{"x":1,"y":2},{"x":[{}],"z":{"x":1}}],"data":{"k":"v","l":[[]]},"managedFields":1})",
      {}, &drop);
  REQUIRE(value);
  CHECK(dump(*value) == R"({"metadata":{"name":"n"},"a":[{"y":2},{"z":{"x":1}}],"data":{},"managedFields":1})");
  const Projection below = drop.below("object");
  CHECK(dump(parse(R"({"object":{"data":{"k":1},"metadata":{}}})", {}, &below).value()) == R"({"object":{"data":{},"metadata":{}}})");
  CHECK_FALSE(parse(R"({"metadata":{"managedFields":[}})", {}, &drop));
  CHECK_FALSE(parse(R"({"metadata":{"managedFields":)" + std::string(200, '['), {}, &drop));
}

TEST_CASE("what is cut out before parsing leaves the text as it would be without it") {
  const Projection drop({{"a", "b"}, {"c"}});
  const auto kept = [&](std::string_view text) {
    const auto value = parse(text, {}, &drop);
    return value ? dump(*value) : value.error().message();
  };
  CHECK(kept(R"({"a":{"b":[1,"}"]},"c":{},"d":1})") == R"({"a":{},"d":1})");
  CHECK(kept(R"( { "x" : 1 , "c" : 2 } )") == R"({"x":1})");
  CHECK(kept(R"({"c":1,"a":{"x":1,"b":2},"e":[]})") == R"({"a":{"x":1},"e":[]})");
  CHECK(kept(R"({"a":[{"b":1}],"b":2})") == R"({"a":[{"b":1}],"b":2})");
  CHECK(kept(R"({"\u0063":1,"x":2})") == R"({"x":2})");
  CHECK(kept(R"({"c":1,"x":2,"c":3,"x":4})").contains("duplicate key \"x\""));
  CHECK(kept(R"({"c":1,"x":})").contains("JSON at byte 11"));
  CHECK(kept(R"({"c":[1)").contains("JSON at byte 7"));
  CHECK(kept("[1]") == "[1]");
}

TEST_CASE("strings and integers of every size come back") {
  for (std::size_t n = 0; n < 40; ++n) {
    const std::string text(n, 'x');
    Value value(text);
    Value moved = std::move(value);
    CHECK(moved.as_string() == text);
    CHECK(Value(moved) == moved);
  }
  for (const std::int64_t i :
       {std::int64_t{0}, std::int64_t{-1}, (std::int64_t{1} << 60) - 1, std::int64_t{1} << 60, -(std::int64_t{1} << 60), INT64_MAX, INT64_MIN})
    CHECK(Value(i).as_int() == i);
}

TEST_CASE("an array can be changed everywhere") {
  Array array{1, 2, 3, 4};
  array.erase(array.begin() + 1);
  array.insert(array.begin(), Value("z"));
  const std::vector<Value> more{5, 6};
  array.insert(array.begin() + 2, more.begin(), more.end());
  CHECK(dump(Value(array)) == R"(["z",1,5,6,3,4])");
  CHECK(erase_if(array, [](const Value& v) { return v.as_int() > 3; }) == 3);
  CHECK(dump(Value(array)) == R"(["z",1,3])");
  array.pop_back();
  CHECK(array.back() == Value(1));
  CHECK(array.rbegin()->as_int() == 1);
  Value self;
  self.push_back(Array{1});
  self = Value(self[0]);
  CHECK(dump(self) == "[1]");
}

TEST_CASE("more names than are kept for ever still find each other") {
  Value value;
  for (int i = 0; i < 20'000; ++i) value.make_object().append("name-" + std::to_string(i), i);
  CHECK(value["name-19999"].as_int() == 19'999);
  const Value copy = value;
  value = Value();
  CHECK(copy["name-12345"].as_int() == 12'345);
  CHECK(freeze(copy).value->find("name-7")->as_int() == 7);
  CHECK_FALSE(parse(R"({"name-19998":1,"b":1,"name-19998":2})"));
}

TEST_CASE("the end of a value is found however its bytes are cut") {
  const std::string_view text = R"({"a":"\\\"}]","b":[{},"x\u005d"],"c":-1.5e3} ,)";
  const std::size_t end = text.find_last_of('}') + 1;
  CHECK(ValueEnd().find(text, 0) == end);
  ValueEnd scan;
  std::size_t found = ValueEnd::npos;
  for (std::size_t n = 1; n <= text.size() && found == ValueEnd::npos; ++n) found = scan.find(text.substr(0, n), 0);
  CHECK(found == end);
  CHECK(ValueEnd().find("12,", 0) == 2);
  CHECK(ValueEnd().find("12", 0) == ValueEnd::npos);
  CHECK(ValueEnd().find(R"("abc)", 0) == ValueEnd::npos);
}

TEST_CASE("the end of a value is the same by blocks and by bytes") {
  std::mt19937_64 random(7);
  const auto roll = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  constexpr std::string_view kBytes = R"({{{{[}}}}]"":,a b\)";
  std::size_t ended = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text(1, "{["[roll(2)]);
    const std::size_t bytes = roll(10) == 0 ? kBytes.size() : kBytes.size() - 1;  // mostly without escapes
    for (std::size_t n = roll(400); n > 0; --n) text.push_back(roll(3) == 0 ? kBytes[roll(bytes)] : 'x');
    ValueEnd by_byte;
    std::size_t expected = ValueEnd::npos;
    for (std::size_t n = 1; n <= text.size() && expected == ValueEnd::npos; ++n) expected = by_byte.find(std::string_view(text).substr(0, n), 0);
    ValueEnd by_piece;
    std::size_t found = ValueEnd::npos;
    for (std::size_t n = 0; n < text.size() && found == ValueEnd::npos;) {
      n = std::min(text.size(), n + 1 + roll(200));
      found = by_piece.find(std::string_view(text).substr(0, n), 0);
    }
    INFO(text);
    REQUIRE(ValueEnd().find(text, 0) == expected);
    REQUIRE(found == expected);
    ended += expected == ValueEnd::npos ? 0 : 1;
  }
  CHECK(ended > 1000);
}

TEST_CASE("members are cut out as they are written") {
  Members members(R"( { "a" : "x\"" , "b":{"c":[1]},"d" :tru } )");
  REQUIRE(members.next());
  CHECK(members.key() == "a");
  CHECK(members.value() == R"("x\"")");
  CHECK(plain_string(members.value()).empty());
  REQUIRE(members.next());
  CHECK(members.value() == R"({"c":[1]})");
  REQUIRE(members.next());
  CHECK(members.value() == "tru");
  CHECK_FALSE(members.next());
  CHECK(plain_string(R"("x")") == "x");
  CHECK_FALSE(Members("[1]").next());
  CHECK_FALSE(Members(R"({"a")").next());
  CHECK_FALSE(Members(R"({"a":)").next());
}
