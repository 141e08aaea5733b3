// The move itself, forth (tanzu.md 1.1 step 23) and, at deletion, back. It runs beside the reconciles; its journal says where it stands, also to the next
// process. The step is over when the request records which cluster holds the objects now.
#include "controllers/managementcluster/steps/steps.h"
#include "pkg/base/strings.h"

namespace slipway::controllers::managementcluster {
namespace {

using Direction = RunPivot::Direction;

std::string counts(const pivot::Progress& p) {
  switch (p.phase) {
    case pivot::Phase::Planned:
    case pivot::Phase::Locked:
    case pivot::Phase::Pausing:
    case pivot::Phase::Frozen: return std::string(to_string(p.phase)) + ": " + std::to_string(p.planned) + " objects to move";
    case pivot::Phase::Creating: return std::to_string(p.created) + " of " + std::to_string(p.planned) + " objects created";
    case pivot::Phase::Verified:
    case pivot::Phase::Committed: return std::to_string(p.verified) + " of " + std::to_string(p.planned) + " objects verified";
    case pivot::Phase::Deleting:
    case pivot::Phase::Finalizing: return std::to_string(p.deleted) + " of " + std::to_string(p.planned) + " objects deleted from the source";
    default: return std::string(to_string(p.phase));
  }
}

std::string summary(const pivot::Progress& p) {
  std::int64_t excluded = 0;
  for (const auto& [reason, count] : p.excluded) excluded += count;
  // Definitions that a package had brought to the target with the same content are taken over; their originals are the package's.
  const std::string adopted = p.deleted < p.planned ? " (" + std::to_string(p.planned - p.deleted) + " were there already)" : "";
  const std::string suspended = p.suspended.empty() ? "" : "; suspended on the source: " + join(p.suspended, ", ");
  return std::to_string(p.planned) + " objects moved" + adopted + ", " + std::to_string(p.kept) + " kept, " + std::to_string(excluded) + " excluded" +
         suspended;
}

StepPlan move(const Input& in, const Move& move, Direction direction) {
  const ClusterView& bootstrap = in.observed.bootstrap;
  const ClusterView& target = in.observed.target;
  if (!bootstrap.synced || !target.synced)
    return waiting("PivotWaiting", "both clusters must answer: " + (bootstrap.synced ? "the management cluster does not. " + target.trouble
                                                                                     : "the bootstrap cluster does not. " + bootstrap.trouble));
  if (move.running && move.error) return failed("PivotFailed", move.error->message());  // before it is tried again
  if (move.running) {
    StepPlan plan = waiting("Pivoting", move.progress ? counts(*move.progress) : "planning the move");
    if (move.progress) plan.have = move.progress->created + move.progress->deleted, plan.want = 2 * move.progress->planned;
    return plan;
  }
  if (move.error) {
    // Undone: a person must look. Not begun, or cut: again, after a while.
    const bool undone = move.progress && move.progress->phase == pivot::Phase::RolledBack;
    if (undone && !move.error->retryable())
      return stuck("PivotFailed", move.error->message() + "; the move was undone, and the bootstrap cluster is in charge");
    StepPlan plan = failed(move.error->retryable() ? "PivotRetrying" : "PivotFailed", move.error->message());
    plan.intents.emplace_back(RunPivot{direction});
    return plan;
  }
  return running("Pivoting", move.under_way() ? "resuming the move" : "starting the move", {RunPivot{direction}});
}

}  // namespace

StepPlan pivot_forward(const Input& in) {
  const Move& forward = in.observed.forward;
  const bool recorded = recorded_custody(*in.observed.self) == Custody::Target;
  if (recorded) return done("PivotCompleted", forward.completed() ? summary(*forward.progress) : "");
  if (forward.completed()) return running("Pivoting", "recording that the management cluster holds its objects", {record_custody(in, "target")});
  return move(in, forward, Direction::Forward);
}

StepPlan pivot_back(const Input& in) {
  const Move& back = in.observed.back;
  if (recorded_custody(*in.observed.self) != Custody::Target)
    return done("PivotCompleted", back.completed() ? summary(*back.progress) : "the bootstrap cluster holds the objects again");
  if (back.completed()) return running("Pivoting", "recording that the bootstrap cluster holds the objects again", {record_custody(in, "returned")});
  return move(in, back, Direction::Back);
}

// At deletion: a move that was begun is brought to its end first, since only that leaves one side in charge.
StepPlan finish_move(const Input& in) {
  if (in.observed.forward.under_way()) return move(in, in.observed.forward, Direction::Forward);
  if (in.observed.forward.completed() && recorded_custody(*in.observed.self) == Custody::Bootstrap)
    return running("Pivoting", "recording that the management cluster holds its objects", {record_custody(in, "target")});
  return done("PivotCompleted", "no move is under way");
}

}  // namespace slipway::controllers::managementcluster
