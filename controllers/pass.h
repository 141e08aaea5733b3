// One pass of a reconcile after its walk: the timeline, the deadline, and what is told to whom. The same for both kinds. Pure but for announce().
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controllers/conditions.h"
#include "controllers/step.h"
#include "controllers/timeline.h"
#include "pkg/async/clock.h"
#include "pkg/runtime/events.h"

namespace slipway::controllers {

struct Pass {
  std::vector<StepInfo> steps;
  Walk walk;
  std::vector<api::StepStatus> before;
  std::vector<api::StepStatus> timeline;
  std::optional<Expiry> expiry;
  std::optional<Stall> stall;  // the deadline has passed: nothing is written to clusters any more until the spec changes
  bool fresh = false;
};

struct PassInput {
  const api::ClusterStatus& before;
  const api::Deadlines& deadlines;
  std::int64_t generation = 0;
  WallTime now;
  bool total_applies = true;
};
[[nodiscard]] Pass make_pass(std::vector<StepInfo> steps, Walk walk, const PassInput& input);
// What the current step's intents ran into. Errors that no retry cures make the step Failed.
void note_error(Pass& pass, const Error& error, WallTime now);
// True where the step was over when the status was written.
[[nodiscard]] bool was_over(const api::ClusterStatus& status, std::string_view step);
// What the pass wants written; empty where it stalls.
[[nodiscard]] std::vector<Intent> intents_of(const Pass& pass);
// Until the deadline, where there is one ahead.
[[nodiscard]] std::optional<async::Duration> until_expiry(const Pass& pass, WallTime now);
// Until the first step asks to be looked at again; nothing where that has come, and in a stall.
[[nodiscard]] std::optional<async::Duration> until_again(const Pass& pass, WallTime now);
// For status.phase.
[[nodiscard]] std::string phase_of(const Pass& pass, const Summary& summary);
// Of a deletion's pass; sets condition Deleting.
[[nodiscard]] Summary deletion_summary(const Pass& pass, Conditions& conditions);
// An Event for every step that ended or failed, for another reason why only a person can help, for a new Stalled, and for Ready.
void announce(runtime::EventRecorder& events, const Object& about, const Pass& pass, const api::ClusterStatus& before, const api::ClusterStatus& after);

}  // namespace slipway::controllers
