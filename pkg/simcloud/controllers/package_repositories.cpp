// Plays kapp-controller for PackageRepositories: the bundle is there after a latency.
#include "pkg/simcloud/brought.h"
#include "pkg/simcloud/controllers.h"
#include "pkg/simcloud/objects.h"

namespace slipway::simcloud {
namespace {

Reconciled reconcile(Env env, ObjectPtr repository) {
  if (kube::is_deleting(*repository) || is_paused(*repository)) co_return Outcome{};
  const std::int64_t generation = kube::generation_of(*repository);
  if ((*repository)["status"]["observedGeneration"].as_int() == generation && kube::condition_true(*repository, "ReconcileSucceeded")) co_return Outcome{};
  Object wanted = *repository;
  wanted.ref({"status", "observedGeneration"}) = generation;
  const auto left = env.left("repository " + std::string(kube::uid_of(*repository)) + "/" + std::to_string(generation), Act::FetchRepository);
  if (left) {
    wanted.ref({"status", "conditions"}) = list_of({object_of({{"type", "Reconciling"}, {"status", "True"}})});
    wanted.ref({"status", "friendlyDescription"}) = "Reconciling";
  } else {
    for (Brought& record : app_records(*repository)) {
      const auto created = co_await create(env, record.gvr, std::move(record.object));
      if (!created) co_return fail(created.error());
    }
    wanted.ref({"status", "conditions"}) = list_of({object_of({{"type", "ReconcileSucceeded"}, {"status", "True"}})});
    wanted.ref({"status", "friendlyDescription"}) = "Reconcile succeeded";
    wanted.ref({"status", "fetch"}) = object_of({{"exitCode", 0}, {"startedAt", env.now()}, {"updatedAt", env.now()}});
    wanted.ref({"status", "deploy"}) = object_of({{"exitCode", 0}, {"finished", true}, {"startedAt", env.now()}, {"updatedAt", env.now()}});
  }
  const Status saved = co_await save(env, res::kPackageRepositories, repository, std::move(wanted));
  if (!saved) co_return fail(saved.error());
  co_return Outcome{left};
}

}  // namespace

SimController package_repository_controller() {
  return {.name = "packagerepositories", .primary = res::kPackageRepositories, .manager = manager::kKapp, .reconcile = reconcile};
}

}  // namespace slipway::simcloud
