#include "controllers/operator.h"

#include <utility>

#include "controllers/managementcluster/reconciler.h"
#include "controllers/workloadcluster/reconciler.h"
#include "pkg/async/task_group.h"
#include "pkg/kube/config.h"
#include "pkg/kube/mapper.h"
#include "pkg/log/log.h"
#include "pkg/runtime/cache.h"
#include "pkg/runtime/controller.h"
#include "pkg/runtime/events.h"

namespace slipway::controllers {
namespace {

using async::Awaitable;
using runtime::Change;

constexpr std::chrono::seconds kSyncLimit{120};  // controller-runtime CacheSyncTimeout

// True where any string of the spec is `name`: cheap, and a reconcile too many does no harm.
bool mentions(const json::Value& spec, std::string_view name) {
  std::vector<const json::Value*> open{&spec};
  while (!open.empty()) {
    const json::Value& v = *open.back();
    open.pop_back();
    if (v.as_string() == name) return true;
    for (const json::Value& item : v.array()) open.push_back(&item);
    for (const json::Member& member : v.object()) open.push_back(&member.value);
  }
  return false;
}

// Objects whose spec refers to a Secret or ConfigMap of their namespace, or that own one by name ("<name>-kubeconfig").
std::vector<ObjectKey> users_of(const runtime::Store& store, const Change& change) {
  std::vector<ObjectKey> out;
  for (const ObjectPtr& object : store.list(change.key.ns)) {
    const std::string_view name = kube::name_of(*object);
    const bool ours = change.key.name.starts_with(name) && std::string_view(change.key.name).substr(name.size()).starts_with("-");
    if (ours || mentions((*object)["spec"], change.key.name)) out.push_back(kube::key_of(*object));
  }
  return out;
}

// Our own status writes come back through the watch; they say nothing new. A deletion, an annotation, a finalizer or a new generation does.
bool worth_a_look(const Change& change) {
  if (!change.old_object || !change.new_object) return true;
  const Object& a = *change.old_object;
  const Object& b = *change.new_object;
  if (kube::generation_of(a) != kube::generation_of(b) || kube::is_deleting(a) != kube::is_deleting(b)) return true;
  return a["metadata"]["annotations"] != b["metadata"]["annotations"] || a["metadata"]["finalizers"] != b["metadata"]["finalizers"];
}

// What a request installed on a cluster that others use too may be theirs now.
bool lets_go_of_providers(const Change& change) {
  if (!change.old_object || !change.new_object) return change.old_object != nullptr;
  const Object& a = *change.old_object;
  const Object& b = *change.new_object;
  return a["spec"]["providers"] != b["spec"]["providers"] || kube::annotation(a, api::kCustodyAnnotation) != kube::annotation(b, api::kCustodyAnnotation);
}

// Of a management cluster: that it is one, that it is verified, that it goes; and the spec, from which workload clusters take defaults.
bool matters_to_workloads(const Change& change) {
  if (worth_a_look(change)) return true;
  return kube::condition_true(*change.old_object, "TargetVerified") != kube::condition_true(*change.new_object, "TargetVerified");
}

ObjectKey reference_of(const Object& workload) {
  const json::Value& ref = workload["spec"]["managementClusterRef"];
  return {ref["namespace"].str(kube::namespace_of(workload)), ref["name"].str()};
}

}  // namespace

struct Operator::State {
  State(async::Executor e, async::Clock& c, std::shared_ptr<kube::Client> h, OperatorOptions o)
      : executor(e),
        clock(c),
        hub(std::move(h)),
        options(std::move(o)),
        mapper(hub),
        cache(hub, e, "hub"),
        events(hub, e, {.component = "slipway", .instance = {}}),
        remotes(e, factory()),
        tasks(e) {}

  async::Executor executor;
  async::Clock& clock;
  std::shared_ptr<kube::Client> hub;
  OperatorOptions options;
  kube::Mapper mapper;
  runtime::ClusterCache cache;
  runtime::EventRecorder events;
  AppliedMemory applied;
  RemoteClusters remotes;
  async::TaskGroup tasks;
  runtime::Store* requests = nullptr;
  runtime::Store* workloads = nullptr;
  std::unique_ptr<managementcluster::Reconciler> management;
  std::unique_ptr<workloadcluster::Reconciler> workload;
  std::unique_ptr<runtime::Controller> management_controller;
  std::unique_ptr<runtime::Controller> workload_controller;
  bool stopped = false;

  ClientFactory factory() {
    if (options.client_factory) return options.client_factory;
    kube::ClientOptions client_options;
    client_options.user_agent = "slipway/" + options.version;
    return [e = executor, c = &clock, client_options](const kube::ClusterConfig& config) { return kube::connect(e, *c, config, client_options); };
  }

  runtime::Store& informer(const Gvr& gvr) {
    runtime::InformerOptions o;
    o.ns = options.ns;
    return cache.informer(gvr, std::move(o));
  }

  // What watches that resource of the hub and may hold that object.
  [[nodiscard]] runtime::StoreOf hub_stores(std::map<Gvr, runtime::Store*> stores) const {
    return [ns = options.ns, stores = std::move(stores)](const Gvr& gvr, const ObjectKey& key) -> runtime::Store* {
      const auto found = stores.find(gvr);
      return found == stores.end() || (!ns.empty() && key.ns != ns) ? nullptr : found->second;
    };
  }

  void make_controllers();
  // The controller is made after its reconciler.
  static Recording recording(const std::unique_ptr<runtime::Controller>& controller) {
    return [c = &controller](const ObjectKey& owner, std::shared_ptr<kube::Client> client, runtime::StoreOf store_of) {
      return (*c)->client_for(owner, std::move(client), std::move(store_of));
    };
  }
  void watch_hub(runtime::Store& secrets, runtime::Store& config_maps, runtime::Store& simulated);
  void on_remote(const Remote& remote, const Change* change);
  void wake_workloads_of(const ObjectKey& request);
};

void Operator::State::make_controllers() {
  runtime::Store& secrets = informer(kube::res::kSecrets);
  runtime::Store& config_maps = informer(kube::res::kConfigMaps);
  runtime::Store& simulated = informer(kube::res::kSimulatedClusters);
  requests = &informer(kube::res::kManagementClusterRequests);
  workloads = &informer(kube::res::kWorkloadClusters);
  const runtime::StoreOf store_of = hub_stores({{kube::res::kSecrets, &secrets},
                                                {kube::res::kConfigMaps, &config_maps},
                                                {kube::res::kSimulatedClusters, &simulated},
                                                {kube::res::kManagementClusterRequests, requests},
                                                {kube::res::kWorkloadClusters, workloads}});
  management =
      std::make_unique<managementcluster::Reconciler>(managementcluster::Dependencies{executor,
                                                                                      clock,
                                                                                      hub,
                                                                                      mapper,
                                                                                      remotes,
                                                                                      applied,
                                                                                      events,
                                                                                      {requests, workloads, &secrets, &config_maps, &simulated},
                                                                                      [this](ObjectKey key) { management_controller->enqueue(std::move(key)); },
                                                                                      options.tkg_version,
                                                                                      options.edition,
                                                                                      recording(management_controller),
                                                                                      store_of,
                                                                                      options.components_cache,
                                                                                      options.bundle,
                                                                                      options.transports});
  workload = std::make_unique<workloadcluster::Reconciler>(workloadcluster::Dependencies{
      clock, hub, mapper, remotes, applied, events, {requests, workloads, &secrets, &config_maps}, recording(workload_controller), store_of});
  runtime::ControllerOptions controller_options;
  controller_options.max_concurrent = options.max_concurrent;
  management_controller = std::make_unique<runtime::Controller>(
      "managementcluster", executor, clock, [r = management.get()](ObjectKey key) { return r->reconcile(std::move(key)); }, controller_options);
  workload_controller = std::make_unique<runtime::Controller>(
      "workloadcluster", executor, clock, [r = workload.get()](ObjectKey key) { return r->reconcile(std::move(key)); }, controller_options);
  remotes.on_drop([this](const std::string& instance) { applied.forget(instance); });
  remotes.on_change([this](const Remote& remote, const Gvr&, const Change* change) { on_remote(remote, change); });
  watch_hub(secrets, config_maps, simulated);
}

void Operator::State::watch_hub(runtime::Store& secrets, runtime::Store& config_maps, runtime::Store& simulated) {
  management_controller->watch_self(*requests, worth_a_look);
  workload_controller->watch_self(*workloads, worth_a_look);
  management_controller->watch(simulated, runtime::owner_of("slipway.dev", "ManagementClusterRequest"));
  for (runtime::Store* store : {&secrets, &config_maps}) {
    management_controller->watch(*store, [this](const Change& change) { return users_of(*requests, change); });
    workload_controller->watch(*store, [this](const Change& change) { return users_of(*workloads, change); });
  }
  // A management cluster that becomes ready, or goes, is what its workload clusters wait for; a workload cluster that goes is what a deletion waits for.
  requests->subscribe([this](const Change& change) {
    if (matters_to_workloads(change)) wake_workloads_of(change.key);
    if (lets_go_of_providers(change))
      for (const ObjectPtr& other : requests->list()) management_controller->enqueue(kube::key_of(*other));
  });
  management_controller->watch(*workloads, [](const Change& change) {
    std::vector<ObjectKey> out;
    if (!change.new_object) out.push_back(reference_of(*change.old_object));
    return out;
  });
}

void Operator::State::wake_workloads_of(const ObjectKey& request) {
  for (const ObjectPtr& object : workloads->list())
    if (reference_of(*object) == request) workload_controller->enqueue(kube::key_of(*object));
}

void Operator::State::on_remote(const Remote& remote, const Change* change) {
  const Role role = remote.id().role;
  if (role == Role::Bootstrap || role == Role::Target) management_controller->enqueue(remote.owner());
  if (role == Role::Workload || role == Role::Management) workload_controller->enqueue(remote.owner());
  if (role != Role::Target) return;
  if (change == nullptr) {
    wake_workloads_of(remote.owner());
    return;
  }
  const Object& object = change->new_object ? *change->new_object : *change->old_object;
  const std::string_view label = kube::label(object, "cluster.x-k8s.io/cluster-name");
  std::string name(label.empty() ? std::string_view(change->key.name) : label);
  if (change->key.ns.empty()) {  // a release, a CRD: everybody's
    wake_workloads_of(remote.owner());
    return;
  }
  for (const std::string_view suffix : {"-kubeconfig", "-kapp-controller"})
    if (label.empty() && name.ends_with(suffix)) name.resize(name.size() - suffix.size());
  const ObjectKey key{change->key.ns, name};
  const ObjectPtr found = workloads->get(key);
  if (found && reference_of(*found) == remote.owner()) workload_controller->enqueue(key);
}

Operator::Operator(async::Executor executor, async::Clock& clock, std::shared_ptr<kube::Client> hub, OperatorOptions options)
    : state_(std::make_unique<State>(std::move(executor), clock, std::move(hub), std::move(options))) {}

Operator::~Operator() = default;

Awaitable<Status> Operator::start() {
  State& s = *state_;
  prepare();
  Status synced = co_await s.cache.wait_synced(s.clock.after(kSyncLimit));
  if (!synced) co_return fail(std::move(synced).error().in("reading the hub"));
  s.tasks.spawn("events", s.events.run());
  s.tasks.spawn("managementcluster controller", s.management_controller->run());
  s.tasks.spawn("workloadcluster controller", s.workload_controller->run());
  log::info("operator started", {{"server", s.hub->server()}});
  co_return Status{};
}

void Operator::prepare() {
  if (!state_->management_controller && !state_->stopped) state_->make_controllers();
}

void Operator::abandon() {
  for (runtime::Controller* controller : {state_->management_controller.get(), state_->workload_controller.get()})
    if (controller != nullptr) controller->abandon();
}

Awaitable<void> Operator::stop() {
  State& s = *state_;
  if (std::exchange(s.stopped, true)) co_return;
  co_await s.tasks.stop();
  if (s.management) co_await s.management->stop();
  co_await s.remotes.stop();
  co_await s.cache.stop();
  const Status flushed = co_await s.events.flush(s.clock.after(std::chrono::seconds(2)));
  if (!flushed) log::debug("events not sent", {{"error", flushed.error().message()}});
  log::info("operator stopped");
}

bool Operator::ready() const { return state_->management_controller && state_->cache.synced(); }

void Operator::refresh_metrics() {
  for (runtime::Controller* controller : {state_->management_controller.get(), state_->workload_controller.get()})
    if (controller != nullptr) controller->queue().refresh_metrics();
}

}  // namespace slipway::controllers
