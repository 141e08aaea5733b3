#include "controllers/managementcluster/observe.h"

#include <utility>

#include "pkg/base/strings.h"
#include "pkg/base/time.h"

namespace slipway::controllers::managementcluster {
namespace {

using async::Awaitable;
using Phase = bootstrap::State::Phase;
using RequestPtr = std::shared_ptr<const api::ManagementClusterRequest>;

constexpr int kMaxAttempts = 100;  // of moves that were undone: more than anybody has patience for

bool refers_to(const Object& workload, const api::ManagementClusterRequest& request) {
  const json::Value& ref = workload["spec"]["managementClusterRef"];
  if (ref["name"].as_string() != request.name) return false;
  return ref["namespace"].as_string(kube::namespace_of(workload)) == request.namespace_;
}

// Once the target holds everything and the bootstrap cluster stays, nobody needs to look at it any more.
bool done_with_bootstrap(const Object& self, const api::ManagementClusterRequest& request, const Observed& out) {
  if (kube::is_deleting(self) || recorded_custody(self) != Custody::Target) return false;
  return !out.bootstrap_disposable || request.spec.bootstrap.retain == "Always";
}

}  // namespace

void watch_components(Remote& remote, const Observed& observed) {
  std::vector<const Resolved*> sets;
  sets.reserve(observed.providers.size() + 2);
  for (const Resolved& provider : observed.providers) sets.push_back(&provider);
  for (const auto* one : {&observed.kapp_controller, &observed.cert_manager})
    if (*one) sets.push_back(&**one);
  for (const Resolved* set : sets)
    if (set->components && !set->components->ns.empty()) remote.watch_pods(set->components->ns);
}

pivot::Options pivot_options(const api::ManagementClusterRequest& request, Direction direction, int attempt) {
  pivot::Options o;
  o.id = request.uid + (direction == Direction::Back ? "-back" : "") + (attempt > 1 ? "-" + std::to_string(attempt) : "");
  o.journal_namespace = request.namespace_;
  if (request.spec.pivot.scope == "Namespace") o.ns = request.namespace_;
  o.quiesce_providers = request.spec.pivot.quiesceProviders;
  o.fail_on_unmovable = request.spec.pivot.onUnmovable == "Fail";
  o.gitops = request.spec.pivot.gitOps == "Suspend"  ? pivot::GitOps::Suspend
             : request.spec.pivot.gitOps == "Ignore" ? pivot::GitOps::Ignore
                                                     : pivot::GitOps::Refuse;
  o.rehearse = request.spec.pivot.rehearse;
  if (const auto limit = parse_duration(request.spec.deadlines.pivot)) o.timeout = std::chrono::duration_cast<std::chrono::seconds>(*limit);
  return o;
}

Observer::Observer(async::Executor executor, std::shared_ptr<kube::Client> hub, HubCaches caches, RemoteClusters& remotes, PivotRunner& pivots,
                   const AppliedMemory& applied, ComponentFetcher& fetcher)
    : executor_(std::move(executor)), hub_(std::move(hub)), caches_(caches), remotes_(remotes), pivots_(pivots), applied_(applied), sources_(fetcher) {}

bootstrap::Context Observer::context_of(const Object& self, const api::ManagementClusterRequest& request) const {
  return {executor_, hub_, self, request.spec.bootstrap};
}

// What a driver's answer depends on, as far as the hub's caches show it; empty where only asking tells.
std::string Observer::stamp_of(bootstrap::Kind kind, const api::ManagementClusterRequest& request) const {
  const auto secret = [&](const std::string& name) { return version_of(caches_.secrets->get({request.namespace_, name})); };
  switch (kind) {
    case bootstrap::Kind::InCluster: return "in-cluster";
    case bootstrap::Kind::Kubeconfig: return secret(request.spec.bootstrap.kubeconfigSecretRef->name);
    case bootstrap::Kind::Simulated: {
      const std::string name = request.name + "-bootstrap";
      return version_of(caches_.simulated->get({request.namespace_, name})) + "|" + secret(name + "-kubeconfig");
    }
    case bootstrap::Kind::Kind:
    case bootstrap::Kind::Process: {
      // Nothing watches it: what is up stays up, and what is gone stays gone, until we act on it; in between it is asked.
      const auto seen = seen_.find(request.uid);
      const bool steady = seen != seen_.end() && (seen->second.state.phase == Phase::Ready || seen->second.state.phase == Phase::Absent);
      return steady ? seen->second.stamp : std::string();
    }
  }
  return {};
}

Awaitable<Status> Observer::see_bootstrap(ObjectPtr self, RequestPtr request, Observed* out) {
  if (!out->bootstrap_refused.empty()) co_return Status{};
  const auto kind = bootstrap::kind_of(request->spec.bootstrap);
  auto driver = bootstrap::make_driver(*kind);
  if (!driver) co_return fail(std::move(driver).error());
  std::string stamp = stamp_of(*kind, *request);
  if (stamp.empty() || seen_[request->uid].stamp != stamp) {
    auto state = co_await (*driver)->observe(context_of(*self, *request));
    if (!state) co_return fail(std::move(state).error().in("looking at the bootstrap cluster"));
    if (stamp.empty()) stamp = "asked";
    seen_[request->uid] = SeenBootstrap{std::move(stamp), std::move(*state)};
  }
  out->bootstrap_state = seen_[request->uid].state;
  co_return Status{};
}

void Observer::connect_bootstrap(const Object& self, const api::ManagementClusterRequest& request, Observed& out) {
  const RemoteId id{request.uid, Role::Bootstrap};
  if (out.bootstrap_state.phase != Phase::Ready || done_with_bootstrap(self, request, out)) {
    remotes_.drop(id);
    return;
  }
  const ObjectKey owner = kube::key_of(self);
  std::shared_ptr<Remote> remote;
  if (out.bootstrap_state.config) {
    auto connected = remotes_.connect(id, owner, *out.bootstrap_state.config);
    if (!connected) {
      out.bootstrap.trouble = connected.error().message();
      return;
    }
    remote = std::move(*connected);
  } else {
    remote = remotes_.adopt(id, owner, hub_);
  }
  const ObjectKey cluster{request.namespace_, request.name};
  remote->watch_secret({cluster.ns, cluster.name + "-kubeconfig"});
  remote->watch_secret(cluster);
  for (const api::PackageInstall& install : request.spec.packages.install)
    if (install.valuesSecretRef) remote->watch_secret({package_namespace(request.spec), install.valuesSecretRef->name});
  out.bootstrap = remote->view();
}

void Observer::connect_target(const Input& in, Observed& out) {
  const RemoteId id{in.request.uid, Role::Target};
  // Back on a bootstrap cluster, the management cluster is going away.
  if (const Custody recorded = recorded_custody(*out.self); recorded == Custody::Returned || recorded == Custody::Deleted) {
    remotes_.drop(id);
    return;
  }
  const ObjectPtr secret = out.hub.get(kube::res::kSecrets, kubeconfig_key(in.request));
  if (!secret) {
    // Where only our copy is lost, the connection that we have is the way to get it back.
    if (const auto remote = remotes_.find(id)) out.target = remote->view();
    return;
  }
  std::string yaml;
  if (!kube::secret_value(*secret, "value", yaml)) {
    out.target.trouble = "it has no key \"value\" with base64 data";
    return;
  }
  auto config = kube::parse_kubeconfig(yaml, "Secret " + kubeconfig_key(in.request).to_string(), {});
  if (!config) {
    out.target.trouble = config.error().message();
    return;
  }
  auto remote = remotes_.connect(id, kube::key_of(*out.self), *config);
  if (!remote) {
    out.target.trouble = remote.error().message();
    return;
  }
  (*remote)->watch_secret({in.request.namespace_, in.request.name + "-kubeconfig"});
  for (const api::PackageInstall& install : in.request.spec.packages.install)
    if (install.valuesSecretRef) (*remote)->watch_secret({package_namespace(in.request.spec), install.valuesSecretRef->name});
  for (const Gvr& gvr : template_kinds(in.request.spec.infrastructure.provider)) (*remote)->watch(gvr);
  out.target = (*remote)->view();
}

// Attempts are numbered; every one before the last was undone.
Awaitable<Result<std::pair<int, std::optional<pivot::Progress>>>> Observer::last_journal(std::shared_ptr<kube::Client> source,
                                                                                         std::shared_ptr<kube::Client> target, RequestPtr request,
                                                                                         Direction direction) {
  std::pair<int, std::optional<pivot::Progress>> last{1, std::nullopt};
  for (int attempt = 1; attempt <= kMaxAttempts; ++attempt) {
    auto journal = co_await pivot::journal(source, target, pivot_options(*request, direction, attempt));
    if (!journal) co_return fail(std::move(journal).error());
    if (!*journal) break;
    last = {attempt, std::move(*journal)};
    if (last.second->phase != pivot::Phase::RolledBack) break;
  }
  co_return last;
}

Awaitable<Status> Observer::read_journals(ObjectPtr self, RequestPtr request, Observed* out) {
  const auto bootstrap = remotes_.find({request->uid, Role::Bootstrap});
  const auto target = remotes_.find({request->uid, Role::Target});
  const std::string connections = (bootstrap ? bootstrap->instance() : "") + "|" + (target ? target->instance() : "");
  const bool on_bootstrap = bootstrap && out->bootstrap.synced;
  const bool on_target = target && out->target.synced;
  for (const Direction direction : {Direction::Forward, Direction::Back}) {
    if (direction == Direction::Back && !kube::is_deleting(*self)) continue;
    if ((bootstrap || target) && !pivots_.journal_read(request->uid, direction, connections)) {
      // A side that is not in sync yet may not answer; it calls the next reconcile when it does. With one side gone, the other tells.
      if (!on_bootstrap && !on_target) {
        out->journal_known = false;
      } else {
        const auto one = on_bootstrap ? bootstrap->client() : target->client();
        const auto other = on_target ? target->client() : bootstrap->client();
        const bool forward = direction == Direction::Forward;
        auto journal = co_await last_journal(forward ? one : other, forward ? other : one, request, direction);
        if (!journal) co_return fail(std::move(journal).error().in("reading the journal of the pivot"));
        const bool whole = on_bootstrap == (bootstrap != nullptr) && on_target == (target != nullptr);
        pivots_.set_journal(request->uid, direction, whole ? connections : "", journal->first, std::move(journal->second));
      }
    }
    (direction == Direction::Forward ? out->forward : out->back) = pivots_.state(request->uid, direction, request->generation);
  }
  co_return Status{};
}

void Observer::take_out_cert_manager(const api::ManagementClusterRequest& request, Observed& out) {
  for (std::size_t i = 0; i < out.providers.size(); ++i) {
    Resolved& set = out.providers[i];
    if (!set.components) continue;
    auto made = without_cert_manager_.of(request.uid, std::to_string(i), set.components);
    set.components = made ? *made : nullptr;
    set.hash = hex(fnv1a(set.hash + " without cert-manager"));
    if (made) continue;
    set.reason = "InvalidComponents";
    set.message = set.title + ": " + made.error().message();
  }
}

Observed Observer::see_hub(ObjectPtr self, const api::ManagementClusterRequest& request) {
  Observed out;
  out.self = std::move(self);
  out.applied = &applied_;
  out.hub.connected = out.hub.synced = true;
  out.hub.instance = "hub";
  out.hub.put(kube::res::kSecrets, caches_.secrets->list(request.namespace_));
  out.hub.put(kube::res::kConfigMaps, caches_.config_maps->list(request.namespace_));
  out.requests = caches_.requests->list();
  for (const ObjectPtr& workload : caches_.workloads->list())
    if (refers_to(*workload, request)) out.workload_clusters.push_back(kube::key_of(*workload).to_string());
  const auto kind = bootstrap::kind_of(request.spec.bootstrap);
  if (!kind) {
    out.bootstrap_refused = "spec.bootstrap: choose exactly one bootstrap: kind, kubeconfigSecretRef, inCluster, process or simulated";
    return out;
  }
  const auto driver = bootstrap::make_driver(*kind);
  if (driver) {
    out.bootstrap_disposable = (*driver)->disposable();
  } else {
    out.bootstrap_refused = driver.error().message();
  }
  return out;
}

Awaitable<void> Observer::resolve(RequestPtr request, Observed* out) {
  co_await sources_.resolve(request, out);
  if (request->spec.certManager.mode == "None") take_out_cert_manager(*request, *out);
}

Awaitable<Observed> Observer::observe_hub(ObjectPtr self, RequestPtr request) {
  Observed out = see_hub(std::move(self), *request);
  co_await resolve(request, &out);
  co_return out;
}

Awaitable<Result<Observed>> Observer::observe(ObjectPtr self, RequestPtr request) {
  Observed out = see_hub(self, *request);
  Status seen = co_await see_bootstrap(self, request, &out);
  if (!seen) co_return fail(std::move(seen).error());
  connect_bootstrap(*self, *request, out);
  const Env env;
  connect_target(Input{*request, out, env}, out);
  co_await resolve(request, &out);
  for (const Role role : {Role::Bootstrap, Role::Target})
    if (const auto remote = remotes_.find({request->uid, role})) watch_components(*remote, out);
  Status journals = co_await read_journals(self, request, &out);
  if (!journals) co_return fail(std::move(journals).error());
  co_return out;
}

void Observer::forget(const std::string& uid) {
  sources_.forget(uid);
  without_cert_manager_.forget(uid);
  seen_.erase(uid);
  remotes_.drop_all(uid);
  pivots_.forget(uid);
}

}  // namespace slipway::controllers::managementcluster
