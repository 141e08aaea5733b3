#include "pkg/runtime/cache.h"

#include <deque>
#include <map>
#include <tuple>

#include "pkg/async/sync.h"
#include "pkg/runtime/reflector.h"

namespace slipway::runtime {
namespace {

using kube::GroupVersionResource;
using kube::Object;

// What nobody reads and what is 40 % of the bytes.
json::Projection default_drop() {
  return json::Projection({{"metadata", "managedFields"}, {"metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"}});
}

// The schemas are megabytes; here only names and conditions count.
std::vector<json::Projection::Path> drop_of_crds() { return {{"spec", "versions", "*", "schema"}, {"spec", "versions", "*", "additionalPrinterColumns"}}; }

// An object that had no other annotation than what was dropped has none.
void drop_empty_annotations(Object& object) {
  json::Value* metadata = object.find_mut("metadata");
  if (metadata != nullptr && (*metadata)["annotations"].is_object() && (*metadata)["annotations"].size() == 0) metadata->erase("annotations");
}

bool defines(const Object& crd, const GroupVersionResource& gvr) {
  const json::Value& spec = crd["spec"];
  return spec["group"].as_string() == gvr.group && spec["names"]["plural"].as_string() == gvr.resource;
}

bool serves(const Object& crd, const GroupVersionResource& gvr) {
  if (!defines(crd, gvr) || !kube::condition_true(crd, "Established")) return false;
  for (const auto& version : crd["spec"]["versions"].array())
    if (version["name"].as_string() == gvr.version) return version["served"].as_bool();
  return false;
}

struct Informer {
  explicit Informer(const async::Executor& executor) : task(executor) {}
  Store store;
  std::unique_ptr<Reflector> reflector;
  async::TaskGroup task;  // one at most
};

}  // namespace

struct ClusterCache::State : std::enable_shared_from_this<State> {
  State(std::shared_ptr<kube::Client> c, const async::Executor& e, std::string n) : client(std::move(c)), executor(e), name(std::move(n)), changed(e) {}

  using Key = std::tuple<GroupVersionResource, std::string, std::string, std::string>;

  std::shared_ptr<kube::Client> client;
  async::Executor executor;
  std::string name;
  async::Event changed;
  bool stopped = false;
  std::map<Key, std::shared_ptr<Informer>> informers;
  std::deque<std::function<void()>> handlers;
  std::shared_ptr<Informer> crds;  // of our own, from the first resource that is absent

  [[nodiscard]] std::shared_ptr<Informer> make(const GroupVersionResource& gvr, InformerOptions options) {
    auto informer = std::make_shared<Informer>(executor);
    ReflectorOptions o;
    o.cluster = name;
    o.gvr = gvr;
    o.ns = std::move(options.ns);
    o.label_selector = std::move(options.label_selector);
    o.field_selector = std::move(options.field_selector);
    o.drop = default_drop();
    for (auto& path : options.drop) o.drop.drop(std::move(path));
    o.project = [more = std::move(options.project)](Object& object) {
      drop_empty_annotations(object);
      if (more) more(object);
    };
    o.on_change = [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->on_change();
    };
    informer->reflector = std::make_unique<Reflector>(client, executor, informer->store, std::move(o));
    return informer;
  }

  // The task may run at once and come back here by on_change(): the informer must be in its place before.
  void start(Informer& informer) {
    if (!stopped) informer.task.spawn("reflector " + informer.reflector->gvr().to_string(), run(shared_from_this(), informer.reflector.get()));
  }

  static async::Awaitable<void> run(std::shared_ptr<State> self, Reflector* reflector) {
    co_await reflector->run();
    self->changed.notify_all();
  }

  void on_change() {
    changed.notify_all();
    watch_crds_where_absent();
    const std::size_t present = handlers.size();
    for (std::size_t i = 0; i < present; ++i) handlers[i]();
  }

  void watch_crds_where_absent() {
    if (crds || stopped) return;
    for (const auto& [key, informer] : informers) {
      if (!informer->reflector->absent() || std::get<0>(key) == kube::res::kCrds) continue;
      crds = make(kube::res::kCrds, {.ns = {}, .label_selector = {}, .field_selector = {}, .drop = drop_of_crds(), .project = {}});
      crds->store.subscribe([this](const Change& change) { on_crd(change); });
      start(*crds);
      return;
    }
  }

  void on_crd(const Change& change) const {
    for (const auto& [key, informer] : informers) {
      const GroupVersionResource& gvr = std::get<0>(key);
      if (change.new_object && serves(*change.new_object, gvr)) informer->reflector->resource_appeared();
      if (!change.new_object && change.old_object && defines(*change.old_object, gvr)) informer->reflector->resource_disappeared();
    }
  }

  [[nodiscard]] bool synced() const noexcept {
    for (const auto& [key, informer] : informers)
      if (!informer->store.synced()) return false;
    return true;
  }

  // `where_synced`: of informers that are in sync (but absent), else of those that are not.
  [[nodiscard]] std::string troubles(bool where_synced) const {
    std::string out;
    for (const auto& [key, informer] : informers) {
      if (informer->store.synced() != where_synced || (where_synced && !informer->reflector->absent())) continue;
      const std::string& text = informer->reflector->trouble();
      if (!out.empty()) out += "; ";
      out += text.empty() ? "waiting for " + std::get<0>(key).to_string() : text;
    }
    return out;
  }
};

ClusterCache::ClusterCache(std::shared_ptr<kube::Client> client, async::Executor executor, std::string name)
    : state_(std::make_shared<State>(std::move(client), executor, std::move(name))) {}
ClusterCache::~ClusterCache() = default;

Store& ClusterCache::informer(GroupVersionResource gvr, InformerOptions options) {
  State& s = *state_;
  State::Key key{gvr, options.ns, options.label_selector, options.field_selector};
  auto it = s.informers.find(key);
  if (it == s.informers.end()) {
    it = s.informers.emplace(std::move(key), s.make(gvr, std::move(options))).first;
    s.start(*it->second);
  }
  return it->second->store;
}

bool ClusterCache::synced() const noexcept { return state_->synced(); }

async::Awaitable<Status> ClusterCache::wait_synced(async::Deadline deadline) {
  const std::shared_ptr<State> s = state_;
  while (!s->synced()) {
    Status woken = co_await s->changed.wait(s->client->clock(), deadline);
    if (woken) continue;
    if (woken.error().is(Disposition::Timeout)) co_return fail(Disposition::Timeout, "the cache of " + s->name + " is not in sync: " + s->troubles(false));
    co_return woken;
  }
  co_return Status();
}

std::string ClusterCache::trouble() const {
  for (const auto& [key, informer] : state_->informers)
    if (!informer->store.synced() && !informer->reflector->trouble().empty()) return informer->reflector->trouble();
  return state_->troubles(true);
}

std::optional<Outage> ClusterCache::outage() const {
  std::optional<Outage> longest;
  for (const auto& [key, informer] : state_->informers)
    if (auto outage = informer->reflector->outage(); outage && (!longest || outage->since < longest->since)) longest = std::move(outage);
  return longest;
}

std::vector<InformerStatus> ClusterCache::status() const {
  std::vector<InformerStatus> out;
  for (const auto& [key, informer] : state_->informers) {
    const Reflector& reflector = *informer->reflector;
    out.push_back({.gvr = reflector.gvr(),
                   .synced = informer->store.synced(),
                   .absent = reflector.absent(),
                   .trouble = reflector.trouble(),
                   .outage = reflector.outage(),
                   .last_heard = reflector.last_heard()});
  }
  return out;
}

void ClusterCache::on_change(std::function<void()> handler) { state_->handlers.push_back(std::move(handler)); }

async::Awaitable<void> ClusterCache::remove_informer(GroupVersionResource gvr, InformerOptions options) {
  const std::shared_ptr<State> s = state_;
  const auto it = s->informers.find({std::move(gvr), std::move(options.ns), std::move(options.label_selector), std::move(options.field_selector)});
  if (it == s->informers.end()) co_return;
  const std::shared_ptr<Informer> informer = std::move(it->second);
  s->informers.erase(it);
  co_await informer->task.stop();
  s->changed.notify_all();
}

async::Awaitable<void> ClusterCache::stop() {
  const std::shared_ptr<State> s = state_;
  s->stopped = true;
  std::vector<std::shared_ptr<Informer>> all;
  for (const auto& [key, informer] : s->informers) all.push_back(informer);
  if (s->crds) all.push_back(s->crds);
  for (const auto& informer : all) informer->task.cancel();
  for (const auto& informer : all) co_await informer->task.join();
}

kube::Client& ClusterCache::client() noexcept { return *state_->client; }
std::shared_ptr<kube::Client> ClusterCache::client_ptr() noexcept { return state_->client; }

}  // namespace slipway::runtime
