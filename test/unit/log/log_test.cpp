#include "pkg/log/log.h"

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
