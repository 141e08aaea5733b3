#include "controllers/managementcluster/bootstrap_actions.h"

#include <utility>

#include "pkg/log/log.h"

namespace slipway::controllers::managementcluster {
namespace {

using async::Awaitable;

Result<std::unique_ptr<bootstrap::Driver>> driver_of(const api::Bootstrap& spec) {
  const auto kind = bootstrap::kind_of(spec);
  if (!kind) return fail(Disposition::Invalid, "spec.bootstrap: choose exactly one bootstrap");
  return bootstrap::make_driver(*kind);
}

// Asked of the server, not of a cache. A cluster that does not serve Clusters holds none.
Awaitable<Status> holds_no_clusters(std::shared_ptr<kube::Client> client) {
  auto clusters = co_await kube::list_all(client, kube::res::kClusters, "", kube::ListOptions{});
  if (!clusters) {
    if (clusters.error().is(Disposition::NotFound)) co_return Status{};
    co_return fail(std::move(clusters).error());
  }
  if (!clusters->items.empty())
    co_return fail(Disposition::Transient, "refusing to take the bootstrap cluster down: it still holds " + kube::describe(clusters->items.front()));
  co_return Status{};
}

}  // namespace

Awaitable<Status> RequestActions::ensure() {
  auto driver = driver_of(context_.spec);
  if (!driver) co_return fail(std::move(driver).error());
  Status made = co_await (*driver)->ensure(context_);
  observer_.ask_bootstrap_again(request_->uid);
  co_return made;
}

Awaitable<Status> RequestActions::check(DestroyBootstrap::Guard guard) {
  using Guard = DestroyBootstrap::Guard;
  if (guard == Guard::NothingCreated) co_return Status{};
  const auto bootstrap = remotes_.find({request_->uid, Role::Bootstrap});
  if (guard == Guard::MoveCompleted) {
    const auto target = remotes_.find({request_->uid, Role::Target});
    if (!target) co_return fail(Disposition::Transient, "refusing to take the bootstrap cluster down: the management cluster is not connected");
    const int attempt = pivots_.attempt(request_->uid, Direction::Forward);
    auto journal = co_await pivot::journal(target->client(), target->client(), pivot_options(*request_, Direction::Forward, attempt));
    if (!journal) co_return fail(std::move(journal).error());
    if (!*journal || (*journal)->phase != pivot::Phase::Completed)
      co_return fail(Disposition::Transient,
                     "refusing to take the bootstrap cluster down: the management cluster's journal does not say that the move is completed");
    if (!bootstrap) co_return Status{};  // it does not answer any more; the journal says that nothing is left on it
  }
  if (!bootstrap)
    co_return fail(Disposition::Transient, "refusing to take the bootstrap cluster down: it does not answer, so it cannot say that it holds no Cluster");
  co_return co_await holds_no_clusters(bootstrap->client());
}

// The Cluster is gone for good: from here on a missing bootstrap cluster is no loss.
Awaitable<Status> RequestActions::record_nothing_left() {
  json::Value body;
  body.ref({"metadata", "uid"}) = request_->uid;
  body.ref({"metadata", "annotations", kCustodyAnnotation}) = "deleted";
  auto patched = co_await context_.hub->patch(kube::res::kManagementClusterRequests, cluster_key(*request_), kube::PatchType::Merge, std::move(body),
                                              kube::PatchOptions{});
  if (!patched) co_return fail(std::move(patched).error());
  co_return Status{};
}

Awaitable<Status> RequestActions::destroy(DestroyBootstrap::Guard guard) {
  auto driver = driver_of(context_.spec);
  if (!driver) co_return fail(std::move(driver).error());
  Status allowed = co_await check(guard);
  if (!allowed) co_return allowed;
  if (guard == DestroyBootstrap::Guard::NoClusters) {
    Status recorded = co_await record_nothing_left();
    if (!recorded) co_return recorded;
  }
  log::info("bootstrap cluster destroyed", {{"name", request_->name}, {"namespace", request_->namespace_}});
  remotes_.drop({request_->uid, Role::Bootstrap});
  Status gone = co_await (*driver)->destroy(context_);
  observer_.ask_bootstrap_again(request_->uid);
  co_return gone;
}

Awaitable<Status> RequestActions::run_pivot(Direction direction) {
  const auto bootstrap = remotes_.find({request_->uid, Role::Bootstrap});
  const auto target = remotes_.find({request_->uid, Role::Target});
  if (!bootstrap || !target) co_return fail(Disposition::Transient, "the pivot needs both clusters connected");
  PivotTask task;
  task.uid = request_->uid;
  task.key = {request_->namespace_, request_->name};
  task.direction = direction;
  task.generation = request_->generation;
  const bool forward = direction == Direction::Forward;
  task.source = (forward ? bootstrap : target)->client();
  task.target = (forward ? target : bootstrap)->client();
  task.options = pivot_options(*request_, direction, pivots_.attempt(request_->uid, direction));
  pivots_.start(std::move(task));
  co_return Status{};
}

}  // namespace slipway::controllers::managementcluster
