// Bringing components about, for every step that installs some. Each pass looks at every object, so what was done before a restart is not done again, what
// somebody has changed is put right, and nothing counts as installed that is not healthy now. In order: certificates that Slipway issues itself; CRDs, until
// they are Established; managers of an older version stopped; Namespaces, what cert-manager reads, the rest; health; the providers' webhooks asked; what this
// version does not have any more taken away; the inventory entry last, so that it tells of a version that has worked.
#include <algorithm>
#include <iterator>
#include <map>

#include "controllers/certificates.h"
#include "controllers/component_state.h"
#include "controllers/managementcluster/inventory_entry.h"
#include "controllers/managementcluster/steps/steps.h"
#include "pkg/providers/crd_migration.h"
#include "pkg/providers/readiness.h"

namespace slipway::controllers::managementcluster {
namespace {

using Sets = std::span<const Resolved* const>;

bool is_crd(const Object& object) { return kube::kind_of(object) == "CustomResourceDefinition"; }

std::string_view conversion_ca(const Object& crd) { return crd["spec"]["conversion"]["webhook"]["clientConfig"]["caBundle"].as_string(); }

ObjectPtr live_entry(const ClusterView& view, const Resolved& set) {
  return set.in_inventory ? view.get(kube::res::kProviders, kube::key_of(providers::inventory_object(*set.components))) : nullptr;
}

// The whole set was applied and healthy once: for objects of kinds that are not watched, that has to do.
bool recorded(const ClusterView& view, const Resolved& set) {
  const ObjectPtr entry = set.going_back ? nullptr : live_entry(view, set);
  return entry && kube::annotation(*entry, kSetAnnotation) == set.hash;
}

bool upgrading(const ClusterView& view, const Resolved& set) {
  const ObjectPtr entry = live_entry(view, set);
  return entry && (set.going_back || (*entry)["version"].as_string() != set.components->version);
}

std::string titles_of(Sets sets) {
  std::string out;
  for (const Resolved* set : sets) out += (out.empty() ? "" : ", ") + set->title;
  return out;
}

struct Pass {
  const Input& in;
  Role role;
  const ClusterView& view;
  Sets sets;

  [[nodiscard]] bool there(const Object& object, bool whole) const { return in_place(view, in.observed.applied, object, whole); }
  [[nodiscard]] bool there(const Resolved& set, const Object& object, bool whole) const {
    const std::string_view ca = ca_for(view, *set.components, object);
    if (ca.empty()) return there(object, whole);
    if (!is_crd(object)) return there(providers::with_ca(object, ca), whole);
    const Object wanted = providers::with_ca(object, ca, providers::Schemas::LeaveOut);
    return there(wanted, whole) && conversion_ca(*view.live(wanted)) == conversion_ca(wanted);
  }
  // As it is to stand in this cluster.
  [[nodiscard]] Object wanted(const Resolved& set, const Object& object) const {
    const std::string_view ca = ca_for(view, *set.components, object);
    return ca.empty() ? object : providers::with_ca(object, ca);
  }
};

// A server refuses a CRD that lacks a version in which something may be stored.
void migrate_first(const Pass& pass, const Object& crd, std::vector<Intent>& intents) {
  const ObjectPtr live = pass.view.get(kube::res::kCrds, kube::key_of(crd));
  std::vector<std::string> versions = providers::versions_of(crd);
  if (live && providers::migration_due(*live, versions)) intents.push_back(MigrateStorage{pass.role, std::string(kube::name_of(crd)), std::move(versions)});
}

std::vector<Intent> missing_crds(const Pass& pass) {
  std::vector<Intent> intents, applies;
  const bool inventory = std::ranges::any_of(pass.sets, [](const Resolved* set) { return set->in_inventory; });
  if (const Object crd = providers::inventory_crd(); inventory && !pass.there(crd, false)) applies.push_back(Apply{pass.role, crd, 0});
  for (const Resolved* set : pass.sets)
    for (const Object& object : set->components->objects) {
      if (!is_crd(object) || pass.there(*set, object, false)) continue;
      migrate_first(pass, object, intents);
      applies.push_back(Apply{pass.role, pass.wanted(*set, object), 0});
    }
  std::ranges::move(applies, std::back_inserter(intents));
  return intents;
}

std::optional<StepPlan> establish_crds(const Pass& pass) {
  if (std::vector<Intent> intents = missing_crds(pass); !intents.empty()) {
    const std::string count = std::to_string(intents.size());
    return running("Installing", "applying " + count + " CRDs of " + titles_of(pass.sets), std::move(intents));
  }
  const auto look = lookup_of(pass.view);
  for (const Resolved* set : pass.sets) {
    topology::Readiness crds = providers::crds_established(*set->components, look);
    if (!crds.ready) return from(std::move(crds));
    if (set->in_inventory && !pass.view.serves(kube::res::kProviders))
      return waiting("CRDNotEstablished", "CustomResourceDefinition providers.clusterctl.cluster.x-k8s.io is not established yet");
  }
  return std::nullopt;
}

// Two versions of a manager do not work side by side: as clusterctl's upgrade does, the old one is stopped first.
std::optional<StepPlan> stop_old_managers(const Pass& pass) {
  std::vector<Intent> intents;
  std::string stopping;
  for (const Resolved* set : pass.sets) {
    if (!upgrading(pass.view, *set)) continue;
    for (const ObjectPtr& manager : old_deployments(pass.view, *set->components)) {
      if ((*manager)["spec"]["replicas"].as_int(1) != 0) {
        json::Value body;
        body.ref({"spec", "replicas"}) = 0;
        intents.push_back(Merge{pass.role, kube::res::kDeployments, kube::key_of(*manager), std::move(body), std::string(kube::uid_of(*manager))});
      } else if ((*manager)["status"]["replicas"].as_int(0) != 0) {
        stopping += (stopping.empty() ? "" : ", ") + kube::describe(*manager);
      }
    }
  }
  if (!intents.empty())
    return running("ProviderUpgrading", "stopping the managers of the installed version before " + titles_of(pass.sets), std::move(intents));
  if (!stopping.empty()) return waiting("ProviderUpgrading", "waiting for the installed version to stop: " + stopping);
  return std::nullopt;
}

// By stage, side by side over all sets: what one needs of another is a CRD, and those are there.
std::optional<StepPlan> apply_objects(const Pass& pass) {
  std::map<int, std::vector<Intent>> stages;
  std::string titles;
  for (const Resolved* set : pass.sets) {
    const bool whole = recorded(pass.view, *set);
    bool any = false;
    for (const Object& object : set->components->objects) {
      if (is_crd(object) || pass.there(*set, object, whole)) continue;
      any = true;
      ObjectPtr away = unchangeable(pass.view, object);
      if (!away && upgrading(pass.view, *set)) away = from_clusterctl(pass.view, object);
      if (away) {
        stages[-1].push_back(Delete{pass.role, *gvr_of_component(kube::gvk_of(object)), kube::key_of(object), std::string(kube::uid_of(*away))});
      } else {
        const int stage = providers::stage_of(object);
        stages[stage].push_back(Apply{pass.role, awake(pass.view, pass.wanted(*set, object)), stage});
      }
    }
    if (any) titles += (titles.empty() ? "" : ", ") + set->title;
  }
  std::vector<Intent> intents;
  for (auto& [stage, some] : stages) std::ranges::move(some, std::back_inserter(intents));
  if (intents.empty()) return std::nullopt;
  const auto* only = intents.size() == 1 ? std::get_if<Apply>(&intents.front()) : nullptr;
  const std::string what = only != nullptr ? kube::describe(only->object) : std::to_string(intents.size()) + " objects";
  return running("Installing", "applying " + what + " of " + titles, std::move(intents));
}

std::optional<StepPlan> wait_for_health(const Pass& pass, StepPlan& total) {
  const auto look = lookup_of(pass.view);
  topology::Readiness sum;
  sum.ready = true;
  for (const Resolved* set : pass.sets) {
    topology::Readiness one = providers::installed(*set->components, look);
    sum.have += one.have;
    sum.want += one.want;
    if (one.ready || !sum.ready) continue;
    sum.ready = false;
    sum.reason = std::move(one.reason);
    sum.message = std::move(one.message);
  }
  const std::string count = std::to_string(sum.have) + "/" + std::to_string(sum.want) + " CRDs and Deployments are there";
  const bool ready = sum.ready;
  sum.message = ready ? count : count + "; " + sum.message;
  if (ready) sum.reason = "ComponentsReady";
  total = from(std::move(sum));
  return ready ? std::nullopt : std::optional(total);
}

// The entry tells of the set, and of whom it is for, and of no change.
bool entered(const Pass& pass, const Resolved& set) {
  if (!recorded(pass.view, set)) return false;
  const auto me = installed_for(pass.in, pass.role);
  if (!me) return true;
  const ObjectPtr entry = live_entry(pass.view, set);
  const auto owner = installed_for(*entry);
  if (owner && owner->uid != me->uid && still_asks(pass.in, *owner, *set.components)) return true;
  return owner && owner->uid == me->uid && kube::annotation(*entry, kChangeAnnotation).empty();
}

// Kept for the way back from the next upgrade; after the entry, so that until then there is one back from this. One that is too large is not kept.
std::optional<Intent> keep_set(const Pass& pass, const Resolved& set) {
  const ObjectPtr kept = pass.view.get(kube::res::kSecrets, providers::installed_set_key(*set.components));
  if (!set.in_inventory || set.going_back || !pass.in.env.wait) return std::nullopt;
  if (kept && providers::is_installed_set(*kept, set.components->version, set.hash)) return std::nullopt;
  auto secret = providers::installed_set(*set.components, set.hash);
  if (!secret) return std::nullopt;
  return Apply{pass.role, std::move(*secret), 1};
}

// What is left to do for a set that is healthy.
std::optional<StepPlan> conclude(const Pass& pass) {
  std::vector<Intent> intents;
  std::string titles;
  for (const Resolved* set : pass.sets) {
    const std::size_t before = intents.size();
    const bool inventory = set->in_inventory && !set->going_back && !entered(pass, *set);
    const bool asked = recorded(pass.view, *set);
    for (const ObjectPtr& old : left_over(pass.view, *set->components)) {
      const Gvr* gvr = gvr_of_component(kube::gvk_of(*old));
      intents.push_back(Delete{pass.role, *gvr, kube::key_of(*old), std::string(kube::uid_of(*old))});
    }
    // After the deletes: webhooks of the version before may point at what is not served any more.
    if (inventory && !asked && pass.in.env.wait) intents.push_back(AskWebhooks{pass.role, set->components});
    if (inventory) intents.push_back(Apply{pass.role, entry_of(*set, installed_for(pass.in, pass.role)), 0});
    if (auto kept = keep_set(pass, *set)) intents.push_back(std::move(*kept));
    if (intents.size() > before) titles += (titles.empty() ? "" : ", ") + set->title;
  }
  if (intents.empty()) return std::nullopt;
  return running("Installing", "asking the webhooks and writing the inventory of " + titles, std::move(intents));
}

// A cluster has one instance of a provider, whatever the namespace (clusterctl.md 1.2).
std::optional<StepPlan> other_instance(const Pass& pass) {
  for (const Resolved* set : pass.sets) {
    if (!set->in_inventory) continue;
    for (const ObjectPtr& entry : pass.view.list(kube::res::kProviders)) {
      const bool same = (*entry)["type"].as_string() == set->components->type && (*entry)["providerName"].as_string() == set->components->name;
      if (!same || kube::namespace_of(*entry) == set->components->ns) continue;
      return stuck("ProviderExists", set->title + " is to run in namespace " + set->components->ns + ", but it is installed in " +
                                         std::string(kube::namespace_of(*entry)) +
                                         " already; keep that namespace, or delete it there first (slipway providers delete)");
    }
  }
  return std::nullopt;
}

StepPlan next(const Pass& pass) {
  StepPlan total;
  if (auto plan = other_instance(pass)) return std::move(*plan);
  if (auto plan = issue_certificates(pass.in, pass.role, pass.sets)) return std::move(*plan);
  if (auto plan = establish_crds(pass)) return std::move(*plan);
  if (auto plan = stop_old_managers(pass)) return std::move(*plan);
  if (auto plan = apply_objects(pass)) return std::move(*plan);
  // Whatever the user's patience: providers need a cert-manager that works.
  const bool patient = pass.in.env.wait || std::ranges::none_of(pass.sets, [](const Resolved* set) { return set->in_inventory; });
  if (auto plan = wait_for_health(pass, total); plan && patient) return std::move(*plan);
  if (auto plan = conclude(pass)) return std::move(*plan);
  return patient ? total : done("ComponentsReady", "applied; " + total.message);
}

}  // namespace

StepPlan install(const Input& in, Role role, Sets sets) {
  for (const Resolved* set : sets)
    if (!set->components) return set->pending ? waiting(set->reason, set->message) : stuck(set->reason, set->message);
  const Pass pass{in, role, view_of(in, role), sets};
  StepPlan plan = next(pass);
  for (const Resolved* set : sets)
    if (const auto due = renewal_of(pass.view, *set->components); due && (!plan.again || *due < *plan.again)) plan.again = due;
  return plan;
}

}  // namespace slipway::controllers::managementcluster
