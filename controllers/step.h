// The frame of every flow: a step is a row of a table and one pure function; a walk goes down the table to the first step that is not done, whose intents are
// carried out. Progress is what was observed, never what a status says. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/v1alpha1/types.h"
#include "controllers/intents.h"
#include "pkg/base/time.h"
#include "pkg/topology/topology.h"

namespace slipway::controllers {

enum class StepState : std::uint8_t {
  Pending,  // not reached
  Running,  // has intents
  Waiting,  // for the world
  Done,
  Skipped,  // not needed here
  Failed,   // told at once, tried again while the deadline lasts
  Stuck     // only a person can help
};
[[nodiscard]] std::string_view to_string(StepState state) noexcept;

struct StepPlan {
  StepState state = StepState::Pending;
  std::string reason;   // of reasons.h, or another controller's (then the message tells, and the condition says a reason of ours)
  std::string message;  // for people
  std::int64_t have = 0, want = 0;
  std::vector<Intent> intents;
  std::optional<WallTime> again;  // the world does not call then, so the walk has to be done again by itself: a certificate is due
  std::optional<WallTime> since;  // the step's deadline counts from then, where that is later than its start: something else has begun

  [[nodiscard]] bool over() const noexcept { return state == StepState::Done || state == StepState::Skipped; }
};

[[nodiscard]] StepPlan done(std::string reason, std::string message = {});
[[nodiscard]] StepPlan skipped(std::string message, std::string reason = "NotRequired");
[[nodiscard]] StepPlan waiting(std::string reason, std::string message);
[[nodiscard]] StepPlan running(std::string reason, std::string message, std::vector<Intent> intents);
[[nodiscard]] StepPlan failed(std::string reason, std::string message);
[[nodiscard]] StepPlan stuck(std::string reason, std::string message);
[[nodiscard]] StepPlan from(topology::Readiness readiness);

// What a table says about a step besides its function.
struct StepInfo {
  std::string_view name;       // "bootstrap-providers": in status.steps, metrics, logs
  std::string_view condition;  // "ProvidersInstalled"
  std::string_view phase;      // of status.phase while it is the current one
  std::string_view title;      // for people, as what is done: "Install providers on the bootstrap cluster"
  std::string api::Deadlines::* deadline = nullptr;
};

template <class Input>
struct Step {
  StepInfo info;
  StepPlan (*plan)(const Input&) = nullptr;
  // Where set and true, the step is behind us whatever its clusters look like now (the bootstrap cluster after the move).
  bool (*behind)(const Input&) = nullptr;
};

struct Walk {
  std::vector<StepPlan> plans;  // one a step
  std::size_t current = 0;      // the first that is not over; plans.size() where all are
  [[nodiscard]] bool finished() const noexcept { return current == plans.size(); }
};

// Evaluates every step; those after the first that is not over lose their intents (they are only reported).
template <class Input>
[[nodiscard]] Walk walk(std::span<const Step<Input>> table, const Input& input) {
  Walk out;
  out.plans.reserve(table.size());
  bool reached = false;
  for (const Step<Input>& step : table) {
    StepPlan plan = step.behind != nullptr && step.behind(input) ? done("", "") : step.plan(input);
    if (reached) {
      plan.intents.clear();
      if (!plan.over()) plan = StepPlan{};
    } else if (!plan.over()) {
      reached = true;
      out.current = out.plans.size();
    }
    out.plans.push_back(std::move(plan));
  }
  if (!reached) out.current = out.plans.size();
  return out;
}

template <class Input>
[[nodiscard]] std::vector<StepInfo> infos(std::span<const Step<Input>> table) {
  std::vector<StepInfo> out;
  for (const Step<Input>& step : table) out.push_back(step.info);
  return out;
}

}  // namespace slipway::controllers
