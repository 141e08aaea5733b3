// Everything that the spec refers to in the hub is there.
#include "controllers/workloadcluster/steps/steps.h"

namespace slipway::controllers::workloadcluster {
namespace {

StepPlan missing(const std::string& field, const ObjectKey& key) {
  return stuck("SecretMissing", field + ": Secret " + key.to_string() + " does not exist; create it");
}

}  // namespace

StepPlan preflight(const Input& in) {
  const api::WorkloadClusterSpec& spec = in.cluster.spec;
  if (const auto& secret = spec.infrastructure.credentialsSecretRef) {
    const ObjectKey key{in.cluster.namespace_, secret->name};
    if (!in.observed.hub.get(kube::res::kSecrets, key)) return missing("spec.infrastructure.credentialsSecretRef", key);
  }
  for (std::size_t i = 0; i < spec.addons.packages.size(); ++i) {
    const auto& secret = spec.addons.packages[i].valuesSecretRef;
    if (!secret) continue;
    const ObjectKey key{in.cluster.namespace_, secret->name};
    if (!in.observed.hub.get(kube::res::kSecrets, key)) return missing("spec.addons.packages[" + std::to_string(i) + "].valuesSecretRef", key);
  }
  if (spec.addons.clusterBootstrap)
    return stuck("Unsupported", "spec.addons.clusterBootstrap: this version leaves a workload cluster's ClusterBootstrap to its release; leave it out");
  if (spec.addons.identity && (*spec.addons.identity)["pinniped"].as_string("Auto") != "Auto")
    return stuck("Unsupported", "spec.addons.identity: this version leaves identity to the release; write {pinniped: Auto} or leave it out");
  if (!in.observed.manifest_error.empty()) return stuck("InvalidManifest", in.observed.manifest_error);
  return done("PreflightPassed", "everything that the spec refers to is there");
}

}  // namespace slipway::controllers::workloadcluster
