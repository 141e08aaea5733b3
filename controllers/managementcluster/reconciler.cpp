#include "controllers/managementcluster/reconciler.h"

#include <algorithm>
#include <utility>

#include "api/v1alpha1/codec.h"
#include "controllers/managementcluster/bootstrap_actions.h"
#include "controllers/managementcluster/pivot_events.h"
#include "controllers/managementcluster/status.h"
#include "controllers/managementcluster/steps.h"
#include "pkg/base/strings.h"
#include "pkg/log/log.h"
#include "pkg/runtime/finalizers.h"

namespace slipway::controllers::managementcluster {
namespace {

using async::Awaitable;
using Outcome = runtime::ReconcileOutcome;
using runtime::ReconcileOutcome;

// Child processes are not watched, so while one is starting or stopping, it is asked again.
constexpr async::Duration kProcessPoll = std::chrono::seconds(2);

const Gvr& kRequests = kube::res::kManagementClusterRequests;

bool is_paused(const Object& self, const api::ManagementClusterRequest& request) {
  return request.spec.paused || self["metadata"]["annotations"].contains(api::kPausedAnnotation);
}

std::optional<async::Duration> process_poll(const api::ManagementClusterRequest& request, const Observed& observed) {
  const auto phase = observed.bootstrap_state.phase;
  const bool between = phase == bootstrap::State::Phase::Creating || phase == bootstrap::State::Phase::Deleting;
  if (!between || !(request.spec.bootstrap.kind || request.spec.bootstrap.process)) return std::nullopt;
  return kProcessPoll;
}

// bootstrap.retain Never, and it failed for good before anything was created from it: it goes, and stays away until the spec changes. The status is the only
// place that tells, since afterwards nothing else is left of the attempt.
bool given_up(const Observed& observed, const api::ManagementClusterRequest& request, const api::ClusterStatus& status) {
  if (request.spec.bootstrap.retain != "Never" || !observed.bootstrap_disposable || kube::is_deleting(*observed.self)) return false;
  if (recorded_custody(*observed.self) != Custody::None || status.observedGeneration != request.generation) return false;
  const bool stalled = std::ranges::any_of(status.conditions, [](const api::Condition& c) { return c.type == "Stalled" && c.status == "True"; });
  const bool begun = !status.steps.empty() && status.steps.front().state == "Done";
  return stalled && begun;
}

// Components that were there before are being fetched again, by another process than the last.
bool fetching_again(const Input& in) {
  const api::ClusterStatus& status = in.request.status;
  return status.observedGeneration == in.request.generation && was_over(status, "preflight") && creation_steps().front().plan(in).reason == "Fetching";
}

// A restarted operator reads its clusters anew; what was reached before is not reported as lost for that moment.
bool settling(const Observed& observed, const api::ClusterStatus& status) {
  return (observed.target.settling && was_over(status, "target-kubeconfig")) || (observed.bootstrap.settling && was_over(status, "bootstrap-cluster"));
}

constexpr std::string_view kMoveAction = "Move";  // with an allowance of its own, so that the steps' Events keep theirs

providers::SourceOptions source_options(const Dependencies& d) {
  providers::SourceOptions out;
  out.executor = d.executor;
  out.clock = &d.clock;
  out.transports = d.transports;
  out.cache = d.components_cache;
  out.bundle = d.bundle;
  return out;
}

}  // namespace

Reconciler::Reconciler(Dependencies dependencies)
    : d_(std::move(dependencies)),
      pivots_(d_.executor, d_.clock, d_.wake),
      fetcher_(source_options(d_), d_.wake,
               [this](const FetchTask& task, const std::string& message) {
                 if (const ObjectPtr self = d_.caches.requests->get(task.key)) d_.events.warning(*self, "FetchFailed", message + "; it is tried again");
               }),
      observer_(d_.executor, d_.hub, d_.caches, d_.remotes, pivots_, d_.applied, fetcher_),
      writer_(d_.hub, kRequests),
      metrics_(metrics::registry(), "ManagementClusterRequest") {}

Env Reconciler::env() const { return {d_.clock.wall(), d_.tkg_version, d_.edition}; }

void Reconciler::forget(const ObjectKey& key) {
  const auto found = uids_.find(key);
  if (found == uids_.end()) return;
  observer_.forget(found->second);
  writer_.forget(found->second);
  metrics_.forget(found->second);
  uids_.erase(found);
}

Awaitable<Result<Outcome>> Reconciler::reconcile(ObjectKey key) {
  ObjectPtr self = writer_.newest(d_.caches.requests->get(key));
  if (!self || (uids_.contains(key) && uids_[key] != kube::uid_of(*self))) forget(key);
  if (!self) co_return Outcome{};
  uids_[key] = kube::uid_of(*self);

  std::vector<api::FieldError> errors;
  auto request = std::make_shared<api::ManagementClusterRequest>(api::decode_management_cluster_request(*self, errors));
  if (errors.empty()) errors = api::validate(*request);
  const bool deleting = kube::is_deleting(*self);
  if (deleting && !kube::has_finalizer(*self, api::kFinalizer)) {
    forget(key);
    co_return Outcome{};
  }
  if (!errors.empty() && !deleting) {
    Summary summary{Summary::State::Stalled, "InvalidSpec", api::to_string(errors)};
    co_return co_await say(self, request, std::move(summary), std::vector<std::string>());
  }
  if (is_paused(*self, *request)) {
    Summary summary{Summary::State::Paused, "Paused", "nothing is touched until spec.paused is false"};
    co_return co_await say(self, request, std::move(summary), request->status.plan);
  }
  if (!deleting && request->spec.mode != "Plan" && !kube::has_finalizer(*self, api::kFinalizer)) {
    auto added = co_await runtime::add_finalizer(d_.hub, kRequests, self, api::kFinalizer);
    if (!added) co_return fail(std::move(added).error());
    writer_.remember(std::move(*added));
    self = writer_.newest(self);
  }
  co_return co_await reconcile_object(std::move(self), std::move(request));
}

Awaitable<Result<Outcome>> Reconciler::reconcile_object(ObjectPtr self, RequestPtr request) {
  if (request->spec.mode == "Plan" && !kube::is_deleting(*self)) {
    // Only the hub is looked at: connecting a cluster would be touching it.
    Observed observed = co_await observer_.observe_hub(self, request);
    const Env now = env();
    const Input in{*request, observed, now};
    const Step<Input>& preflight = creation_steps().front();
    const StepPlan checked = preflight.plan(in);
    Summary summary{Summary::State::Planned, "Planned", "status.plan says what would be done; set mode to Apply to do it"};
    if (!checked.over()) summary = {Summary::State::Stalled, checked.reason, checked.message};
    if (checked.state == StepState::Waiting) summary.state = Summary::State::Progressing;
    std::vector<std::string> plan;
    if (checked.over()) plan = plan_lines(in);
    co_return co_await say(self, request, std::move(summary), std::move(plan));
  }
  Result<Observed> observed = co_await observer_.observe(self, request);
  if (!observed && !observed.error().is(Disposition::Canceled)) {
    // The generation counts as seen in every pass, also in one that could not look.
    Summary summary{Summary::State::Progressing, "ObserveFailed", "trying again: " + observed.error().message()};
    auto said = co_await say(self, request, std::move(summary), request->status.plan);
    if (!said) co_return said;
  }
  if (!observed) co_return fail(observed.error().retryable() ? observed.error() : Error(Disposition::Transient, observed.error().message()));
  co_return co_await carry_out(std::move(self), std::move(request), std::move(*observed));
}

ApplyContext Reconciler::context_for(const ObjectPtr& self, BootstrapActions& actions) const {
  ApplyContext context;
  context.hub = d_.hub;
  context.hub_mapper = &d_.hub_mapper;
  context.recording = d_.recording;
  context.hub_store_of = d_.store_of;
  context.self = self;
  context.applied = &d_.applied;
  context.actions = &actions;
  const std::string uid(kube::uid_of(*self));
  for (const Role role : {Role::Bootstrap, Role::Target}) context.remotes[role] = d_.remotes.find({uid, role});
  return context;
}

Awaitable<Result<Outcome>> Reconciler::carry_out(ObjectPtr self, RequestPtr request, Observed observed) {
  if (settling(observed, request->status)) co_return Outcome{kSettling};
  const bool deleting = kube::is_deleting(*self);
  RequestActions actions(observer_.context_of(*self, *request), request, d_.remotes, pivots_, observer_);
  if (given_up(observed, *request, request->status)) {
    if (observed.bootstrap_state.phase == bootstrap::State::Phase::Absent) co_return Outcome{};
    std::vector<Intent> intents;
    intents.emplace_back(DestroyBootstrap{DestroyBootstrap::Guard::NothingCreated});
    Status gone = co_await apply_intents(context_for(self, actions), std::move(intents));
    if (!gone) co_return fail(std::move(gone).error());
    co_return Outcome{process_poll(*request, observed)};
  }

  const Env now = env();
  const Input in{*request, observed, now};
  if (!deleting && fetching_again(in)) co_return Outcome{};  // the end of the fetch calls
  const auto table = deleting ? deletion_steps() : creation_steps();
  const bool total_applies = !deleting && custody_of(in) != Custody::Target;
  Pass pass = make_pass(infos(table), walk(table, in), {request->status, request->spec.deadlines, request->generation, now.now, total_applies});

  Status applied;
  if (std::vector<Intent> intents = intents_of(pass); !intents.empty()) {
    log::debug("step acts", {{"controller", "managementcluster"}, {"name", request->name}, {"step", pass.steps[pass.walk.current].name}});
    applied = co_await apply_intents(context_for(self, actions), std::move(intents));
    if (!applied && applied.error().is(Disposition::Canceled)) co_return fail(applied.error());
    if (!applied) note_error(pass, applied.error(), now.now);
  }
  if (deleting && pass.walk.finished()) co_return co_await finish_deletion(self, request, custody_of(in));

  api::ClusterStatus status = make_status(in, pass, deleting);
  const bool give_up = given_up(observed, *request, status);
  Result<bool> written = co_await write_status(self, request, std::move(status), &pass);
  if (!written) co_return fail(std::move(written).error());
  if (give_up) d_.wake(cluster_key(*request));  // the next pass takes the bootstrap cluster away
  // One retry path for both: the controller's backoff.
  if (!applied) co_return fail(applied.error().retryable() ? applied.error() : Error(Disposition::Transient, applied.error().message()));
  const auto deadline = earlier(until_expiry(pass, now.now), until_reported(reliances_of(in)));
  co_return Outcome{earlier(earlier(deadline, until_again(pass, now.now)), process_poll(*request, observed))};
}

Awaitable<Result<Outcome>> Reconciler::finish_deletion(ObjectPtr self, RequestPtr request, Custody custody) {
  const bool orphan = request->spec.deletionPolicy == "Orphan";
  RequestActions actions(observer_.context_of(*self, *request), request, d_.remotes, pivots_, observer_);
  std::vector<Intent> intents;
  const ObjectPtr kubeconfig = d_.caches.secrets->get(kubeconfig_key(*request));
  if (kubeconfig && !orphan && kube::label(*kubeconfig, "slipway.dev/request") == request->name)
    intents.push_back(Delete{Role::Hub, kube::res::kSecrets, kubeconfig_key(*request), std::string(kube::uid_of(*kubeconfig))});
  const ObjectKey simulated{request->namespace_, request->name + "-bootstrap"};
  if (const ObjectPtr cluster = d_.caches.simulated->get(simulated); cluster && orphan && custody == Custody::Bootstrap) {
    // It holds the Cluster that shall stay, so it must not go with its owner.
    json::Value body;
    body.ref({"metadata", "ownerReferences"});
    intents.push_back(Merge{Role::Hub, kube::res::kSimulatedClusters, simulated, std::move(body), std::string(kube::uid_of(*cluster))});
  }
  Status applied = co_await apply_intents(context_for(self, actions), std::move(intents));
  if (!applied) co_return fail(std::move(applied).error());
  auto removed = co_await runtime::remove_finalizer(d_.hub, kRequests, self, api::kFinalizer);
  if (!removed && !removed.error().is(Disposition::NotFound)) co_return fail(std::move(removed).error());
  d_.events.normal(*self, "Released", orphan ? "the cluster is left alone" : "the cluster and everything of it is gone");
  log::info("request released", {{"controller", "managementcluster"}, {"name", request->name}, {"namespace", request->namespace_}});
  forget({request->namespace_, request->name});
  co_return Outcome{};
}

Awaitable<Result<Outcome>> Reconciler::say(ObjectPtr self, RequestPtr request, Summary summary, std::vector<std::string> plan) {
  api::ClusterStatus status = quiet_status(*request, summary, d_.clock.wall());
  status.plan = std::move(plan);
  Result<bool> written = co_await write_status(self, request, std::move(status), nullptr);
  if (!written) co_return fail(std::move(written).error());
  const bool said_before =
      std::ranges::any_of(request->status.conditions, [&](const api::Condition& c) { return c.type == "Stalled" && c.message == summary.message; });
  if (*written && summary.state == Summary::State::Stalled && !said_before) d_.events.warning(*self, summary.reason, summary.message);
  co_return Outcome{};
}

Awaitable<Result<bool>> Reconciler::write_status(ObjectPtr self, RequestPtr request, api::ClusterStatus status, const Pass* pass) {
  Result<bool> written = co_await writer_.write(self, status);
  if (!written || !*written) co_return written;
  const std::vector<Edge> happened = edges(request->status.steps, status.steps);
  metrics_.observe(request->uid, status, happened);
  if (pass != nullptr) {
    for (const PivotEvent& event : pivot_events(request->status.pivot, status.pivot)) {
      if (event.warning)
        d_.events.warning(*self, event.reason, event.message, kMoveAction);
      else
        d_.events.normal(*self, event.reason, event.message, kMoveAction);
    }
    announce(d_.events, *self, *pass, request->status, status);
    for (const Edge& edge : happened)
      log::info("step " + to_lower(edge.state), {{"controller", "managementcluster"},
                                                 {"namespace", request->namespace_},
                                                 {"name", request->name},
                                                 {"step", status.steps[edge.step].name},
                                                 {"message", edge.message}});
  }
  co_return written;
}

Awaitable<void> Reconciler::stop() {
  co_await fetcher_.stop();
  co_await pivots_.stop();
}

}  // namespace slipway::controllers::managementcluster
