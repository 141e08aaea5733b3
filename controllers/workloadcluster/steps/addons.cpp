// Pod network and packages of the cluster: those that its release brings (ClusterBootstrap), and those that the spec asks for (tanzu.md 3, step 9).
#include "controllers/cluster_spec.h"
#include "controllers/wanted.h"
#include "controllers/workloadcluster/steps/steps.h"
#include "pkg/packages/packages.h"

namespace slipway::controllers::workloadcluster {
namespace {

constexpr const char* kPackageNamespace = "tkg-system";

const std::string& cni_of(const api::WorkloadClusterSpec& spec) { return spec.addons.cni.empty() ? spec.cluster.network.cni : spec.addons.cni; }

// How many packages a ClusterBootstrap puts onto the cluster itself.
std::size_t count_of(const Object& bootstrap) {
  std::size_t out = bootstrap["spec"]["additionalPackages"].size();
  for (const std::string_view part : {"cni", "csi", "cpi"})
    if (!bootstrap["spec"][part].is_null()) ++out;
  return out;
}

}  // namespace

StepPlan addons(const Input& in) { return pod_network(in.observed.workload, cni_of(in.cluster.spec)); }

StepPlan core_packages(const Input& in) {
  const ObjectKey key = cluster_key(in.cluster);
  const ObjectPtr bootstrap = in.observed.management.get(kube::res::kClusterBootstraps, key);
  if (!bootstrap) return skipped("the release brings no ClusterBootstrap");
  const ObjectKey kapp{key.ns, key.name + "-kapp-controller"};
  if (const ObjectPtr install = in.observed.management.get(kube::res::kPackageInstalls, kapp)) {
    if (topology::Readiness r = packages::object_reconciled(*install); !r.ready) return from(std::move(r));
  }
  std::vector<ObjectPtr> installs;
  for (const ObjectPtr& install : in.observed.workload.list(kube::res::kPackageInstalls))
    if (kube::label(*install, "tkg.tanzu.vmware.com/cluster-name") == key.name) installs.push_back(install);
  const std::size_t expected = count_of(*bootstrap);
  std::size_t ready = 0;
  StepPlan first;
  for (const ObjectPtr& install : installs) {
    topology::Readiness r = packages::object_reconciled(*install);
    if (r.ready) {
      ++ready;
    } else if (first.reason.empty()) {
      first = from(std::move(r));
    }
  }
  const std::string count = std::to_string(ready) + "/" + std::to_string(std::max(expected, installs.size())) + " core packages reconciled";
  if (!first.reason.empty()) return waiting(first.reason, count + "; " + first.message);
  if (ready < expected) return waiting("PackageMissing", count);
  return done("PackagesReconciled", count);
}

StepPlan packages(const Input& in) {
  const std::vector<api::PackageInstall>& wanted = in.cluster.spec.addons.packages;
  if (wanted.empty()) return skipped("spec.addons.packages is empty");
  const ClusterView& workload = in.observed.workload;
  if (!workload.serves(kube::res::kPackageInstalls)) return waiting("KappControllerMissing", "kapp-controller's kinds are not served on the cluster yet");
  api::Packages all;
  all.install = wanted;
  std::vector<Intent> intents;
  ensure_namespace(workload, Role::Workload, kPackageNamespace, intents);
  for (const api::PackageInstall& install : wanted) {
    if (!install.valuesSecretRef) continue;
    const std::string& name = install.valuesSecretRef->name;
    ensure_secret({in.observed.hub, {in.cluster.namespace_, name}, workload, Role::Workload, {kPackageNamespace, name}, {}}, intents);
  }
  for (Intent& intent : unsettled(workload, in.observed.applied, Role::Workload, packages::render(all))) intents.push_back(std::move(intent));
  if (!intents.empty()) return running("Installing", "applying the packages of the spec", std::move(intents));
  std::vector<ObjectPtr> installs;
  for (const ObjectPtr& install : workload.list(kube::res::kPackageInstalls))
    if (kube::namespace_of(*install) == kPackageNamespace) installs.push_back(install);
  return from(packages::reconciled(all, nullptr, installs));
}

}  // namespace slipway::controllers::workloadcluster
