#include "controllers/cluster_view.h"

#include <algorithm>
#include <utility>

namespace slipway::controllers {
namespace {

using Names = std::pair<std::string_view, std::string_view>;

Names names_of(const ObjectPtr& object) { return {kube::namespace_of(*object), kube::name_of(*object)}; }
Names names_of(const ObjectKey& key) { return {key.ns, key.name}; }

template <class List>
auto position(List& list, const ObjectKey& key) {
  return std::ranges::lower_bound(list, names_of(key), {}, [](const ObjectPtr& o) { return names_of(o); });
}

}  // namespace

std::string_view to_string(Role role) noexcept {
  switch (role) {
    case Role::Hub: return "hub";
    case Role::Bootstrap: return "bootstrap";
    case Role::Target: return "target";
    case Role::Management: return "management";
    case Role::Workload: return "workload";
  }
  return "hub";
}

void ClusterView::put(const Gvr& gvr, std::vector<ObjectPtr> sorted) {
  auto& list = objects_[gvr];
  if (list.empty()) {
    list = std::move(sorted);
    return;
  }
  // Two caches of one resource (all Namespaces' Secrets of one name): one sorted list.
  list.insert(list.end(), sorted.begin(), sorted.end());
  std::ranges::sort(list, {}, [](const ObjectPtr& o) { return names_of(o); });
}

void ClusterView::add(const Gvr& gvr, Object object) {
  auto& list = objects_[gvr];
  auto pointer = std::make_shared<const Object>(std::move(object));
  const ObjectKey key = kube::key_of(*pointer);
  const auto at = position(list, key);
  if (at != list.end() && names_of(*at) == names_of(key)) {
    *at = std::move(pointer);
  } else {
    list.insert(at, std::move(pointer));
  }
}

void ClusterView::remove(const Gvr& gvr, const ObjectKey& key) {
  std::erase_if(objects_[gvr], [&](const ObjectPtr& o) { return names_of(o) == names_of(key); });
}

ObjectPtr ClusterView::get(const Gvr& gvr, const ObjectKey& key) const {
  const auto& objects = list(gvr);
  const auto at = position(objects, key);
  return at != objects.end() && names_of(*at) == names_of(key) ? *at : nullptr;
}

const std::vector<ObjectPtr>& ClusterView::list(const Gvr& gvr) const {
  static const std::vector<ObjectPtr> kNone;
  const auto found = objects_.find(gvr);
  return found == objects_.end() ? kNone : found->second;
}

std::vector<ObjectPtr> ClusterView::of_cluster(const Gvr& gvr, const ObjectKey& cluster) const {
  std::vector<ObjectPtr> out;
  for (const ObjectPtr& object : list(gvr))
    if (kube::namespace_of(*object) == cluster.ns && kube::label(*object, "cluster.x-k8s.io/cluster-name") == cluster.name) out.push_back(object);
  return out;
}

ObjectPtr ClusterView::live(const Object& desired) const {
  const Gvr* gvr = gvr_of_kind(kube::gvk_of(desired));
  return gvr == nullptr ? nullptr : get(*gvr, kube::key_of(desired));
}

bool ClusterView::serves(const Gvr& gvr) const {
  const ObjectPtr crd = get(kube::res::kCrds, {"", gvr.resource + "." + gvr.group});
  return crd && kube::condition_true(*crd, "Established");
}

const std::vector<WatchedKind>& watched_kinds() {
  static const std::vector<WatchedKind> kKinds = [] {
    using namespace kube::res;
    std::vector<WatchedKind> kinds{{kNamespaces, "Namespace"},
                                   {kCrds, "CustomResourceDefinition"},
                                   {kDeployments, "Deployment"},
                                   {kProviders, "Provider"},
                                   {kCertificates, "Certificate"},
                                   {kIssuers, "Issuer"},
                                   {kPackageRepositories, "PackageRepository"},
                                   {kPackageInstalls, "PackageInstall"},
                                   {kTanzuKubernetesReleases, "TanzuKubernetesRelease"},
                                   {kClusterBootstraps, "ClusterBootstrap"},
                                   {kClusters, "Cluster"},
                                   {kClusterClasses, "ClusterClass"},
                                   {kKubeadmControlPlanes, "KubeadmControlPlane"},
                                   {kMachineDeployments, "MachineDeployment"},
                                   {kMachines, "Machine"}};
    return kinds;
  }();
  return kKinds;
}

const std::vector<WatchedKind>& component_kinds() {
  static const std::vector<WatchedKind> kKinds = [] {
    using namespace kube::res;
    std::vector<WatchedKind> kinds{{kServiceAccounts, "ServiceAccount"},
                                   {kServices, "Service"},
                                   {kRoles, "Role"},
                                   {kRoleBindings, "RoleBinding"},
                                   {kClusterRoles, "ClusterRole"},
                                   {kClusterRoleBindings, "ClusterRoleBinding"},
                                   {kValidatingWebhookConfigurations, "ValidatingWebhookConfiguration"},
                                   {kMutatingWebhookConfigurations, "MutatingWebhookConfiguration"},
                                   {kConfigMaps, "ConfigMap"},
                                   {kSecrets, "Secret"}};
    return kinds;
  }();
  return kKinds;
}

const Gvr* gvr_of_component(const kube::GroupVersionKind& gvk) {
  for (const WatchedKind& row : component_kinds())
    if (row.kind == gvk.kind && row.gvr.group == gvk.group && row.gvr.version == gvk.version) return &row.gvr;
  return gvr_of_kind(gvk);
}

const Gvr* gvr_of_kind(const kube::GroupVersionKind& gvk) {
  for (const WatchedKind& row : watched_kinds())
    if (row.kind == gvk.kind && row.gvr.group == gvk.group && row.gvr.version == gvk.version) return &row.gvr;
  if (gvk.kind == "Secret" && gvk.group.empty()) return &kube::res::kSecrets;
  if (gvk.kind == "ConfigMap" && gvk.group.empty()) return &kube::res::kConfigMaps;
  return nullptr;
}

}  // namespace slipway::controllers
