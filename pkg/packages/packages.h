// kapp-controller's objects: what to apply for a repository and its installs, and the gate that says when they are reconciled. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "api/v1alpha1/types.h"
#include "pkg/kube/types.h"
#include "pkg/topology/topology.h"

namespace slipway::packages {

// PackageRepository, then for each install: ServiceAccount, ClusterRole, ClusterRoleBinding and PackageInstall, named as the tanzu CLI names them
// (tanzu.md 1.3). `values` are the names of Secrets that exist beside them. bootstrap: writes on_bootstrap_cluster into nothing; kept for the values Secret.
[[nodiscard]] std::vector<kube::Object> render(const api::Packages& packages);
// Done when generation == observedGeneration and ReconcileSucceeded is True for the repository and for every expected PackageInstall (tanzu.md 0.3, H2).
// The message counts ("9/13 packages reconciled") and names the first that is not, with usefulErrorMessage where it failed.
[[nodiscard]] topology::Readiness reconciled(const api::Packages& packages, const kube::ObjectPtr& repository, std::span<const kube::ObjectPtr> installs);
// One PackageInstall or PackageRepository.
[[nodiscard]] topology::Readiness object_reconciled(const kube::Object& object);

}  // namespace slipway::packages
