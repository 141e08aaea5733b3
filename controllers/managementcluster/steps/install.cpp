// Bringing components about, for every step that installs some.
#include "controllers/managementcluster/steps/steps.h"

namespace slipway::controllers::managementcluster {
namespace {

constexpr std::string_view kHashAnnotation = "slipway.dev/components";

enum Stage : int { kCrds, kNamespaces, kRest, kDeployments, kInventory };

Stage stage_of(const Object& object) {
  const auto kind = kube::kind_of(object);
  if (kind == "CustomResourceDefinition") return kCrds;
  if (kind == "Namespace") return kNamespaces;
  return kind == "Deployment" ? kDeployments : kRest;
}

bool marked(const ObjectPtr& live, const std::string& hash) { return live && kube::annotation(*live, kHashAnnotation) == hash; }

// A pivot leaves the providers of its source scaled to zero; on the way back they must run again.
bool scaled_away(const ObjectPtr& live, const Object& wanted) {
  return live && (*live)["spec"]["replicas"].as_int(1) == 0 && wanted["spec"]["replicas"].as_int(1) != 0;
}

// What is applied last carries the hash, so its presence proves that everything before it was applied.
bool applied(const ClusterView& view, const Resolved& set) {
  bool any = false;
  for (const Object& object : set.components->objects) {
    if (kube::kind_of(object) != "Deployment") continue;
    any = true;
    const ObjectPtr live = view.get(kube::res::kDeployments, kube::key_of(object));
    if (!marked(live, set.hash) || scaled_away(live, object)) return false;
  }
  if (!set.in_inventory) return any;
  return marked(view.get(kube::res::kProviders, kube::key_of(providers::inventory_object(*set.components))), set.hash);
}

void append(const Input& in, const Resolved& set, Role role, int base, std::vector<Intent>& intents) {
  const ClusterView& view = view_of(in, role);
  const auto add = [&](Object object, int stage) {
    if (stage >= kDeployments) object.ref({"metadata", "annotations", kHashAnnotation}) = set.hash;
    if (!sent_before(view, in.observed.applied, object)) intents.push_back(Apply{role, std::move(object), base + stage});
  };
  if (set.in_inventory) add(providers::inventory_crd(), kCrds);
  for (int stage = kCrds; stage <= kDeployments; ++stage)
    for (const Object& object : set.components->objects)
      if (stage_of(object) == stage) add(object, stage);
  // Before its kind is served it would only be refused; the CRD's own change calls the next pass.
  if (set.in_inventory && view.serves(kube::res::kProviders)) add(providers::inventory_object(*set.components), kInventory);
}

}  // namespace

StepPlan install(const Input& in, Role role, std::span<const Resolved* const> sets) {
  const ClusterView& view = view_of(in, role);
  std::vector<Intent> intents;
  std::string titles;
  int base = 0;
  for (const Resolved* set : sets) {
    if (!set->components) return stuck(set->reason, set->message);
    if (applied(view, *set)) continue;
    append(in, *set, role, base, intents);
    base += kInventory + 1;
    titles += (titles.empty() ? "" : ", ") + set->title;
  }
  if (!intents.empty()) return running("Installing", "applying " + titles, std::move(intents));
  if (!titles.empty()) return waiting("Installing", "waiting for " + titles + " to appear");

  const providers::Lookup lookup = [&](const Gvr& gvr, const ObjectKey& key) { return view.get(gvr, key); };
  topology::Readiness total;
  total.ready = true;
  for (const Resolved* set : sets) {
    topology::Readiness one = providers::installed(*set->components, lookup);
    total.have += one.have;
    total.want += one.want;
    if (one.ready || !total.ready) continue;
    total.ready = false;
    total.reason = std::move(one.reason);
    total.message = std::move(one.message);
  }
  const std::string count = std::to_string(total.have) + "/" + std::to_string(total.want) + " CRDs and Deployments are there";
  total.message = total.ready ? count : count + "; " + total.message;
  if (total.ready) total.reason = "ComponentsReady";
  return from(std::move(total));
}

}  // namespace slipway::controllers::managementcluster
