#include "controllers/pass.h"

#include <algorithm>
#include <utility>

#include "controllers/reasons.h"
#include "pkg/base/strings.h"

namespace slipway::controllers {
namespace {

const api::Condition* find(const std::vector<api::Condition>& list, std::string_view type) {
  const auto found = std::ranges::find(list, type, &api::Condition::type);
  return found == list.end() ? nullptr : &*found;
}

bool is_true(const std::vector<api::Condition>& list, std::string_view type) {
  const api::Condition* c = find(list, type);
  return c != nullptr && c->status == "True";
}

void set_timeline(Pass& pass, WallTime now) {
  pass.timeline = advance({pass.steps, pass.walk, pass.before, now, pass.fresh});
  // What is not shown as over yet is not reported as such anywhere.
  for (std::size_t i = pass.walk.current + 1; i < pass.timeline.size(); ++i)
    if (pass.timeline[i].state == "Pending") pass.walk.plans[i] = StepPlan{};
}

}  // namespace

Pass make_pass(std::vector<StepInfo> steps, Walk walk, const PassInput& input) {
  Pass pass;
  pass.steps = std::move(steps);
  pass.walk = std::move(walk);
  pass.before = input.before.steps;
  // A changed spec, or the end of a pause, starts the clock of what is not done yet anew.
  pass.fresh = input.before.observedGeneration != input.generation || is_true(input.before.conditions, "Paused");
  set_timeline(pass, input.now);
  pass.expiry = expiry(pass.steps, pass.walk, pass.timeline, input.deadlines, input.total_applies);
  if (pass.expiry && input.now >= pass.expiry->at) {
    const StepPlan& plan = pass.walk.plans[pass.walk.current];
    pass.stall = Stall{known_reason(plan.reason, "DeadlineExceeded"), pass.expiry->what + " has passed. " + plan.message};
    api::StepStatus& step = pass.timeline[pass.walk.current];
    step.state = "Failed";
    step.message = shorten(pass.stall->message, kMessageLimit);
  }
  return pass;
}

void note_error(Pass& pass, const Error& error, WallTime now) {
  StepPlan& plan = pass.walk.plans[pass.walk.current];
  if (error.retryable()) {
    plan.message = "trying again: " + error.message();
  } else {
    plan = failed("ApplyFailed", error.message());
  }
  set_timeline(pass, now);
}

bool was_over(const api::ClusterStatus& status, std::string_view step) {
  const auto found = std::ranges::find(status.steps, step, &api::StepStatus::name);
  return found != status.steps.end() && (found->state == "Done" || found->state == "Skipped");
}

std::vector<Intent> intents_of(const Pass& pass) {
  if (pass.walk.finished() || pass.stall) return {};
  return pass.walk.plans[pass.walk.current].intents;
}

std::optional<async::Duration> until_expiry(const Pass& pass, WallTime now) {
  if (!pass.expiry || pass.stall) return std::nullopt;
  return std::chrono::duration_cast<async::Duration>(pass.expiry->at - now);
}

std::optional<async::Duration> until_again(const Pass& pass, WallTime now) {
  std::optional<WallTime> first;
  for (const StepPlan& plan : pass.walk.plans)
    if (plan.again && *plan.again > now && (!first || *plan.again < *first)) first = plan.again;
  if (!first || pass.stall) return std::nullopt;
  return std::chrono::duration_cast<async::Duration>(*first - now);
}

std::string phase_of(const Pass& pass, const Summary& summary) {
  if (summary.state == Summary::State::Stalled) return "Stalled";
  if (summary.state == Summary::State::Retrying) return "Failed";
  if (!pass.walk.finished()) return std::string(pass.steps[pass.walk.current].phase);
  return summary.state == Summary::State::Ready ? "Ready" : "Unreachable";  // all is done, but who could tell does not answer (outage.h)
}

Summary deletion_summary(const Pass& pass, Conditions& conditions) {
  Summary summary = summary_of(pass.steps, pass.walk, pass.stall);
  const std::size_t at = pass.walk.finished() ? pass.walk.plans.size() - 1 : pass.walk.current;
  const bool refused = summary.state == Summary::State::Stalled || summary.state == Summary::State::Retrying;
  if (!refused) summary.state = Summary::State::Deleting, summary.reason = "Deleting";
  conditions.set("Deleting", "True", refused ? known_reason(summary.reason, "Deleting") : "Deleting",
                 pass.stall ? pass.stall->message : pass.walk.plans[at].message);
  return summary;
}

// An Event a step, at its end: an object may have 25 in a row before the recorder's spam filter drops some (runtime/events.h).
void announce(runtime::EventRecorder& events, const Object& about, const Pass& pass, const api::ClusterStatus& before, const api::ClusterStatus& after) {
  for (const Edge& edge : edges(before.steps, after.steps)) {
    const StepPlan& plan = pass.walk.plans[edge.step];
    const std::string title(pass.steps[edge.step].title);
    if (edge.state == "Failed") {
      events.warning(about, known_reason(plan.reason, "ProgressingWithRetry"), title + ": " + edge.message);
    } else if (edge.state == "Done") {
      events.normal(about, known_reason(plan.reason, "AllStepsDone"), title + ": " + (edge.message.empty() ? "done" : edge.message));
    }
  }
  // What only a person can help, and is another thing by now.
  if (const std::size_t at = pass.walk.current; !pass.walk.finished() && pass.walk.plans[at].state == StepState::Stuck && at < before.steps.size()) {
    const api::StepStatus& was = before.steps[at];
    const api::StepStatus& is = after.steps[at];
    if (was.name == is.name && was.state == "Failed" && is.state == "Failed" && was.message != is.message)
      events.warning(about, known_reason(pass.walk.plans[at].reason, "ProgressingWithRetry"), std::string(pass.steps[at].title) + ": " + is.message);
  }
  const api::Condition* stalled = find(after.conditions, "Stalled");
  if (stalled != nullptr && !is_true(before.conditions, "Stalled")) events.warning(about, stalled->reason, stalled->message);
  if (is_true(after.conditions, "Ready") && !is_true(before.conditions, "Ready")) events.normal(about, "AllStepsDone", "Ready");
}

}  // namespace slipway::controllers
