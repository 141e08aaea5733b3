// What a move has come to between two statuses, for Events. The status that was written before is what was told already, so a restart tells nothing twice, and
// phases that came and went between two writes are told all the same. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/v1alpha1/types.h"

namespace slipway::controllers::managementcluster {

struct PivotEvent {
  bool warning = false;
  std::string reason;  // "Pivot" and the phase
  std::string message;
};
// Without Completed: the end of the step tells it.
[[nodiscard]] std::vector<PivotEvent> pivot_events(const std::optional<api::PivotStatus>& before, const std::optional<api::PivotStatus>& after);

}  // namespace slipway::controllers::managementcluster
