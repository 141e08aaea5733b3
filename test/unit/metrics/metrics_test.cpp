#include "pkg/metrics/metrics.h"

#include <catch2/catch_test_macros.hpp>

using namespace slipway;

TEST_CASE("the same name and labels are the same series, and the process collector is there") {
  metrics::Registry registry;
  registry.counter("slipway_test_total", "Help.", {{"a", "b"}}).add();
  registry.counter("slipway_test_total", "Help.", {{"a", "b"}}).add(2);
  registry.gauge("slipway_test_depth", "Help.").set(7);
  registry.histogram("slipway_test_seconds", "Help.", {0.1, 1}).observe(0.5);
  const std::string text = registry.expose();
  CHECK(text.find("slipway_test_total{a=\"b\"} 3") != std::string::npos);
  CHECK(text.find("slipway_test_depth 7") != std::string::npos);
  CHECK(text.find("slipway_test_seconds_bucket{le=\"0.1\"} 0") != std::string::npos);
  CHECK(text.find("slipway_test_seconds_bucket{le=\"1\"} 1") != std::string::npos);
  for (const char* name : {"process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "process_max_fds", "process_start_time_seconds"})
    CHECK(text.find(std::string("\n") + name + " ") != std::string::npos);
}
