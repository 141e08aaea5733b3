// The pivot as a state machine without I/O: resume(event) says what to do next, and the mover does it. Thread: any; a value.
//
// Flow: Planned -> Locked -> Pausing -> Frozen -> Creating -> Verified | Committed -> Deleting -> Finalizing -> Completed. The bar is the commit: before it
// Undo leads through RollingBack to RolledBack, after it there is only forward.
// Guarantees: every phase is in the journal before its action begins; each action may be cut anywhere and be done again.
// Assumes: the phase that it starts with is reconcile()'s, of both journals.
#pragma once

#include <cstdint>
#include <string_view>

#include "pkg/pivot/pivot.h"

namespace slipway::pivot {

enum class Event : std::uint8_t {
  Start,       // run(), new or again
  Undo,        // rollback()
  Done,        // the last action ended well
  SetChanged,  // Create, Verify: the source has other objects than were frozen
  PauseLost,   // Freeze, Verify: something that must stand still is not paused
  Failed,      // the last action ended with an error
};
enum class Action : std::uint8_t {
  Prepare,        // plan and preflight; touches nothing but namespaces of the target
  Lock,           // lease and journals
  Relock,         // lease of a move that goes on
  Write,          // journal to `phase`
  Pause,          // Clusters and ClusterClasses, then providers
  Freeze,         // the set
  Create,         // on the target
  Verify,         // the target against the source as it is now
  Commit,         // journals to Committed, the target's first
  Delete,         // on the source
  Finalize,       // on the target
  DeleteCopies,   // undo on the target
  RestoreSource,  // undo on the source
  Unlock,
  Return,  // the end, with what the journal says
  Stop,    // with the error of the last action
  RefuseCommitted,
  RefuseRolledBack,
};
[[nodiscard]] std::string_view to_string(Action action) noexcept;

struct Step {
  Action action = Action::Stop;
  Phase phase = Phase::Planned;  // the journal's once the action is done
  friend bool operator==(const Step&, const Step&) = default;
};

class Machine {
 public:
  explicit Machine(Phase journal) : step_{Action::Return, journal} {}
  Step resume(Event event);

 private:
  [[nodiscard]] Step start() const;
  [[nodiscard]] Step undo() const;
  [[nodiscard]] Step enter(Phase phase) const;
  [[nodiscard]] Step after_done() const;

  Step step_;
  bool undoing_ = false;
};

}  // namespace slipway::pivot
