// The ClusterBootstrap is in no move set (tanzu.md 1.1 step 22), so it is created again on the management cluster before the pivot: as the spec writes it, else
// as it is on the bootstrap cluster.
#include "controllers/managementcluster/steps/steps.h"
#include "controllers/wanted.h"

namespace slipway::controllers::managementcluster {
namespace {

Object copy_of(const Input& in, const json::Value& spec) {
  Object copy = kube::make_object("run.tanzu.vmware.com/v1alpha3", "ClusterBootstrap", cluster_key(in.request));
  if (!in.request.spec.release.empty()) copy.ref({"metadata", "annotations", "tkg.tanzu.vmware.com/add-missing-fields-from-tkr"}) = in.request.spec.release;
  copy.set("spec", spec);
  return copy;
}

}  // namespace

StepPlan cluster_bootstrap(const Input& in) {
  const auto& given = in.request.spec.addons.clusterBootstrap;
  const ObjectPtr live = in.observed.bootstrap.get(kube::res::kClusterBootstraps, cluster_key(in.request));
  if (!given && !live) {
    // After the move only what is there counts; before it, a service that makes one may still be at work.
    if (in.observed.target.get(kube::res::kClusterBootstraps, cluster_key(in.request))) return done("ClusterBootstrapCopied", "the ClusterBootstrap is there");
    if (in.observed.bootstrap.connected && in.observed.bootstrap.serves(kube::res::kClusterBootstraps) && !in.request.spec.release.empty())
      return waiting("WaitingForAddons", "ClusterBootstrap " + cluster_key(in.request).to_string() + " does not exist on the bootstrap cluster yet");
    return skipped("there is no ClusterBootstrap");
  }
  if (!in.observed.target.serves(kube::res::kClusterBootstraps)) return waiting("WaitingForAddons", "the management cluster serves no ClusterBootstraps yet");
  std::vector<Intent> intents;
  ensure_namespace(in.observed.target, Role::Target, cluster_key(in.request).ns, intents);
  const json::Value& spec = given ? (given->contains("spec") ? (*given)["spec"] : *given) : (*live)["spec"];
  for (Intent& intent : unsettled(in.observed.target, in.observed.applied, Role::Target, {copy_of(in, spec)})) intents.push_back(std::move(intent));
  if (!intents.empty()) return running("Installing", "creating the ClusterBootstrap again on the management cluster", std::move(intents));
  return done("ClusterBootstrapCopied", "the ClusterBootstrap is on the management cluster");
}

}  // namespace slipway::controllers::managementcluster
