#include "controllers/managementcluster/pivot_events.h"

#include "pkg/pivot/pivot.h"

namespace slipway::controllers::managementcluster {
namespace {

using pivot::Phase;

std::string objects(std::int64_t n) { return std::to_string(n) + (n == 1 ? " object" : " objects"); }

std::string message_of(Phase phase, const api::PivotStatus& s) {
  switch (phase) {
    case Phase::Locked: return "no other move can begin on this source";
    case Phase::Pausing: return "Clusters and ClusterClasses of the source are being paused, each user's own pause is recorded";
    case Phase::Frozen: return "the source stands still: " + objects(s.planned) + " to move, " + std::to_string(s.kept) + " to keep";
    case Phase::Creating: return objects(s.planned) + " are being created on the target";
    case Phase::Verified: return "every copy on the target equals its original";
    case Phase::Committed: return "the target is in charge from here; the move can only go forward";
    case Phase::Deleting: return "the originals are being deleted from the source";
    case Phase::Finalizing: return "Clusters on the target are being unpaused, each as its user had it";
    case Phase::RollingBack: return "the copies are being deleted from the target and the source is being unpaused";
    case Phase::RolledBack: return "the source is as it was before the move";
    case Phase::Planned:
    case Phase::Completed: break;
  }
  return {};
}

PivotEvent event_of(Phase phase, const api::PivotStatus& s) {
  const bool undo = phase == Phase::RollingBack || phase == Phase::RolledBack;
  return {.warning = undo, .reason = "Pivot" + std::string(to_string(phase)), .message = "Move " + s.id + ": " + message_of(phase, s)};
}

}  // namespace

std::vector<PivotEvent> pivot_events(const std::optional<api::PivotStatus>& before, const std::optional<api::PivotStatus>& after) {
  const auto now = after ? pivot::phase_from(after->state) : std::nullopt;
  if (!now) return {};
  const bool same_move = before && before->id == after->id;
  const Phase was = same_move ? pivot::phase_from(before->state).value_or(Phase::Planned) : Phase::Planned;
  // Phases are numbered in the order in which a move takes them; an undo leaves that way for the last two.
  const Phase first = *now >= Phase::RollingBack && was < Phase::RollingBack ? Phase::RollingBack : static_cast<Phase>(static_cast<int>(was) + 1);
  std::vector<PivotEvent> out;
  for (int p = static_cast<int>(first); p <= static_cast<int>(*now); ++p)
    if (static_cast<Phase>(p) != Phase::Completed) out.push_back(event_of(static_cast<Phase>(p), *after));
  return out;
}

}  // namespace slipway::controllers::managementcluster
