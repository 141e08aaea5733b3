#include <set>

#include <catch2/benchmark/catch_benchmark.hpp>
#include <catch2/catch_test_macros.hpp>

#include "pkg/metrics/buckets.h"
#include "pkg/metrics/metrics.h"

using namespace slipway;

namespace {

// As many series of each kind as a registry ever writes.
void fill(metrics::Registry& registry) {
  for (std::size_t i = 0; i < metrics::kMaxSeries; ++i) {
    const metrics::Labels labels{{"host", "cluster-" + std::to_string(i) + ".example.com:6443"}, {"verb", "GET"}};
    registry.counter("a_total", "A.", labels).add(static_cast<double>(i));
    registry.gauge("b_depth", "B.", labels).set(static_cast<double>(i) / 3);
    registry.histogram("c_seconds", "C.", metrics::kRestClientSeconds, labels).observe(0.1);
  }
}

std::size_t count(const std::string& text, std::string_view what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("54 a million values of a label are a bounded number of series, and none is lost from the sum") {
  metrics::Registry registry;
  constexpr std::size_t kValues = 1'000'000;
  for (std::size_t i = 0; i < kValues; ++i) registry.counter("hostile_total", "Hostile.", {{"name", std::to_string(i)}}).add();
  const std::string text = registry.expose();
  CHECK(count(text, "\nhostile_total{") == metrics::kMaxSeries + 1);
  CHECK(text.contains("hostile_total{name=\"exceeded_cardinality_limit\"} " + std::string("998000")));
  CHECK(text.size() < 200'000);
}

TEST_CASE("54 scrapes while series come and go are whole: each family once, each series once, and what is gone is gone") {
  metrics::Registry registry;
  std::vector<std::unique_ptr<metrics::SeriesGroup>> clusters;
  for (int round = 0; round < 300; ++round) {
    auto& group = *clusters.emplace_back(std::make_unique<metrics::SeriesGroup>(registry));
    const metrics::Labels labels{{"cluster", std::to_string(round)}};
    group.counter("x_total", "X.", labels).add();
    group.histogram("y_seconds", "Y.", metrics::kInformerSeconds, labels).observe(0.1);
    group.before_expose([&group, labels] { group.gauge("z_seconds", "Z.", labels).set(1); });
    if (clusters.size() > 20) clusters.erase(clusters.begin() + round % 20);
    const std::string text = registry.expose();
    CHECK(count(text, "# TYPE x_total ") == 1);
    CHECK(count(text, "\nx_total{") == clusters.size());
    CHECK(count(text, "\ny_seconds_count{") == clusters.size());
    CHECK(count(text, "\nz_seconds{") == clusters.size());
  }
  clusters.clear();
  CHECK_FALSE(registry.expose().contains("x_total"));
}

// Aim: under 100 ms for the most that there can be of three families, 34,000 lines.
TEST_CASE("54 a scrape of a full registry", "[!benchmark]") {
  metrics::Registry registry;
  fill(registry);
  BENCHMARK("expose") { return registry.expose(); };
  BENCHMARK("one more value of a full family") { return &registry.counter("a_total", "A.", {{"host", "one more"}, {"verb", "GET"}}); };
}
