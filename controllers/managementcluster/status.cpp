#include "controllers/managementcluster/status.h"

#include <algorithm>
#include <tuple>

#include "api/v1alpha1/vocabulary.h"
#include "controllers/cluster_status.h"
#include "controllers/component_state.h"
#include "controllers/outage.h"
#include "controllers/reasons.h"
#include "pkg/providers/identity.h"
#include "pkg/providers/inventory_reader.h"

namespace slipway::controllers::managementcluster {
namespace {

constexpr std::size_t kMaxReasons = 16;    // of excluded objects
constexpr std::size_t kMaxSuspended = 64;  // the journal has them all
constexpr auto kOrder = api::names_of(api::kManagementConditions);

using Providers = std::vector<api::ProviderStatus>;

api::Provider named(const Resolved& set, const api::Provider& wanted) {
  api::Provider out;
  out.type = set.components ? set.components->type : wanted.type;
  out.name = set.components ? set.components->name : wanted.name;
  return out;
}

ObjectPtr entry_in(const ClusterView& view, const api::Provider& provider) {
  for (const ObjectPtr& entry : view.list(kube::res::kProviders))
    if ((*entry)["type"].as_string() == provider.type && (*entry)["providerName"].as_string() == provider.name) return entry;
  return nullptr;
}

// Whatever version they are of: components that are not at hand cannot be compared with.
bool deployments_available(const ClusterView& view, const api::Provider& provider) {
  const auto type = providers::parse_provider_type(provider.type);
  if (!type) return false;
  bool any = false;
  for (const ObjectPtr& live : view.list(kube::res::kDeployments)) {
    if (kube::label(*live, providers::kProviderLabel) != providers::manifest_label(*type, provider.name)) continue;
    any = true;
    if ((*live)["spec"]["replicas"].as_int(1) == 0 || !kube::condition_true(*live, "Available")) return false;
  }
  return any;
}

api::ProviderStatus of_set(const Resolved& provider, bool in_inventory, const ClusterView& view) {
  api::ProviderStatus s;
  s.type = provider.components->type;
  s.name = provider.components->name;
  s.version = provider.components->version;
  s.digest = provider.components->digest;
  s.source = provider.where;
  s.contract = provider.contract;
  s.signed_ = provider.is_signed;
  s.ready = in_inventory && providers::installed(*provider.components, lookup_of(view)).ready;
  return s;
}

// What is installed while its components are not at hand, or those of another version are: what was told of it stands.
api::ProviderStatus of_entry(const api::Provider& wanted, std::string version, const Providers& before, const ClusterView& view) {
  api::ProviderStatus s;
  for (const api::ProviderStatus& was : before)
    if (was.type == wanted.type && was.name == wanted.name && was.version == version) s = was;
  s.type = wanted.type;
  s.name = wanted.name;
  s.version = std::move(version);
  s.ready = deployments_available(view, wanted);
  return s;
}

// Nothing where the cluster that has them is not read.
std::optional<Providers> providers_of(const Input& in) {
  const ClusterView& view = custody_of(in) == Custody::Target && in.observed.target.synced ? in.observed.target : in.observed.bootstrap;
  if (!view.synced) return std::nullopt;
  Providers out;
  for (std::size_t i = 0; i < std::min(in.observed.providers.size(), in.request.spec.providers.size()); ++i) {
    const Resolved& set = in.observed.providers[i];
    const api::Provider provider = named(set, in.request.spec.providers[i]);
    const ObjectPtr entry = entry_in(view, provider);
    const std::string installed = entry ? (*entry)["version"].str() : std::string();
    if (set.components && (installed.empty() || installed == set.components->version)) {
      out.push_back(of_set(set, entry != nullptr, view));
    } else if (!installed.empty()) {
      out.push_back(of_entry(provider, installed, in.request.status.providers, view));
    }
  }
  return out;
}

// The reasons that concern most objects, and one row for the rest: a reason may name an object, and status must not grow with the cluster.
std::vector<api::ExcludedCount> excluded_of(const pivot::Progress& p) {
  std::vector<api::ExcludedCount> out;
  for (const auto& [reason, count] : p.excluded) out.push_back({reason, count});
  std::ranges::sort(out, [](const auto& a, const auto& b) { return std::tie(b.count, a.reason) < std::tie(a.count, b.reason); });
  if (out.size() <= kMaxReasons) return out;
  api::ExcludedCount rest{"other reasons", 0};
  for (std::size_t i = kMaxReasons - 1; i < out.size(); ++i) rest.count += out[i].count;
  out.resize(kMaxReasons - 1);
  out.push_back(std::move(rest));
  return out;
}

std::optional<api::PivotStatus> pivot_of(const Input& in, const std::optional<api::PivotStatus>& was) {
  const Move& move = in.observed.back.progress ? in.observed.back : in.observed.forward;
  if (!move.progress) return was;
  const pivot::Progress& p = *move.progress;
  api::PivotStatus s;
  s.id = p.id;
  s.state = to_string(p.phase);
  s.planned = p.planned;
  s.created = p.created;
  s.verified = p.verified;
  s.deleted = p.deleted;
  s.kept = p.kept;
  s.excluded = excluded_of(p);
  s.suspended.assign(p.suspended.begin(), p.suspended.begin() + static_cast<std::ptrdiff_t>(std::min(p.suspended.size(), kMaxSuspended)));
  return s;
}

// Only the sources are being looked at again, as an operator does that was started again: for this spec nothing else was left to do, and the servers that
// components come from are no part of the cluster. So what was reached stands.
bool holds(const Input& in, const Pass& pass) {
  if (pass.walk.finished() || pass.walk.current != 0 || pass.walk.plans.front().state != StepState::Waiting) return false;
  if (in.request.status.observedGeneration != in.request.generation) return false;
  return std::ranges::all_of(pass.steps.begin() + 1, pass.steps.end(), [&](const StepInfo& step) { return was_over(in.request.status, step.name); });
}

Summary still_ready(const Pass& pass) {
  return {Summary::State::Ready, "AllStepsDone",
          "all " + std::to_string(pass.steps.size()) + " steps are done; the sources are asked again: " + pass.walk.plans.front().message};
}

// Pending is what has not begun.
std::string phase_now(const Input& in, const Pass& pass, const Summary& summary) {
  std::string phase = phase_of(pass, summary);
  if (phase != pass.steps.front().phase) return phase;
  if (custody_of(in) == Custody::Target) return "Updating";
  const auto next = std::ranges::find_if(pass.walk.plans.begin() + 1, pass.walk.plans.end(), [](const StepPlan& plan) { return !plan.over(); });
  const auto at = static_cast<std::size_t>(next - pass.walk.plans.begin());
  return at > 1 && at < pass.steps.size() ? std::string(pass.steps[at].phase) : phase;
}

}  // namespace

std::vector<Reliance> reliances_of(const Input& in) {
  const Reliance target{in.observed.target, "the management cluster", "TargetUnreachable"};
  if (custody_of(in) == Custody::Target) return {target};
  return {{in.observed.bootstrap, "the bootstrap cluster", "BootstrapUnreachable"}, target};
}

api::ClusterStatus make_status(const Input& in, const Pass& pass, bool deleting) {
  const api::ManagementClusterRequest& request = in.request;
  api::ClusterStatus out = request.status;
  out.observedGeneration = request.generation;
  const bool holding = !deleting && holds(in, pass);
  if (holding) {
    out.steps.front() = pass.timeline.front();
  } else {
    out.progress = progress_of(pass.walk);
    out.steps = pass.timeline;
  }
  out.plan.clear();

  Conditions conditions(request.status.conditions, request.generation, in.env.now);
  const Summary summary = deleting ? deletion_summary(pass, conditions)
                                   : with_outages(holding ? still_ready(pass) : summary_of(pass.steps, pass.walk, pass.stall), reliances_of(in));
  if (holding) {
    const StepPlan& plan = pass.walk.plans.front();
    conditions.set(pass.steps.front().condition, "Unknown", known_reason(plan.reason, "Progressing"), plan.message);
    out.phase = summary.state == Summary::State::Ready ? "Ready" : "Unreachable";
  } else {
    if (!deleting) set_step_conditions(conditions, pass.steps, pass.walk, pass.stall);
    out.phase = deleting ? "Deleting" : phase_now(in, pass, summary);
  }
  set_available(conditions, in.observed.target, "the management cluster");
  summarize(conditions, summary);
  conditions.complete(kOrder);
  out.conditions = std::move(conditions).take(kOrder);

  const ObjectKey key = cluster_key(request);
  const bool on_target = in.observed.target.get(kube::res::kClusters, key) != nullptr;
  fill_cluster_columns(out, on_target ? in.observed.target : in.observed.bootstrap, key);
  if (out.release.empty()) out.release = request.spec.release;
  out.roles = {"management"};
  if (auto found = providers_of(in)) out.providers = std::move(*found);
  out.pivot = pivot_of(in, request.status.pivot);
  if (in.observed.hub.get(kube::res::kSecrets, kubeconfig_key(request))) out.kubeconfigSecretRef = api::KeyRef{kubeconfig_key(request).name, "value"};
  return out;
}

api::ClusterStatus quiet_status(const api::ManagementClusterRequest& request, const Summary& summary, WallTime now) {
  return quiet(request.status, request.generation, summary, kOrder, now);
}

}  // namespace slipway::controllers::managementcluster
