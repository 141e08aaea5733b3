#include "pkg/runtime/cache.h"

#include <map>
#include <tuple>

#include "pkg/async/sync.h"
#include "pkg/runtime/reflector.h"

namespace slipway::runtime {
namespace {

using kube::GroupVersionResource;
using kube::Object;

// What nobody reads and what is 40 % of the bytes.
void project_default(Object& object) {
  json::Value* metadata = object.find_mut("metadata");
  if (metadata == nullptr) return;
  metadata->erase("managedFields");
  json::Value* annotations = metadata->find_mut("annotations");
  if (annotations == nullptr) return;
  annotations->erase("kubectl.kubernetes.io/last-applied-configuration");
  if (annotations->is_object() && annotations->size() == 0) metadata->erase("annotations");
}

// The schemas are megabytes; here only names and conditions count.
void project_crd(Object& crd) {
  json::Value* spec = crd.find_mut("spec");
  json::Value* versions = spec == nullptr ? nullptr : spec->find_mut("versions");
  if (versions == nullptr || !versions->is_array()) return;
  for (auto& version : versions->make_array()) {
    version.erase("schema");
    version.erase("additionalPrinterColumns");
  }
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
  Store store;
  std::unique_ptr<Reflector> reflector;
};

}  // namespace

struct ClusterCache::State : std::enable_shared_from_this<State> {
  State(std::shared_ptr<kube::Client> c, const async::Executor& e, std::string n)
      : client(std::move(c)), executor(e), name(std::move(n)), changed(e), group(e) {}

  using Key = std::tuple<GroupVersionResource, std::string, std::string, std::string>;

  std::shared_ptr<kube::Client> client;
  async::Executor executor;
  std::string name;
  async::Event changed;
  async::TaskGroup group;
  std::map<Key, std::unique_ptr<Informer>> informers;
  std::unique_ptr<Informer> crds;  // of our own, from the first resource that is absent

  [[nodiscard]] std::unique_ptr<Informer> make(const GroupVersionResource& gvr, InformerOptions options) {
    auto informer = std::make_unique<Informer>();
    ReflectorOptions o;
    o.cluster = name;
    o.gvr = gvr;
    o.ns = std::move(options.ns);
    o.label_selector = std::move(options.label_selector);
    o.field_selector = std::move(options.field_selector);
    o.project = [more = std::move(options.project)](Object& object) {
      project_default(object);
      if (more) more(object);
    };
    o.on_change = [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->on_change();
    };
    informer->reflector = std::make_unique<Reflector>(client, executor, informer->store, std::move(o));
    return informer;
  }

  // The task may run at once and come back here by on_change(): the informer must be in its place before.
  void start(const Informer& informer) { group.spawn("reflector " + informer.reflector->gvr().to_string(), run(shared_from_this(), informer.reflector.get())); }

  static async::Awaitable<void> run(std::shared_ptr<State> self, Reflector* reflector) {
    co_await reflector->run();
    self->changed.notify_all();
  }

  void on_change() {
    changed.notify_all();
    if (crds || group.cancelled()) return;
    for (const auto& [key, informer] : informers) {
      if (!informer->reflector->absent() || std::get<0>(key) == kube::res::kCrds) continue;
      crds = make(kube::res::kCrds, {.ns = {}, .label_selector = {}, .field_selector = {}, .project = project_crd});
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

async::Awaitable<void> ClusterCache::stop() {
  const std::shared_ptr<State> s = state_;
  co_await s->group.stop();
}

kube::Client& ClusterCache::client() noexcept { return *state_->client; }
std::shared_ptr<kube::Client> ClusterCache::client_ptr() noexcept { return state_->client; }

}  // namespace slipway::runtime
