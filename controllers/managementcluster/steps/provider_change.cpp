#include "controllers/managementcluster/steps/provider_change.h"

#include <algorithm>
#include <utility>

#include "controllers/component_state.h"
#include "controllers/managementcluster/inventory_entry.h"
#include "controllers/managementcluster/steps/steps.h"
#include "pkg/base/strings.h"

namespace slipway::controllers::managementcluster {
namespace {

using Sets = std::span<const Resolved* const>;

// A set whose entry tells of another version or content.
struct Changing {
  const Resolved* set = nullptr;
  ObjectPtr entry;
  std::optional<Change> note;  // of this attempt
  ObjectPtr before;            // Secret with what the entry tells of; null where there is none
  [[nodiscard]] bool upgrade() const { return (*entry)["version"].as_string() != set->components->version; }
};

struct Attempt {
  const Input& in;
  Role role;
  const ClusterView& view;
  Sets sets;
  std::string hash;
  std::vector<Changing> changing;
};

ObjectPtr entry_in(const ClusterView& view, const Resolved& set) {
  return set.in_inventory && set.components ? view.get(kube::res::kProviders, kube::key_of(providers::inventory_object(*set.components))) : nullptr;
}

bool tells_of(const Object& entry, const Resolved& set) {
  return kube::annotation(entry, kSetAnnotation) == set.hash && entry["version"].as_string() == set.components->version;
}

// Providers that fit together are upgraded together, so they are one attempt.
std::string hash_of(Sets sets) {
  std::string all;
  for (const Resolved* set : sets) all += set->title + "|" + set->components->version + "|" + set->hash + "\n";
  return hex(fnv1a(all));
}

Attempt look(const Input& in, Role role, Sets sets) {
  Attempt out{in, role, view_of(in, role), sets, hash_of(sets), {}};
  for (const Resolved* set : sets) {
    const ObjectPtr entry = entry_in(out.view, *set);
    if (!entry || tells_of(*entry, *set)) continue;
    Changing one{set, entry, change_of(*entry), out.view.get(kube::res::kSecrets, providers::installed_set_key(*set->components))};
    if (one.note && one.note->hash != out.hash) one.note.reset();
    if (one.before && !providers::is_installed_set(*one.before, (*entry)["version"].as_string(), kube::annotation(*entry, kSetAnnotation))) one.before.reset();
    out.changing.push_back(std::move(one));
  }
  return out;
}

std::string upgrades_of(const Attempt& attempt) {
  std::string out;
  for (const Changing& one : attempt.changing)
    if (one.upgrade()) out += (out.empty() ? "" : ", ") + one.set->title;
  return out;
}

std::string versions_before(const Attempt& attempt) {
  std::string out;
  for (const Changing& one : attempt.changing) out += (out.empty() ? "" : ", ") + one.set->components->manifest_label() + " " + (*one.entry)["version"].str();
  return out;
}

// By one write each, before anything else.
std::vector<Intent> notes(const Attempt& attempt, bool rolled_back, const std::string& why, bool only_missing) {
  std::vector<Intent> out;
  const auto owner = installed_for(attempt.in, attempt.role);
  for (const Changing& one : attempt.changing) {
    if (only_missing && one.note) continue;
    const WallTime since = one.note ? one.note->since : attempt.in.env.now;
    const Change change{one.set->components->version, attempt.hash, since, rolled_back, why};
    out.push_back(Apply{attempt.role, noted(*one.entry, *one.set, owner, change), 0});
  }
  return out;
}

std::optional<std::chrono::milliseconds> limit_of(const Input& in) {
  const auto all = parse_duration(in.request.spec.deadlines.providers);
  if (!all) return std::nullopt;
  return *all / 2;
}

// What the last pass ran into while it wrote; empty where that went well.
std::string refusal(const Attempt& attempt) {
  const std::string name = std::string(to_string(attempt.role)) + "-providers";
  const auto step = std::ranges::find(attempt.in.request.status.steps, name, &api::StepStatus::name);
  if (step == attempt.in.request.status.steps.end()) return {};
  constexpr std::string_view kAgain = "trying again: ";
  if (step->message.starts_with(kAgain)) return step->message.substr(kAgain.size());
  return step->state == "Failed" ? step->message : "";
}

// Everything that changes is healthy, and something else is not.
bool others_fault(const Attempt& attempt) {
  const auto look = lookup_of(attempt.view);
  const auto healthy = [&](const Resolved& set) { return providers::installed(*set.components, look).ready; };
  const auto changes = [&](const Resolved* set) { return std::ranges::find(attempt.changing, set, &Changing::set) != attempt.changing.end(); };
  return std::ranges::all_of(attempt.sets, [&](const Resolved* set) { return !changes(set) || healthy(*set); }) &&
         std::ranges::any_of(attempt.sets, [&](const Resolved* set) { return !changes(set) && !healthy(*set); });
}

StepPlan go_on(const Attempt& attempt) {
  StepPlan plan = install(attempt.in, attempt.role, attempt.sets);
  WallTime since = attempt.changing.front().note->since;
  bool upgrade = false, reversible = true;
  for (const Changing& one : attempt.changing) {
    since = std::max(since, one.note->since);
    upgrade = upgrade || one.upgrade();
    reversible = reversible && one.before;
  }
  plan.since = since;
  const auto limit = limit_of(attempt.in);
  if (!upgrade || !reversible || !limit || plan.over() || plan.state == StepState::Stuck) return plan;
  if (attempt.in.env.now < since + *limit) {
    plan.again = plan.again ? std::min(*plan.again, since + *limit) : since + *limit;
    return plan;
  }
  const std::string refused = refusal(attempt);
  if (plan.state == StepState::Running ? refused.empty() : others_fault(attempt)) return plan;
  const std::string why = plan.state == StepState::Running ? refused : plan.message;
  StepPlan back = running("ProviderRolledBack", upgrades_of(attempt) + " did not get healthy in time; going back: " + why, notes(attempt, true, why, false));
  back.since = attempt.in.env.now;
  return back;
}

Result<Resolved> before_of(const Changing& one) {
  if (!one.before)
    return fail(Disposition::Invalid, "Secret " + providers::installed_set_key(*one.set->components).to_string() + " does not tell of it any more");
  auto components = providers::read_installed_set(*one.before);
  if (!components) return fail(std::move(components).error());
  Resolved out;
  out.title = components->type + " " + components->name + " " + components->version;
  out.hash = std::string(kube::annotation(*one.entry, kSetAnnotation));
  out.in_inventory = true;
  out.going_back = true;
  out.components = std::make_shared<const providers::Components>(std::move(*components));
  return out;
}

StepPlan go_back(const Attempt& attempt, const Change& failed_change) {
  const auto limit = limit_of(attempt.in);
  const std::string failed_so =
      upgrades_of(attempt) + " did not get healthy" + (limit ? " within " + human_duration(*limit) : std::string()) + " (" + failed_change.why + ")";
  const std::string cure = "; change spec.providers[].version, or what its source holds, to try again";
  std::vector<Resolved> before;
  before.reserve(attempt.changing.size());
  std::vector<const Resolved*> sets;
  for (const Resolved* set : attempt.sets) {
    const auto changing = std::ranges::find(attempt.changing, set, &Changing::set);
    if (changing == attempt.changing.end()) {
      if (entry_in(attempt.view, *set)) sets.push_back(set);  // what came along with the upgrade waits for the next one
      continue;
    }
    auto one = before_of(*changing);
    if (!one) {
      StepPlan lost = stuck("ProviderRolledBack", failed_so + ", and " + versions_before(attempt) + " cannot be brought back: " + one.error().message() + cure);
      lost.since = attempt.in.env.now;
      return lost;
    }
    before.push_back(std::move(*one));
    sets.push_back(&before.back());
  }
  StepPlan plan = install(attempt.in, attempt.role, sets);
  if (plan.over()) {
    const auto again = plan.again;
    plan = stuck("ProviderRolledBack", failed_so + ". Rolled back: " + versions_before(attempt) +
                                           (versions_before(attempt).find(',') == std::string::npos ? " is" : " are") +
                                           " installed and healthy again, but for CRDs" + cure);
    plan.again = again;
  } else {
    plan.state = StepState::Failed;  // told at once
    plan.reason = "ProviderRolledBack";
    plan.message = failed_so + cure + ". Going back to " + versions_before(attempt) + ": " + plan.message;
  }
  plan.since = attempt.in.env.now;  // going back is not given up
  return plan;
}

std::string advice(const Input& in, const Resolved& set, const ObjectKey& entry) {
  if (!in.request.uid.empty())
    return "; give both requests the same version, source, variables, images and patches, or this one a bootstrap cluster of its own";
  return "; change spec.providers there (" + set.title + " is what you ask for), or, where that request is gone: kubectl annotate " +
         "providers.clusterctl.cluster.x-k8s.io -n " + entry.ns + " " + entry.name + " " + std::string(kInstalledForAnnotation) + "-";
}

}  // namespace

std::optional<StepPlan> installed_by_another(const Input& in, Role role, Sets sets) {
  const ClusterView& view = view_of(in, role);
  for (const Resolved* set : sets) {
    const ObjectPtr entry = entry_in(view, *set);
    const auto owner = entry ? installed_for(*entry) : std::nullopt;
    if (!owner || owner->uid == in.request.uid || !still_asks(in, *owner, *set->components)) continue;
    const auto change = change_of(*entry);
    const bool changes = change && !change->rolled_back;
    if (!changes && tells_of(*entry, *set)) continue;
    const std::string version = (*entry)["version"].str();
    const std::string how = changes                               ? ", which is changing it to " + change->to
                            : version == set->components->version ? ", with other settings"
                                                                  : " as " + version;
    return stuck("ProviderShared", set->title + ": ManagementClusterRequest " + owner->request + " has installed this provider on the same cluster" + how +
                                       advice(in, *set, kube::key_of(*entry)));
  }
  return std::nullopt;
}

StepPlan install_or_go_back(const Input& in, Role role, Sets sets) {
  const auto unresolved = [](const Resolved* set) { return !set->components; };
  if (in.request.uid.empty() || std::ranges::any_of(sets, unresolved)) return install(in, role, sets);
  const Attempt attempt = look(in, role, sets);
  if (attempt.changing.empty()) return install(in, role, sets);
  for (const Changing& one : attempt.changing)
    if (one.note && one.note->rolled_back) return go_back(attempt, *one.note);
  if (std::vector<Intent> missing = notes(attempt, false, {}, true); !missing.empty()) {
    StepPlan plan = running("ProviderUpgrading", "noting in the inventory that " + versions_before(attempt) + " is being changed", std::move(missing));
    plan.since = in.env.now;
    return plan;
  }
  return go_on(attempt);
}

}  // namespace slipway::controllers::managementcluster
