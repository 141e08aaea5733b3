// Plays the object propagation of a management cluster: a Cluster in another namespace finds the ClusterClass of tkg-system beside itself. The real one copies
// into every namespace; this one where a Cluster asks for it.
#include "pkg/simcloud/class_references.h"
#include "pkg/simcloud/controllers.h"
#include "pkg/simcloud/objects.h"

namespace slipway::simcloud {
namespace {

Object copy_into(const Object& from, const std::string& ns) {
  Object copy = kube::make_object(from["apiVersion"].as_string(), kube::kind_of(from), {ns, std::string(kube::name_of(from))});
  constexpr std::string_view kResolve = "run.tanzu.vmware.com/resolve-tkr";
  if (from["metadata"]["annotations"].contains(kResolve)) copy.ref({"metadata", "annotations", kResolve}) = kube::annotation(from, kResolve);
  copy.set("spec", from["spec"]);
  return copy;
}

Reconciled reconcile(Env env, ObjectPtr cluster) {
  const std::string ns(kube::namespace_of(*cluster));
  const std::string name = (*cluster)["spec"]["topology"]["class"].str();
  if (kube::is_deleting(*cluster) || name.empty() || ns == kSystemNamespace || env.get(res::kClusterClasses, {ns, name})) co_return Outcome{};
  const ObjectPtr original = env.get(res::kClusterClasses, {std::string(kSystemNamespace), name});
  if (!original) co_return Outcome{};
  for (const json::Value& reference : class_references(*original)) {
    const Gvr gvr = gvr_of_reference(reference);
    auto part = co_await env.client().get(gvr, {std::string(kSystemNamespace), reference["name"].str()});
    if (!part) co_return fail(std::move(part).error());
    const auto created = co_await create(env, gvr, copy_into(*part, ns));
    if (!created) co_return fail(created.error());
  }
  Object copy = copy_into(*original, ns);
  for_each_reference(copy, [&](json::Value& reference) { reference.set("namespace", ns); });
  const auto created = co_await create(env, res::kClusterClasses, std::move(copy));
  if (!created) co_return fail(created.error());
  co_return Outcome{};
}

}  // namespace

SimController object_propagation_controller() {
  return {.name = "object-propagation",
          .primary = res::kClusters,
          .gate = Gate::Cluster,
          .manager = manager::kPropagation,
          .watches = {{res::kClusterClasses, {}}},
          .reconcile = reconcile};
}

}  // namespace slipway::simcloud
