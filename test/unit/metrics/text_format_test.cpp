#include "pkg/metrics/detail/text_format.h"

#include <cmath>
#include <limits>

#include <catch2/catch_test_macros.hpp>

#include "pkg/metrics/buckets.h"

using namespace slipway::metrics;

TEST_CASE("numbers are written as Go writes them") {
  const std::pair<double, const char*> cases[] = {{0, "0"},
                                                  {1, "1"},
                                                  {-3, "-3"},
                                                  {0.005, "0.005"},
                                                  {1.25, "1.25"},
                                                  {0.0001, "0.0001"},
                                                  {0.00001, "1e-05"},
                                                  {1e-8, "1e-08"},
                                                  {262144, "262144"},
                                                  {999999, "999999"},
                                                  {1000000, "1e+06"},
                                                  {1048576, "1.048576e+06"},
                                                  {16777216, "1.6777216e+07"},
                                                  {123.456, "123.456"},
                                                  {-123456.5, "-123456.5"},
                                                  {1.7e300, "1.7e+300"},
                                                  {1764000000.25, "1.76400000025e+09"},
                                                  {std::numeric_limits<double>::infinity(), "+Inf"},
                                                  {-std::numeric_limits<double>::infinity(), "-Inf"},
                                                  {std::nan(""), "NaN"}};
  for (const auto& [value, text] : cases) CHECK(detail::number(value) == text);
}

TEST_CASE("the workqueue's bounds carry the rounding that Go's multiplication leaves") {
  std::string all;
  for (const double bound : kWorkQueueSeconds) all += detail::number(bound) + " ";
  CHECK(all == "1e-08 1e-07 1e-06 9.999999999999999e-06 9.999999999999999e-05 0.001 0.01 0.1 1 10 100 1000 ");
}

TEST_CASE("metric and label names are those of the data model") {
  CHECK(detail::is_metric_name("a:b_c9"));
  CHECK_FALSE(detail::is_metric_name("9a"));
  CHECK_FALSE(detail::is_metric_name("a-b"));
  CHECK_FALSE(detail::is_metric_name(""));
  CHECK(detail::is_label_name("_a9"));
  CHECK_FALSE(detail::is_label_name("__name__"));
  CHECK_FALSE(detail::is_label_name("a:b"));
}
