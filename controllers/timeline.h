// status.steps: from what it was and what a walk found to what it is now; and the deadlines that hang on it. Pure; any thread.
#pragma once

#include <optional>
#include <vector>

#include "controllers/step.h"
#include "pkg/base/time.h"

namespace slipway::controllers {

inline constexpr std::size_t kMessageLimit = 900;  // of a step; peers.md 6.3: keep messages under 1 KiB

struct TimelineInput {
  const std::vector<StepInfo>& steps;
  const Walk& walk;
  const std::vector<api::StepStatus>& before;
  WallTime now;
  bool fresh = false;  // the spec has changed since `before`: what is not over starts its time anew
};
// A step starts when it is first seen not over (or over at once), and finishes when it is over. A step that was over and is not any more starts again. Steps
// after the current one are shown over only where they were before. What is over keeps its message where the walk has none.
[[nodiscard]] std::vector<api::StepStatus> advance(const TimelineInput& input);

struct Stall {
  std::string reason;
  std::string message;
};
// When the current step's deadline (or `total`, counted from the first step, where it applies) passes. Nothing where neither is set.
struct Expiry {
  WallTime at;
  std::string what;  // "spec.deadlines.providers (20m)"
};
[[nodiscard]] std::optional<Expiry> expiry(const std::vector<StepInfo>& steps, const Walk& walk, const std::vector<api::StepStatus>& timeline,
                                           const api::Deadlines& deadlines, bool total_applies);

// What happened between two timelines, for Events and metrics.
struct Edge {
  std::size_t step = 0;
  std::string state;  // Running | Done | Skipped | Failed
  std::string message;
  double seconds = 0;  // Done, Failed: since it started
};
[[nodiscard]] std::vector<Edge> edges(const std::vector<api::StepStatus>& before, const std::vector<api::StepStatus>& after);

}  // namespace slipway::controllers
