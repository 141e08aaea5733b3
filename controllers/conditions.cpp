#include "controllers/conditions.h"

#include <algorithm>

#include "controllers/reasons.h"
#include "pkg/base/strings.h"
#include "pkg/runtime/conditions.h"

namespace slipway::controllers {
namespace {

constexpr std::size_t kConditionLimit = 1000;  // peers.md 6.3: keep a message under 1 KiB

struct ConditionState {
  std::string_view status;
  std::string reason;
  std::string message;
};

// Of all steps of one condition: a failure beats what is running, which beats what is done.
ConditionState state_of(std::string_view condition, const std::vector<StepInfo>& steps, const Walk& walk, const std::optional<Stall>& stall) {
  ConditionState out{"True", "", ""};
  bool started = false;
  bool open = false;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].condition != condition) continue;
    const StepPlan& plan = walk.plans[i];
    if (plan.over()) {
      started = true;
      if (plan.state == StepState::Skipped && (plan.reason == "Retained")) return {"False", plan.reason, plan.message};
      const bool tells = !plan.reason.empty() && (plan.state == StepState::Done || out.reason.empty());
      if (!open && tells) out = {"True", plan.reason, plan.message};
      continue;
    }
    if (open) continue;
    open = true;
    if (i != walk.current) {
      out = {"Unknown", started ? "Progressing" : "NotStarted", ""};
    } else if (stall || plan.state == StepState::Failed || plan.state == StepState::Stuck) {
      out = {"False", plan.reason, plan.message};
    } else {
      out = {"Unknown", plan.reason, plan.message};
    }
  }
  if (!out.reason.empty()) out.reason = known_reason(out.reason, out.status == "True" ? "AllStepsDone" : "Progressing");
  return out;
}

}  // namespace

Conditions::Conditions(std::vector<api::Condition> before, std::int64_t generation, WallTime now)
    : list_(std::move(before)), generation_(generation), now_(now) {}

void Conditions::set(std::string_view type, std::string_view status, std::string_view reason, std::string_view message) {
  api::Condition c;
  c.type = type;
  c.status = status;
  c.reason = reason;
  c.message = shorten(message, kConditionLimit);
  c.observedGeneration = generation_;
  runtime::set_condition(list_, std::move(c), now_);
}

void Conditions::remove(std::string_view type) {
  std::erase_if(list_, [&](const api::Condition& c) { return c.type == type; });
}

const api::Condition* Conditions::find(std::string_view type) const {
  const auto found = std::ranges::find(list_, type, &api::Condition::type);
  return found == list_.end() ? nullptr : &*found;
}

void Conditions::keep(std::string_view type) {
  const api::Condition* was = find(type);
  if (was == nullptr) return set(type, "Unknown", "NotStarted", "");
  const api::Condition copy = *was;
  set(type, copy.status, copy.reason, copy.message);
}

void Conditions::complete(std::span<const std::string_view> order) {
  for (const std::string_view type : order) {
    if (type == "Reconciling" || type == "Stalled" || type == "Ready" || type == "Paused") continue;
    if (type == "Deleting" && find(type) == nullptr) {
      set(type, "False", "NotDeleting", "");
    } else {
      keep(type);
    }
  }
}

std::vector<api::Condition> Conditions::take(std::span<const std::string_view> order) && {
  std::vector<api::Condition> out;
  for (const std::string_view type : order)
    if (const auto found = std::ranges::find(list_, type, &api::Condition::type); found != list_.end()) out.push_back(std::move(*found));
  return out;
}

void summarize(Conditions& conditions, const Summary& summary) {
  using S = Summary::State;
  const std::string reason = known_reason(summary.reason, summary.state == S::Ready ? "AllStepsDone" : "Progressing");
  const bool failure = summary.state == S::Retrying || summary.state == S::Stalled;
  const std::string_view ready = summary.state == S::Ready ? "True" : failure ? "False" : "Unknown";
  conditions.set("Ready", ready, reason, summary.message);
  switch (summary.state) {
    case S::Progressing: conditions.set("Reconciling", "True", "Progressing", summary.message); break;
    case S::Retrying: conditions.set("Reconciling", "True", "ProgressingWithRetry", summary.message); break;
    case S::Deleting: conditions.set("Reconciling", "True", "Deleting", summary.message); break;
    case S::Ready:
    case S::Stalled:
    case S::Paused:
    case S::Planned: conditions.remove("Reconciling"); break;
  }
  if (summary.state == S::Stalled) {
    conditions.set("Stalled", "True", reason, summary.message);
  } else {
    conditions.remove("Stalled");
  }
  if (summary.state == S::Paused) {
    conditions.set("Paused", "True", "Paused", summary.message);
  } else {
    conditions.set("Paused", "False", "NotPaused", "");
  }
}

void set_step_conditions(Conditions& conditions, const std::vector<StepInfo>& steps, const Walk& walk, const std::optional<Stall>& stall) {
  std::vector<std::string_view> seen;
  for (const StepInfo& step : steps) {
    if (std::ranges::find(seen, step.condition) != seen.end()) continue;
    seen.push_back(step.condition);
    ConditionState state = state_of(step.condition, steps, walk, stall);
    if (state.reason.empty()) {
      // All of it lies behind us: what was said when it was done stands.
      const api::Condition* was = conditions.find(step.condition);
      const bool keep = was != nullptr && was->status == "True";
      state.reason = keep ? was->reason : "AllStepsDone";
      if (keep) state.message = was->message;
    }
    conditions.set(step.condition, state.status, state.reason, state.message);
  }
}

Summary summary_of(const std::vector<StepInfo>& steps, const Walk& walk, const std::optional<Stall>& stall) {
  Summary out;
  if (walk.finished()) {
    out.state = Summary::State::Ready;
    out.reason = "AllStepsDone";
    out.message = "all " + std::to_string(walk.plans.size()) + " steps are done";
    return out;
  }
  const StepPlan& plan = walk.plans[walk.current];
  out.reason = stall ? stall->reason : plan.reason;
  out.message = "step " + std::to_string(walk.current + 1) + "/" + std::to_string(walk.plans.size()) + " " + std::string(steps[walk.current].name) + ": " +
                (stall ? stall->message : plan.message);
  if (stall || plan.state == StepState::Stuck) {
    out.state = Summary::State::Stalled;
  } else if (plan.state == StepState::Failed) {
    out.state = Summary::State::Retrying;
  }
  return out;
}

api::ClusterStatus quiet(const api::ClusterStatus& before, std::int64_t generation, const Summary& summary, std::span<const std::string_view> order,
                         WallTime now) {
  api::ClusterStatus out = before;
  out.observedGeneration = generation;
  using S = Summary::State;
  if (summary.state == S::Paused) out.phase = "Paused";
  if (summary.state == S::Planned) out.phase = "Planned";
  if (summary.state == S::Stalled) out.phase = "Stalled";
  Conditions conditions(before.conditions, generation, now);
  summarize(conditions, summary);
  conditions.complete(order);
  out.conditions = std::move(conditions).take(order);
  return out;
}

std::string progress_of(const Walk& walk) {
  const auto over = std::ranges::count_if(walk.plans, [](const StepPlan& plan) { return plan.over(); });
  return std::to_string(over) + "/" + std::to_string(walk.plans.size());
}

}  // namespace slipway::controllers
