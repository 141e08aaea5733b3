#include "controllers/managementcluster/status.h"

#include "api/v1alpha1/vocabulary.h"
#include "controllers/cluster_status.h"
#include "controllers/component_state.h"
#include "controllers/outage.h"

namespace slipway::controllers::managementcluster {
namespace {

constexpr auto kOrder = api::names_of(api::kManagementConditions);

std::vector<api::ProviderStatus> providers_of(const Input& in) {
  const ClusterView& view = custody_of(in) == Custody::Target && in.observed.target.synced ? in.observed.target : in.observed.bootstrap;
  const providers::Look look = lookup_of(view);
  std::vector<api::ProviderStatus> out;
  if (!view.synced) return out;
  for (const Resolved& provider : in.observed.providers) {
    if (!provider.components) continue;
    api::ProviderStatus s;
    s.type = provider.components->type;
    s.name = provider.components->name;
    s.version = provider.components->version;
    s.digest = provider.components->digest;
    s.source = provider.where;
    s.contract = provider.contract;
    s.signed_ = provider.is_signed;
    s.ready = view.get(kube::res::kProviders, kube::key_of(providers::inventory_object(*provider.components))) != nullptr &&
              providers::installed(*provider.components, look).ready;
    out.push_back(std::move(s));
  }
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
  for (const auto& [reason, count] : p.excluded) s.excluded.push_back({reason, count});
  return s;
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
  out.progress = progress_of(pass.walk);
  out.steps = pass.timeline;
  out.plan.clear();

  Conditions conditions(request.status.conditions, request.generation, in.env.now);
  const Summary summary = deleting ? deletion_summary(pass, conditions) : with_outages(summary_of(pass.steps, pass.walk, pass.stall), reliances_of(in));
  if (!deleting) set_step_conditions(conditions, pass.steps, pass.walk, pass.stall);
  out.phase = deleting ? "Deleting" : phase_of(pass, summary);
  set_available(conditions, in.observed.target, "the management cluster");
  summarize(conditions, summary);
  conditions.complete(kOrder);
  out.conditions = std::move(conditions).take(kOrder);

  const ObjectKey key = cluster_key(request);
  const bool on_target = in.observed.target.get(kube::res::kClusters, key) != nullptr;
  fill_cluster_columns(out, on_target ? in.observed.target : in.observed.bootstrap, key);
  if (out.release.empty()) out.release = request.spec.release;
  out.roles = {"management"};
  if (auto found = providers_of(in); !found.empty()) out.providers = std::move(found);
  out.pivot = pivot_of(in, request.status.pivot);
  if (in.observed.hub.get(kube::res::kSecrets, kubeconfig_key(request))) out.kubeconfigSecretRef = api::KeyRef{kubeconfig_key(request).name, "value"};
  return out;
}

api::ClusterStatus quiet_status(const api::ManagementClusterRequest& request, const Summary& summary, WallTime now) {
  return quiet(request.status, request.generation, summary, kOrder, now);
}

}  // namespace slipway::controllers::managementcluster
