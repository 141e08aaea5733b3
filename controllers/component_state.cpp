#include "controllers/component_state.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace slipway::controllers {
namespace {

using providers::kComponentLabel;
using providers::kIntentAnnotation;

const Gvr& kDeployments = kube::res::kDeployments;

bool scaled_away(const ObjectPtr& live, const Object& wanted) {
  return kube::kind_of(wanted) == "Deployment" && live && (*live)["spec"]["replicas"].as_int(1) == 0 && wanted["spec"]["replicas"].as_int(1) != 0;
}

constexpr std::string_view kProviderLabel = "cluster.x-k8s.io/provider";

// Two providers may share a namespace: it is theirs who brought it.
bool belongs_to_another(const Object& live, const Object& wanted) {
  const std::string_view owner = kube::label(live, kComponentLabel);
  return !owner.empty() && owner != kube::label(wanted, kComponentLabel);
}

// What a controller keeps goes with what it keeps it for, whatever labels it copied.
bool is_kept(const Object& object) {
  return std::ranges::any_of(object["metadata"]["ownerReferences"].array(), [](const json::Value& owner) { return owner["controller"].as_bool(); });
}

// clusterctl knows its own by both labels; either alone is somebody else's.
bool is_clusterctls(const Object& live, std::string_view provider) {
  return !kube::has_label(live, kComponentLabel) && kube::has_label(live, "clusterctl.cluster.x-k8s.io") && !provider.empty() &&
         kube::label(live, kProviderLabel) == provider;
}

// Ours, or clusterctl's from before we took the provider over.
bool is_of(const Object& live, const providers::Components& set) {
  return kube::label(live, kComponentLabel) == set.manifest_label() || (!set.type.empty() && is_clusterctls(live, set.manifest_label()));
}

bool has_hash_of(const Object& live, const Object& wanted) {
  const std::string_view hash = kube::annotation(wanted, kIntentAnnotation);
  return hash.empty() || kube::annotation(live, kIntentAnnotation) == hash;
}

}  // namespace

bool in_place(const ClusterView& view, const AppliedMemory* memory, const Object& wanted, bool whole) {
  const Gvr* gvr = gvr_of_component(kube::gvk_of(wanted));
  if (gvr == nullptr) return whole || (memory != nullptr && memory->knows(view.instance, wanted, nullptr));
  const ObjectPtr live = view.get(*gvr, kube::key_of(wanted));
  if (live && *gvr == kube::res::kNamespaces && belongs_to_another(*live, wanted)) return !kube::is_deleting(*live);
  if (!live || kube::is_deleting(*live) || !has_hash_of(*live, wanted) || scaled_away(live, wanted)) return false;
  if (*gvr == kube::res::kCrds || contains(*live, wanted)) return true;
  return memory != nullptr && memory->knows(view.instance, wanted, live.get());
}

ObjectPtr unchangeable(const ClusterView& view, const Object& wanted) {
  const Gvr* gvr = gvr_of_component(kube::gvk_of(wanted));
  const ObjectPtr live = gvr == nullptr ? nullptr : view.get(*gvr, kube::key_of(wanted));
  if (!live) return nullptr;
  const json::Value& selector = wanted["spec"]["selector"];
  const json::Value& role = wanted["roleRef"];
  const bool selects = *gvr == kDeployments && !selector.is_null() && (*live)["spec"]["selector"] != selector;
  const bool refers = !role.is_null() && !contains((*live)["roleRef"], role);
  const bool sealed = (*live)["immutable"].as_bool() && (*live)["data"] != wanted["data"];
  return selects || refers || sealed ? live : nullptr;
}

ObjectPtr from_clusterctl(const ClusterView& view, const Object& wanted) {
  const auto kind = kube::kind_of(wanted);
  if (kind == "CustomResourceDefinition" || kind == "Namespace" || kind == "Secret") return nullptr;
  const Gvr* gvr = gvr_of_component(kube::gvk_of(wanted));
  const ObjectPtr live = gvr == nullptr ? nullptr : view.get(*gvr, kube::key_of(wanted));
  return live && is_clusterctls(*live, kube::label(wanted, kProviderLabel)) ? live : nullptr;
}

Object awake(const ClusterView& view, const Object& wanted) {
  Object out = wanted;
  if (kube::kind_of(wanted) == "Deployment" && scaled_away(view.get(kDeployments, kube::key_of(wanted)), wanted))
    out.ref({"spec", "replicas"}) = wanted["spec"]["replicas"].as_int(1);
  return out;
}

std::vector<ObjectPtr> old_deployments(const ClusterView& view, const providers::Components& set) {
  std::map<ObjectKey, const Object*> wanted;
  for (const Object& object : set.objects)
    if (kube::kind_of(object) == "Deployment") wanted[kube::key_of(object)] = &object;
  std::vector<ObjectPtr> out;
  for (const ObjectPtr& live : view.list(kDeployments)) {
    if (kube::label(*live, kProviderLabel) != set.manifest_label()) continue;
    const auto found = wanted.find(kube::key_of(*live));
    if (found == wanted.end() || !has_hash_of(*live, *found->second)) out.push_back(live);
  }
  return out;
}

std::vector<ObjectPtr> left_over(const ClusterView& view, const providers::Components& set) {
  std::set<std::tuple<std::string, std::string_view, ObjectKey>> wanted;
  for (const Object& object : set.objects) {
    wanted.emplace(kube::gvk_of(object).group, kube::kind_of(object), kube::key_of(object));
    // A Secret that we issued, and that cert-manager has taken over since.
    if (kube::kind_of(object) == "Certificate")
      wanted.emplace("", "Secret", ObjectKey{std::string(kube::namespace_of(object)), object["spec"]["secretName"].str()});
  }
  for (const providers::ServingCertificate& certificate : set.certificates) wanted.emplace("", "Secret", certificate.secret);
  wanted.emplace("", "Secret", providers::installed_set_key(set));
  std::vector<ObjectPtr> out;
  const auto look = [&](const Gvr& gvr) {
    for (const ObjectPtr& live : view.list(gvr)) {
      if (!is_of(*live, set) || kube::is_deleting(*live) || is_kept(*live)) continue;
      if (!wanted.contains({kube::gvk_of(*live).group, kube::kind_of(*live), kube::key_of(*live)})) out.push_back(live);
    }
  };
  for (const WatchedKind& row : component_kinds()) look(row.gvr);
  for (const Gvr& gvr : {kDeployments, kube::res::kIssuers, kube::res::kCertificates}) look(gvr);
  return out;
}

providers::Look lookup_of(const ClusterView& view) {
  return {[&view](const Gvr& gvr, const ObjectKey& key) { return view.get(gvr, key); }, [&view](const Gvr& gvr) { return view.list(gvr); }};
}

}  // namespace slipway::controllers
