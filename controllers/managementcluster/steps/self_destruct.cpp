// The bootstrap cluster is taken down, only when the request records that the target holds the objects and the steps before this one have verified it; whoever
// carries the intent out asks both clusters once more.
#include "controllers/managementcluster/steps/steps.h"

namespace slipway::controllers::managementcluster {

StepPlan self_destruct(const Input& in) {
  const Observed& o = in.observed;
  if (!o.bootstrap_disposable) return skipped("the bootstrap cluster was there before; it stays", "NotDisposable");
  if (in.request.spec.bootstrap.retain == "Always") return skipped("bootstrap.retain is Always", "Retained");
  if (recorded_custody(*o.self) != Custody::Target) return waiting("BootstrapDestroying", "the move is not recorded yet");
  using Phase = bootstrap::State::Phase;
  if (o.bootstrap_state.phase == Phase::Absent) return done("BootstrapDestroyed", "the bootstrap cluster is gone");
  if (o.bootstrap_state.phase == Phase::Deleting) return waiting("BootstrapDestroying", "the bootstrap cluster is being taken down");
  return running("BootstrapDestroying", "taking the bootstrap cluster down", {DestroyBootstrap{DestroyBootstrap::Guard::MoveCompleted}});
}

}  // namespace slipway::controllers::managementcluster
