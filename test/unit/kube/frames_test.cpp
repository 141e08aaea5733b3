#include "pkg/kube/detail/frames.h"

#include <random>

#include <catch2/catch_test_macros.hpp>

using namespace slipway;
using namespace slipway::kube;
using detail::LineSplitter;

namespace {

std::vector<std::string> drain(LineSplitter& s) {
  std::vector<std::string> lines;
  for (;;) {
    auto line = s.next();
    REQUIRE(line);
    if (!*line) return lines;
    lines.emplace_back(**line);
  }
}

}  // namespace

TEST_CASE("lines come out whole wherever the bytes are cut") {
  const std::string wire = "{\"a\":\"\xc3\xa4\xe2\x82\xac\"}\n\r\n\n{\"b\":1}\r\n   \n{\"c\":2}\n";
  const std::vector<std::string> expected{"{\"a\":\"\xc3\xa4\xe2\x82\xac\"}", "{\"b\":1}", "{\"c\":2}"};
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    LineSplitter s;
    s.feed(wire.substr(0, cut));
    auto lines = drain(s);
    s.feed(wire.substr(cut));
    for (auto& line : drain(s)) lines.push_back(line);
    CHECK(lines == expected);
    CHECK_FALSE(s.partial());
  }
}

TEST_CASE("random cuts of many lines lose and double nothing") {
  std::mt19937 random(7);
  std::string wire;
  for (int i = 0; i < 2000; ++i) wire += "{\"n\":" + std::to_string(i) + ",\"p\":\"" + std::string(random() % 300, 'x') + "\"}\n";
  LineSplitter s;
  int n = 0;
  for (std::size_t at = 0; at < wire.size();) {
    const std::size_t take = 1 + random() % 700;
    s.feed(std::string_view(wire).substr(at, take));
    at += take;
    for (const auto& line : drain(s)) CHECK(line.starts_with("{\"n\":" + std::to_string(n++) + ","));
  }
  CHECK(n == 2000);
}

TEST_CASE("a line over the cap is an error, whether or not its end has come") {
  LineSplitter open(10);
  open.feed("12345678901");
  CHECK_FALSE(open.next());
  LineSplitter closed(10);
  closed.feed("12345678901\n");
  CHECK_FALSE(closed.next());
  LineSplitter fits(10);
  fits.feed("1234567890\nx");
  CHECK(drain(fits) == std::vector<std::string>{"1234567890"});
  CHECK(fits.partial());
}

TEST_CASE("frames become events; what is none is refused without a quote") {
  const auto added = detail::parse_event(R"({"type":"ADDED","object":{"kind":"Pod","metadata":{"name":"p"}}})");
  REQUIRE(added);
  CHECK(added->type == EventType::Added);
  CHECK(name_of(added->object) == "p");
  for (const auto* bad : {"", "x", "[]", "{}", R"({"type":"ADDED"})", R"({"type":"ADDED","object":7})", R"({"type":"NEW","object":{}})",
                          R"({"type":"ADDED","object":{"s":"hunter2)", "{\"type\":\"ADDED\",\"object\":{\"s\":\"\xff\"}}"}) {
    INFO(bad);
    const auto event = detail::parse_event(bad);
    REQUIRE_FALSE(event);
    CHECK(event.error().is(Disposition::Invalid));
    CHECK_FALSE(event.error().message().contains("hunter2"));
  }
  CHECK_FALSE(detail::parse_event(std::string(100'000, '[')));
}
