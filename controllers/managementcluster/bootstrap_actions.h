// What only this flow can do: bring its bootstrap cluster about, take it down behind a guard that asks the clusters themselves, and start a move.
// Thread: the loop's only.
#pragma once

#include <memory>

#include "controllers/apply.h"
#include "controllers/managementcluster/observe.h"
#include "controllers/managementcluster/pivot_runner.h"

namespace slipway::controllers::managementcluster {

class RequestActions final : public BootstrapActions {
 public:
  RequestActions(bootstrap::Context context, std::shared_ptr<const api::ManagementClusterRequest> request, RemoteClusters& remotes, PivotRunner& pivots,
                 Observer& observer)
      : context_(std::move(context)), request_(std::move(request)), remotes_(remotes), pivots_(pivots), observer_(observer) {}
  async::Awaitable<Status> ensure() override;
  async::Awaitable<Status> destroy(DestroyBootstrap::Guard guard) override;
  async::Awaitable<Status> run_pivot(RunPivot::Direction direction) override;

 private:
  async::Awaitable<Status> check(DestroyBootstrap::Guard guard);
  async::Awaitable<Status> record_nothing_left();

  bootstrap::Context context_;
  std::shared_ptr<const api::ManagementClusterRequest> request_;
  RemoteClusters& remotes_;
  PivotRunner& pivots_;
  Observer& observer_;
};

}  // namespace slipway::controllers::managementcluster
