#include "pkg/simcloud/site.h"

#include <algorithm>

namespace slipway::simcloud {
namespace {

// Kinds of the API server itself: served from the first moment.
bool is_built_in(const Gvr& gvr) {
  return gvr.group.empty() || gvr.group == "apps" || gvr.group == "apiextensions.k8s.io" || gvr.group == "admissionregistration.k8s.io";
}

bool gate_open(Env env, const SimController& spec, const Object& object) {
  if (spec.gate == Gate::None) return true;
  if (object["metadata"]["annotations"].contains(kPausedAnnotation)) return false;
  if (spec.gate == Gate::Annotation) return true;
  if (spec.primary == res::kClusters) return !is_paused(object);
  const ObjectPtr cluster = cluster_of(env, object);
  return cluster && !is_paused(*cluster);
}

}  // namespace

Site::Site(Services& services, std::string name, std::shared_ptr<kube::Client> client, bool borrowed)
    : services_(services), name_(std::move(name)), client_(std::move(client)), cache_(client_, services.executor, "sim " + name_), group_(services.executor) {
  if (borrowed) webhooks_ = std::make_unique<WebhookServers>(services.executor, services.clock);
}

Site::~Site() = default;

void Site::start() {
  for (SimController& spec : all_controllers()) {
    if (spec.borrowed_only && !webhooks_) continue;
    wanted_.insert(spec.primary);
    for (const Watch& watch : spec.watches) wanted_.insert(watch.gvr);
    if (spec.gate == Gate::Cluster) wanted_.insert(res::kClusters);
    auto running = std::make_unique<Running>();
    running->watching.resize(spec.watches.size());
    running->spec = std::move(spec);
    running_.push_back(std::move(running));
  }
  wanted_.insert(res::kDeployments);
  wanted_.insert(res::kCrds);
  for (const Gvr& gvr : wanted_)
    if (is_built_in(gvr)) stores_[gvr] = &cache_.informer(gvr);
  for (const auto& running : running_) try_start(*running);
  stores_.at(res::kCrds)->subscribe([this](const runtime::Change& change) { on_crd(change); });
}

async::Awaitable<void> Site::stop() {
  co_await group_.stop();
  co_await cache_.stop();
  if (webhooks_) co_await webhooks_->stop_all();
  running_.clear();
}

runtime::Store* Site::store(const Gvr& gvr) const {
  const auto found = stores_.find(gvr);
  return found == stores_.end() ? nullptr : found->second;
}

async::TimePoint Site::first_seen(const std::string& what) { return seen_.try_emplace(what, services_.clock.now()).first->second; }

void Site::on_crd(const runtime::Change& change) {
  if (!change.new_object || !kube::condition_true(*change.new_object, "Established")) return;
  const json::Value& spec = (*change.new_object)["spec"];
  for (const json::Value& version : spec["versions"].array()) {
    if (!version["served"].as_bool()) continue;
    const Gvr gvr{spec["group"].str(), version["name"].str(), spec["names"]["plural"].str(), spec["scope"].as_string() == "Namespaced"};
    if (wanted_.contains(gvr) && !stores_.contains(gvr)) serve(gvr);
  }
}

void Site::serve(const Gvr& gvr) {
  stores_[gvr] = &cache_.informer(gvr);
  for (const auto& running : running_) try_start(*running);
}

void Site::try_start(Running& running) {
  if (!serves(running.spec.primary)) return;
  if (!running.controller) begin(running);
  for (std::size_t i = 0; i < running.spec.watches.size(); ++i) {
    const Watch& watch = running.spec.watches[i];
    if (running.watching[i] || !serves(watch.gvr)) continue;
    running.watching[i] = true;
    attach(running, watch.gvr, watch.map);
  }
  if (running.spec.gate == Gate::Cluster && !running.gated && serves(res::kClusters)) {
    running.gated = true;
    attach(running, res::kClusters, to_same_cluster(running.spec.primary));
  }
}

void Site::begin(Running& running) {
  Running* const one = &running;
  running.controller = std::make_unique<runtime::Controller>("sim-" + running.spec.name, services_.executor, services_.clock,
                                                             [this, one](ObjectKey key) { return run_one(this, one, std::move(key)); });
  runtime::Store& store = *stores_.at(running.spec.primary);
  running.reads.insert(running.spec.primary);
  running.controller->watch_self(store);
  store.on_synced([this, one] { enqueue_all(*one); });
  if (running.spec.manager) watch_manager(running);
  group_.spawn("controller " + running.spec.name, running.controller->run());
}

void Site::attach(Running& running, const Gvr& gvr, const Map& map) {
  runtime::Store& store = *stores_.at(gvr);
  Running* const one = &running;
  if (map) {
    const Env env{this, &services_};
    running.controller->watch(store, [map, env](const runtime::Change& change) { return map(env, change); });
  }
  if (running.reads.insert(gvr).second) store.on_synced([this, one] { enqueue_all(*one); });
}

// When the program of a controller starts, everything is looked at again, as after a restart.
void Site::watch_manager(Running& running) {
  Running* const one = &running;
  running.controller->watch(*stores_.at(res::kDeployments), [this, one](const runtime::Change& change) {
    std::vector<ObjectKey> keys;
    const bool concerned = change.key == one->spec.manager || change.key == one->spec.stand_in;
    if (!concerned || is_available(change.old_object.get()) == is_available(change.new_object.get())) return keys;
    for (const ObjectPtr& object : stores_.at(one->spec.primary)->list()) keys.push_back(kube::key_of(*object));
    return keys;
  });
}

void Site::enqueue_all(Running& running) {
  if (!running.controller || !synced(running)) return;
  for (const ObjectPtr& object : stores_.at(running.spec.primary)->list()) running.controller->enqueue(kube::key_of(*object));
}

bool Site::synced(const Running& running) const {
  return stores_.at(res::kDeployments)->synced() && std::ranges::all_of(running.reads, [this](const Gvr& gvr) { return stores_.at(gvr)->synced(); });
}

bool Site::is_managed(const SimController& spec) const {
  if (!spec.manager) return true;
  const runtime::Store& deployments = *stores_.at(res::kDeployments);
  const ObjectPtr manager = deployments.get(*spec.manager);
  return is_available(manager || !spec.stand_in ? manager.get() : deployments.get(*spec.stand_in).get());
}

Reconciled Site::run_one(Site* site, Running* running, ObjectKey key) {
  if (!site->synced(*running)) co_return Outcome{};  // on_synced looks at everything again
  const SimController& spec = running->spec;
  const Env env{site, &site->services_};
  if (!site->is_managed(spec)) co_return Outcome{};
  ObjectPtr object = env.get(spec.primary, key);
  if (!object && spec.gone != nullptr) co_return co_await spec.gone(env, std::move(key));
  if (!object || !gate_open(env, spec, *object)) co_return Outcome{};
  auto outcome = co_await spec.reconcile(env, std::move(object));
  // What is not there yet (a kind that is not served, an object that somebody else makes) is tried again, as controller-runtime tries everything again.
  if (!outcome && outcome.error().is(Disposition::NotFound)) co_return fail(Disposition::Transient, outcome.error().message());
  co_return outcome;
}

}  // namespace slipway::simcloud
