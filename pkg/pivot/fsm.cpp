#include "pkg/pivot/fsm.h"

#include <array>

#include "pkg/pivot/journal.h"

namespace slipway::pivot {

std::string_view to_string(Action action) noexcept {
  static constexpr std::array<std::string_view, 18> kNames{"Prepare",       "Lock",   "Relock", "Write",  "Pause",           "Freeze",
                                                           "Create",        "Verify", "Commit", "Delete", "Finalize",        "DeleteCopies",
                                                           "RestoreSource", "Unlock", "Return", "Stop",   "RefuseCommitted", "RefuseRolledBack"};
  return kNames.at(static_cast<std::size_t>(action));
}

Step Machine::start() const {
  switch (step_.phase) {
    case Phase::Planned: return {Action::Prepare, Phase::Planned};
    case Phase::Finalizing: return enter(Phase::Finalizing);  // the source may be gone: no lease there
    case Phase::Completed: return {Action::Return, Phase::Completed};
    case Phase::RolledBack: return {Action::RefuseRolledBack, Phase::RolledBack};
    default: return {Action::Relock, step_.phase};
  }
}

Step Machine::undo() const {
  if (is_committed(step_.phase)) return {Action::RefuseCommitted, step_.phase};
  if (step_.phase == Phase::RolledBack) return {Action::Return, Phase::RolledBack};
  return {Action::Relock, step_.phase};
}

// What a phase that the journal says means for a run that takes over there.
Step Machine::enter(Phase phase) const {
  switch (phase) {
    case Phase::Locked: return {Action::Write, Phase::Pausing};
    case Phase::Pausing: return {Action::Pause, phase};
    case Phase::Frozen: return {Action::Write, Phase::Creating};
    case Phase::Creating: return {Action::Create, phase};
    case Phase::Verified: return {Action::Verify, phase};  // time has passed: what was verified then may not hold now
    case Phase::Committed: return {Action::Write, Phase::Deleting};
    case Phase::Deleting: return {Action::Delete, phase};
    case Phase::Finalizing: return {Action::Finalize, phase};
    case Phase::RollingBack: return {Action::DeleteCopies, phase};
    case Phase::Completed: return {Action::Unlock, phase};
    case Phase::RolledBack: return {Action::Unlock, phase};
    case Phase::Planned: break;
  }
  return {Action::Prepare, phase};
}

Step Machine::after_done() const {
  switch (step_.action) {
    case Action::Prepare: return {Action::Lock, Phase::Locked};
    case Action::Lock: return enter(Phase::Locked);
    case Action::Relock: return undoing_ && step_.phase != Phase::RollingBack ? Step{Action::Write, Phase::RollingBack} : enter(step_.phase);
    case Action::Write: return step_.phase == Phase::Verified ? Step{Action::Commit, Phase::Committed} : enter(step_.phase);
    case Action::Pause: return {Action::Freeze, step_.phase};
    case Action::Freeze: return {Action::Write, Phase::Frozen};
    case Action::Create: return {Action::Verify, step_.phase};
    case Action::Verify: return step_.phase == Phase::Verified ? Step{Action::Commit, Phase::Committed} : Step{Action::Write, Phase::Verified};
    case Action::Commit: return enter(Phase::Committed);
    case Action::Delete: return {Action::Write, Phase::Finalizing};
    case Action::Finalize: return {Action::Write, Phase::Completed};
    case Action::DeleteCopies: return {Action::RestoreSource, step_.phase};
    case Action::RestoreSource: return {Action::Write, Phase::RolledBack};
    case Action::Unlock: return step_.phase == Phase::RolledBack && !undoing_ ? Step{Action::RefuseRolledBack, step_.phase} : Step{Action::Return, step_.phase};
    default: return step_;
  }
}

Step Machine::resume(Event event) {
  switch (event) {
    case Event::Start: step_ = start(); break;
    case Event::Undo:
      undoing_ = true;
      step_ = undo();
      break;
    case Event::Done: step_ = after_done(); break;
    case Event::SetChanged: step_ = {Action::Freeze, Phase::Pausing}; break;
    case Event::PauseLost: step_ = {Action::Pause, Phase::Pausing}; break;
    case Event::Failed: step_ = {Action::Stop, step_.phase}; break;
  }
  return step_;
}

}  // namespace slipway::pivot
