#include "pkg/log/log.h"

#include <algorithm>

#include <catch2/catch_test_macros.hpp>

using namespace slipway;

TEST_CASE("a log line is one line, whatever its values hold") {
  std::string lines;
  const log::Capture capture(lines);
  log::configure(log::Level::Info, log::Format::Text);
  log::info("object created", {{"kind", "Machine"}, {"name", "a\nlevel=error forged"}, {"count", 3}});
  CHECK(lines.find("info  object created kind=Machine name=\"a\\nlevel=error forged\" count=3\n") != std::string::npos);
  log::debug("not shown");
  CHECK(lines.find("not shown") == std::string::npos);
}

TEST_CASE("no value can move a terminal's cursor, or make the log invalid") {
  std::string lines;
  const log::Capture capture(lines);
  log::configure(log::Level::Info, log::Format::Text);
  log::info("seen", {{"name", "a\x1b[2Jb"}, {"bytes", "\xff\xfe"}, {"long", std::string(100'000, 'x')}});
  CHECK(lines.find('\x1b') == std::string::npos);
  CHECK(lines.find("bytes=??") != std::string::npos);
  CHECK(lines.size() < 9000);
  CHECK(std::ranges::count(lines, '\n') == 1);
  lines.clear();
  log::configure(log::Level::Info, log::Format::Json);
  log::info("seen", {{"name", "a\x1b[2Jb"}, {"bytes", "\xff\xfe"}, {"long", std::string(100'000, 'x')}});
  log::configure(log::Level::Info, log::Format::Text);
  CHECK(json::parse(lines).has_value());
}

TEST_CASE("JSON logs parse") {
  std::string lines;
  const log::Capture capture(lines);
  log::configure(log::Level::Debug, log::Format::Json);
  log::warn("slow", {{"seconds", 1.5}});
  log::configure(log::Level::Info, log::Format::Text);
  const auto line = json::parse(lines);
  REQUIRE(line);
  CHECK((*line)["level"].as_string() == "warn");
  CHECK((*line)["seconds"].as_double() == 1.5);
}
