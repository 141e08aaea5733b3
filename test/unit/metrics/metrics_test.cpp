#include "pkg/metrics/metrics.h"

#include <optional>

#include <catch2/catch_test_macros.hpp>

#include "pkg/metrics/buckets.h"

using namespace slipway;

namespace {

bool has(const std::string& text, std::string_view line) { return ("\n" + text).find("\n" + std::string(line) + "\n") != std::string::npos; }

std::size_t lines_with(const std::string& text, std::string_view start) {
  std::size_t n = 0;
  for (auto at = text.find(start); at != std::string::npos; at = text.find(start, at + 1)) n += at == 0 || text[at - 1] == '\n' ? 1 : 0;
  return n;
}

}  // namespace

TEST_CASE("the same name and labels are the same series, and the process collector is there") {
  metrics::Registry registry;
  registry.counter("slipway_test_total", "Help.", {{"a", "b"}}).add();
  registry.counter("slipway_test_total", "Help.", {{"a", "b"}}).add(2);
  registry.gauge("slipway_test_depth", "Help.").set(7);
  registry.histogram("slipway_test_seconds", "Help.", {0.1, 1}).observe(0.5);
  const std::string text = registry.expose();
  CHECK(has(text, "slipway_test_total{a=\"b\"} 3"));
  CHECK(has(text, "slipway_test_depth 7"));
  CHECK(has(text, "slipway_test_seconds_bucket{le=\"0.1\"} 0"));
  CHECK(has(text, "slipway_test_seconds_bucket{le=\"1\"} 1"));
  CHECK(has(text, "slipway_test_seconds_bucket{le=\"+Inf\"} 1"));
  CHECK(has(text, "slipway_test_seconds_sum 0.5"));
  CHECK(has(text, "slipway_test_seconds_count 1"));
  for (const char* name : {"process_cpu_seconds_total", "process_resident_memory_bytes", "process_virtual_memory_bytes", "process_virtual_memory_max_bytes",
                           "process_open_fds", "process_max_fds", "process_start_time_seconds"})
    CHECK(text.find(std::string("\n") + name + " ") != std::string::npos);
}

TEST_CASE("families are sorted by name and series by labels, each family with one HELP and one TYPE") {
  metrics::Registry registry;
  registry.gauge("b_depth", "B.", {{"name", "2"}}).set(1);
  registry.counter("a_total", "A.").add();
  registry.gauge("b_depth", "B.", {{"name", "1"}}).set(2);
  const std::string text = registry.expose();
  const std::string expected =
      "# HELP a_total A.\n# TYPE a_total counter\na_total 1\n# HELP b_depth B.\n# TYPE b_depth gauge\nb_depth{name=\"1\"} 2\nb_depth{name=\"2\"} 1\n# HELP "
      "process_";
  CHECK(text.substr(0, expected.size()) == expected);
}

TEST_CASE("a group's series leave with the last group that holds them, and pinned ones stay") {
  metrics::Registry registry;
  std::optional<metrics::SeriesGroup> one(registry);
  std::optional<metrics::SeriesGroup> two(registry);
  one->counter("x_total", "X.", {{"cluster", "a"}}).add();
  for (int i = 0; i < 1000; ++i) two->counter("x_total", "X.", {{"cluster", "a"}}).add(i == 0 ? 1 : 0);
  two->gauge("y_depth", "Y.", {{"cluster", "a"}}).set(4);
  registry.gauge("y_depth", "Y.", {{"cluster", "a"}}).add(1);
  one.reset();
  CHECK(has(registry.expose(), "x_total{cluster=\"a\"} 2"));
  two.reset();
  const std::string text = registry.expose();
  CHECK(text.find("x_total") == std::string::npos);
  CHECK(has(text, "y_depth{cluster=\"a\"} 5"));
}

TEST_CASE("a hook runs before each exposition, may make series, and ends with its guard") {
  metrics::Registry registry;
  std::optional<metrics::SeriesGroup> group(registry);
  int runs = 0;
  group->before_expose([&] { registry.gauge("age_seconds", "Age.").set(++runs); });
  CHECK(has(registry.expose(), "age_seconds 1"));
  CHECK(has(registry.expose(), "age_seconds 2"));
  group.reset();
  CHECK(has(registry.expose(), "age_seconds 2"));
}

TEST_CASE("beyond the most series of a family, what comes is counted in one overflow series") {
  metrics::Registry registry;
  constexpr std::size_t kAttempts = 10'000;
  for (std::size_t i = 0; i < kAttempts; ++i) registry.counter("hostile_total", "Hostile.", {{"name", std::to_string(i)}, {"code", "200"}}).add();
  const std::string text = registry.expose();
  CHECK(lines_with(text, "hostile_total{") == metrics::kMaxSeries + 1);
  CHECK(has(text, "hostile_total{code=\"exceeded_cardinality_limit\",name=\"exceeded_cardinality_limit\"} 8000"));
  CHECK(has(text, "slipway_metrics_overflows_total{metric=\"hostile_total\"} 8000"));
}

TEST_CASE("room that a family's groups give back can be used again") {
  metrics::Registry registry;
  std::optional<metrics::SeriesGroup> group(registry);
  for (std::size_t i = 0; i < metrics::kMaxSeries; ++i) group->gauge("x_depth", "X.", {{"cluster", std::to_string(i)}});
  group.reset();
  registry.gauge("x_depth", "X.", {{"cluster", "next"}}).set(1);
  CHECK(has(registry.expose(), "x_depth{cluster=\"next\"} 1"));
}

TEST_CASE("a name that Prometheus would refuse, or a second type of a name, costs nobody else's scrape") {
  metrics::Registry registry;
  registry.counter("not-a-name_total", "Help.").add();
  registry.counter("ok_total", "Help.", {{"not-a-label", "x"}}).add();
  registry.counter("two_types", "Help.").add();
  registry.gauge("two_types", "Help.").set(9);
  registry.histogram("le_seconds", "Help.", {1}, {{"le", "x"}}).observe(1);
  const std::string text = registry.expose();
  CHECK(text.substr(0, text.find("# HELP process_")) == "# HELP two_types Help.\n# TYPE two_types counter\ntwo_types 1\n");
}

TEST_CASE("label values and help are escaped, made UTF-8 and cut") {
  metrics::Registry registry;
  registry.gauge("a_depth", "Two\nlines \\ \"here\"", {{"x", "q\"b\\n\nend"}}).set(1);
  registry.gauge("b_depth", "B.", {{"x", "ok\xff\xc3"}}).set(1);
  registry.gauge("c_depth", "C.", {{"x", std::string(1000, 'y')}}).set(1);
  const std::string text = registry.expose();
  CHECK(has(text, "# HELP a_depth Two\\nlines \\\\ \"here\""));
  CHECK(has(text, "a_depth{x=\"q\\\"b\\\\n\\nend\"} 1"));
  CHECK(has(text, "b_depth{x=\"ok??\"} 1"));
  CHECK(has(text, "c_depth{x=\"" + std::string(253, 'y') + "...\"} 1"));
}

TEST_CASE("what is no number is not counted") {
  metrics::Registry registry;
  registry.counter("x_total", "X.").add(-1);
  registry.counter("x_total", "X.").add(std::numeric_limits<double>::quiet_NaN());
  registry.histogram("x_seconds", "X.", {1}).observe(std::numeric_limits<double>::quiet_NaN());
  const std::string text = registry.expose();
  CHECK(has(text, "x_total 0"));
  CHECK(has(text, "x_seconds_sum 0"));
  CHECK(has(text, "x_seconds_count 0"));
}
