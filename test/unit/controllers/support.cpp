#include "support.h"

#include "pkg/providers/installed_set.h"

namespace slipway::test {
namespace {

using namespace controllers::managementcluster;

Resolved resolved(std::string title, Result<providers::Components> components, bool in_inventory) {
  Resolved r;
  r.title = std::move(title);
  r.hash = "hash-of-" + r.title;
  r.in_inventory = in_inventory;
  r.components = std::make_shared<const providers::Components>(std::move(*components));
  return r;
}

constexpr std::string_view kManager = R"(
apiVersion: v1
kind: Namespace
metadata: {name: NS}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME, namespace: NS}
spec: {replicas: 1}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: CRD}
)";

std::string manager(std::string_view ns, std::string_view name, std::string_view crd) {
  std::string out(kManager);
  for (const auto& [from, to] : {std::pair<std::string_view, std::string_view>{"NS", ns}, {"NAME", name}, {"CRD", crd}})
    for (std::size_t at = out.find(from); at != std::string::npos; at = out.find(from, at + to.size())) out.replace(at, from.size(), to);
  return out;
}

void come_up(controllers::ClusterView& view, const Resolved& set) {
  for (const Object& object : set.components->objects) {
    Object live = object;
    live.ref({"metadata", "generation"}) = 1;
    live.ref({"metadata", "uid"}) = "uid-of-" + kube::describe(object);
    if (kube::kind_of(object) == "CustomResourceDefinition") live = with_conditions(std::move(live), {condition("Established", "True")});
    if (kube::kind_of(object) == "Deployment") {
      live.ref({"status", "observedGeneration"}) = 1;
      live.ref({"metadata", "annotations", "slipway.dev/proven"}) = set.hash;
      live = with_conditions(std::move(live), {condition("Available", "True")});
    }
    view.add(*controllers::gvr_of_component(kube::gvk_of(object)), std::move(live));
  }
  if (!set.in_inventory) return;
  view.add(kube::res::kCrds, crd("providers.clusterctl.cluster.x-k8s.io"));
  Object entry = providers::inventory_object(*set.components);
  entry.ref({"metadata", "annotations", "slipway.dev/components"}) = set.hash;
  entry.ref({"metadata", "annotations", "slipway.dev/installed-for"}) = R"({"as":"bootstrap","request":"tkg-system/tkg-mgmt-vc","uid":"uid-of-request"})";
  view.add(kube::res::kProviders, std::move(entry));
  auto kept = providers::installed_set(*set.components, set.hash);
  view.add(kube::res::kSecrets, std::move(*kept));
}

}  // namespace

Fixture::Fixture() {
  request.name = kName;
  request.namespace_ = kNs;
  request.uid = "uid-of-request";
  request.generation = 1;
  auto& spec = request.spec;
  spec.bootstrap.simulated.emplace();
  spec.release = kRelease;
  spec.cluster.version = "v1.24.9+vmware.1";
  spec.infrastructure.provider = "vsphere";
  spec.packages.repository = api::PackageRepository{"tanzu-management", "registry.example.com/management:v0.28.0", kNs};
  spec.packages.install.push_back({"tkg-pkg", "tkg.tanzu.vmware.com", "0.28.0", std::nullopt});
  spec.packages.expect = {"tkg-pkg", "tkr-service"};
  api::Provider provider;
  provider.type = "CoreProvider";
  provider.name = "cluster-api";
  provider.version = "v1.2.8";
  spec.providers.push_back(provider);

  observed.kapp_controller =
      resolved("kapp-controller",
               providers::process_plain("kapp-controller", "v0.41.5", manager(kNs, "kapp-controller", "packageinstalls.packaging.carvel.dev")), false);
  observed.cert_manager =
      resolved("cert-manager v1.9.1",
               providers::process_plain("cert-manager", "v1.9.1", manager("cert-manager", "cert-manager", "certificates.cert-manager.io")), false);
  observed.providers.push_back(resolved("CoreProvider cluster-api v1.2.8",
                                        providers::process({provider.type, provider.name, provider.version, "", {}},
                                                           manager("capi-system", "capi-controller-manager", "clusters.cluster.x-k8s.io")),
                                        true));
  observed.bootstrap_disposable = true;
  observed.hub.connected = observed.hub.synced = true;
  record("");
}

void Fixture::record(std::string_view custody) {
  Object self = kube::make_object("slipway.dev/v1alpha1", "ManagementClusterRequest", {kNs, kName});
  self.ref({"metadata", "uid"}) = request.uid;
  if (!custody.empty()) self.ref({"metadata", "annotations", kCustodyAnnotation}) = custody;
  observed.self = std::make_shared<const Object>(std::move(self));
}

void Fixture::bootstrap_ready() {
  observed.bootstrap_state.phase = bootstrap::State::Phase::Ready;
  observed.bootstrap_state.message = "it is ready";
  observed.bootstrap.connected = observed.bootstrap.synced = true;
}

void Fixture::target_ready() {
  observed.hub.add(kube::res::kSecrets, secret(kNs, std::string(kName) + "-kubeconfig"));
  observed.target.connected = observed.target.synced = true;
  observed.target.server = "https://10.0.0.10:6443";
}

void Fixture::installed(controllers::ClusterView& view) {
  come_up(view, *observed.kapp_controller);
  come_up(view, *observed.cert_manager);
  for (const Resolved& provider : observed.providers) come_up(view, provider);
}

void Fixture::moved() {
  record("target");
  observed.forward.progress.emplace();
  observed.forward.progress->phase = pivot::Phase::Completed;
  observed.bootstrap_state = {};
  observed.bootstrap = {};
}

}  // namespace slipway::test
