// The package repository and the packages, and the wait for everything that is expected of them, whoever creates it (tanzu.md 1.3).
#include "controllers/managementcluster/steps/steps.h"
#include "controllers/wanted.h"
#include "pkg/packages/packages.h"

namespace slipway::controllers::managementcluster {

StepPlan install_packages(const Input& in, Role role) {
  const api::Packages& packages = in.request.spec.packages;
  if (!packages.repository && packages.install.empty() && packages.expect.empty()) return skipped("no packages are asked for");
  const ClusterView& view = view_of(in, role);
  const std::string ns = package_namespace(in.request.spec);
  if (!view.serves(kube::res::kPackageInstalls)) return waiting("KappControllerMissing", "kapp-controller's kinds are not served yet");

  std::vector<Intent> intents;
  ensure_namespace(view, role, ns, intents);
  for (const api::PackageInstall& install : packages.install)
    if (install.valuesSecretRef)
      ensure_secret({in.observed.hub, {in.request.namespace_, install.valuesSecretRef->name}, view, role, {ns, install.valuesSecretRef->name}, {}}, intents);
  for (Intent& intent : unsettled(view, in.observed.applied, role, packages::render(packages))) intents.push_back(std::move(intent));
  if (!intents.empty()) return running("Installing", "applying the package repository and its installs", std::move(intents));

  ObjectPtr repository;
  if (packages.repository) repository = view.get(kube::res::kPackageRepositories, {ns, packages.repository->name});
  std::vector<ObjectPtr> installs;
  for (const ObjectPtr& install : view.list(kube::res::kPackageInstalls))
    if (kube::namespace_of(*install) == ns) installs.push_back(install);
  return from(packages::reconciled(packages, repository, installs));
}

}  // namespace slipway::controllers::managementcluster
