// Plays Cluster API's ClusterClass controller: the templates of a class are owned by it.
#include "pkg/simcloud/class_references.h"
#include "pkg/simcloud/controllers.h"
#include "pkg/simcloud/objects.h"

namespace slipway::simcloud {
namespace {

Reconciled reconcile(Env env, ObjectPtr cluster_class) {
  if (kube::is_deleting(*cluster_class)) co_return Outcome{};
  for (const json::Value& reference : class_references(*cluster_class)) {
    const Gvr gvr = gvr_of_reference(reference);
    auto found = co_await env.client().get(gvr, {std::string(kube::namespace_of(*cluster_class)), reference["name"].str()});
    if (!found) co_return fail(std::move(found).error());
    if (owned_by(*found, *cluster_class)) continue;
    const auto part = std::make_shared<const Object>(std::move(*found));
    Object wanted = *part;
    add_owner(wanted, *cluster_class, false);
    const Status saved = co_await save(env, gvr, part, std::move(wanted));
    if (!saved) co_return fail(saved.error());
  }
  Object wanted = *cluster_class;
  wanted.ref({"status", "observedGeneration"}) = kube::generation_of(*cluster_class);
  set_true(env, wanted, "RefVersionsUpToDate");
  const Status saved = co_await save(env, res::kClusterClasses, cluster_class, std::move(wanted));
  if (!saved) co_return fail(saved.error());
  co_return Outcome{};
}

}  // namespace

SimController cluster_class_controller() {
  return {.name = "clusterclasses", .primary = res::kClusterClasses, .gate = Gate::Annotation, .manager = manager::kCapi, .reconcile = reconcile};
}

}  // namespace slipway::simcloud
