// Cluster API providers, in the order of the spec; waited for together (tanzu.md 1.1 steps 6 and 17). What is there already by version and content is left
// alone.
#include "controllers/managementcluster/steps/provider_change.h"
#include "controllers/managementcluster/steps/steps.h"

namespace slipway::controllers::managementcluster {

StepPlan install_providers(const Input& in, Role role) {
  if (in.observed.providers.empty()) return skipped("spec.providers is empty");
  std::vector<const Resolved*> sets;
  for (const Resolved& provider : in.observed.providers) sets.push_back(&provider);
  if (auto plan = installed_by_another(in, role, sets)) return std::move(*plan);
  return install_or_go_back(in, role, sets);
}

}  // namespace slipway::controllers::managementcluster
