// The admin kubeconfig of the management cluster, kept in the hub, and its API server reached (tanzu.md 1.1 step 14). After the move the copy follows the
// cluster's own Secret, which Cluster API rotates.
#include "controllers/managementcluster/steps/steps.h"

namespace slipway::controllers::managementcluster {
namespace {

const ClusterView& source_of(const Input& in) { return custody_of(in) == Custody::Target ? in.observed.target : in.observed.bootstrap; }

}  // namespace

StepPlan target_kubeconfig(const Input& in) {
  const ObjectKey secret{in.request.namespace_, in.request.name + "-kubeconfig"};
  const ObjectKey copy = kubeconfig_key(in.request);
  const bool moved = custody_of(in) == Custody::Target;
  const ObjectPtr have = in.observed.hub.get(kube::res::kSecrets, copy);
  const ObjectPtr want = source_of(in).get(kube::res::kSecrets, secret);
  if (want && (!have || (*have)["data"] != (*want)["data"])) {
    // Not owned by the request: a deletion in the foreground would take the way into the cluster away before the cluster.
    json::Value labels;
    labels.set("slipway.dev/request", in.request.name);
    const Role from = moved ? Role::Target : Role::Bootstrap;
    return running("WaitingForKubeconfig", "copying Secret " + secret.to_string() + " of the " + std::string(to_string(from)) + " cluster",
                   {CopySecret{from, secret, Role::Hub, copy, std::move(labels), false}});
  }
  if (!have) {
    if (moved)
      return stuck("KubeconfigLost",
                   "Secret " + copy.to_string() +
                       " is gone, and with it the way into the management cluster; create it again with its admin kubeconfig under the key value");
    return waiting("WaitingForKubeconfig", "Secret " + secret.to_string() + " does not exist on the bootstrap cluster yet");
  }
  const ClusterView& target = in.observed.target;
  if (!target.connected) return failed("InvalidKubeconfig", "Secret " + copy.to_string() + ": " + target.trouble);
  if (!target.synced) return waiting("TargetConnecting", target.trouble.empty() ? "reading the management cluster" : target.trouble);
  return done("TargetReachable", "the management cluster answers at " + target.server);
}

}  // namespace slipway::controllers::managementcluster
