// The release that the Cluster asks for: its resolver would refuse the Cluster without it (tanzu.md 1.1 step 11). Existence is enough.
#include "controllers/managementcluster/steps/steps.h"

namespace slipway::controllers::managementcluster {

StepPlan release_present(const Input& in) {
  const std::string& release = in.request.spec.release;
  if (release.empty()) return skipped("spec.release is empty; spec.cluster.version says what runs");
  if (in.observed.bootstrap.get(kube::res::kTanzuKubernetesReleases, {"", release}))
    return done("ReleaseFound", "TanzuKubernetesRelease " + release + " is there");
  return waiting("ReleaseMissing", "TanzuKubernetesRelease " + release + " does not exist yet; the packages of the release service bring it");
}

}  // namespace slipway::controllers::managementcluster
