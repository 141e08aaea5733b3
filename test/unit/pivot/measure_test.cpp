#include <catch2/catch_test_macros.hpp>

#include "pkg/base/strings.h"
#include "pkg/metrics/metrics.h"
#include "test/unit/pivot/two_sides.h"

namespace slipway {
namespace {

using namespace test;

// The value of a series of the process, which other cases move, too; 0 where it is not there.
double value(const std::string& series) {
  for (const std::string& line : split(metrics::registry().expose(), '\n'))
    if (line.starts_with(series + " ")) return std::stod(line.substr(series.size() + 1));
  return 0;
}
double machines(const std::string& state) { return value("slipway_pivot_objects_total{kind=\"Machine\",state=\"" + state + "\"}"); }
double phases(const std::string& phase) { return value("slipway_pivot_phase_duration_seconds_count{phase=\"" + phase + "\"}"); }

}  // namespace

TEST_CASE_METHOD(QuietMove, "metrics count what a move did by kind, and time each of its phases") {
  TwoSides sides(reference_world());
  std::map<std::string, double> before, phases_before;
  for (const auto* state : {"created", "verified", "deleted", "finalized"}) before[state] = machines(state);
  for (const auto* phase : {"Planned", "Locked", "Pausing", "Frozen", "Creating", "Verified", "Committed", "Deleting", "Finalizing"})
    phases_before[phase] = phases(phase);
  REQUIRE(sides.run().has_value());
  for (const auto& [state, count] : before) {
    INFO(state);
    CHECK(machines(state) == count + 2);
  }
  for (const auto& [phase, count] : phases_before) {
    INFO(phase);
    CHECK(phases(phase) == count + 1);
  }
}

}  // namespace slipway
