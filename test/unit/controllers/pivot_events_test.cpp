#include "controllers/managementcluster/pivot_events.h"

#include <catch2/catch_test_macros.hpp>

#include "controllers/reasons.h"

using namespace slipway;
using namespace slipway::controllers::managementcluster;

namespace {

std::optional<api::PivotStatus> at(const std::string& state, const std::string& id = "m1") {
  api::PivotStatus status;
  status.id = id;
  status.state = state;
  status.planned = 83;
  return status;
}

std::string reasons(const std::optional<api::PivotStatus>& before, const std::optional<api::PivotStatus>& after) {
  std::string out;
  for (const auto& event : pivot_events(before, after)) {
    CHECK(controllers::is_known_reason(event.reason));
    CHECK_FALSE(event.message.empty());
    out += (out.empty() ? "" : " ") + event.reason;
  }
  return out;
}

}  // namespace

TEST_CASE("each phase of a move is told once, also when several pass between two writes of the status") {
  CHECK(reasons(std::nullopt, std::nullopt).empty());
  CHECK(reasons(std::nullopt, at("Planned")).empty());
  CHECK(reasons(at("Planned"), at("Locked")) == "PivotLocked");
  CHECK(reasons(at("Locked"), at("Creating")) == "PivotPausing PivotFrozen PivotCreating");
  CHECK(reasons(at("Creating"), at("Completed")) == "PivotVerified PivotCommitted PivotDeleting PivotFinalizing");
  CHECK(pivot_events(at("Pausing"), at("Frozen")).at(0).message == "Move m1: the source stands still: 83 objects to move, 0 to keep");
}

TEST_CASE("an operator that was restarted tells nothing again, and a step back to an earlier phase is not told") {
  CHECK(reasons(at("Creating"), at("Creating")).empty());
  CHECK(reasons(at("Creating"), at("Frozen")).empty());
}

TEST_CASE("an undo is a warning, and the next attempt is told anew") {
  CHECK(reasons(at("Creating"), at("RolledBack")) == "PivotRollingBack PivotRolledBack");
  CHECK(reasons(at("RollingBack"), at("RolledBack")) == "PivotRolledBack");
  CHECK(pivot_events(at("Creating"), at("RollingBack")).at(0).warning);
  CHECK(reasons(at("RolledBack", "m1"), at("Pausing", "m2")) == "PivotLocked PivotPausing");
}
