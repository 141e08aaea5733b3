#include "controllers/remote_clusters.h"

#include <utility>

#include "pkg/base/strings.h"
#include "pkg/log/log.h"
#include "pkg/providers/providers.h"

namespace slipway::controllers {
namespace {

// The schemas are megabytes; steps ask for names and conditions only.
void project_crd(Object& crd) {
  json::Value* spec = crd.find_mut("spec");
  json::Value* versions = spec == nullptr ? nullptr : spec->find_mut("versions");
  if (versions == nullptr || !versions->is_array()) return;
  for (json::Value& version : versions->make_array()) {
    version.erase("schema");
    version.erase("additionalPrinterColumns");
  }
}

// Of what is nobody's component, nobody asks more than whether it is there.
void project_component(Object& object) {
  if (kube::has_label(object, providers::kComponentLabel)) return;
  for (const std::string_view part : {"spec", "status", "rules", "subjects", "webhooks", "aggregationRule"}) object.erase(part);
}

runtime::InformerOptions options_of(const Gvr& gvr) {
  runtime::InformerOptions options;
  if (gvr == kube::res::kCrds) options.project = project_crd;
  return options;
}

runtime::InformerOptions component_options_of(const Gvr& gvr) {
  runtime::InformerOptions options;
  if (gvr == kube::res::kConfigMaps || gvr == kube::res::kSecrets) {
    options.label_selector = providers::kComponentLabel;
  } else {
    options.project = project_component;
  }
  return options;
}

// Why a Deployment is not available, and no more.
void project_pod(Object& pod) {
  for (const std::string_view part : {"spec", "managedFields"}) pod.erase(part);
}

bool has_components(Role role) { return role == Role::Bootstrap || role == Role::Target; }

// What a workload cluster is looked at for.
bool wanted_on_workload(const Gvr& gvr) {
  using namespace kube::res;
  return gvr == kNamespaces || gvr == kCrds || gvr == kDeployments || gvr == kPackageInstalls || gvr == kPackageRepositories;
}

std::uint64_t fingerprint_of(const kube::ClusterConfig& c) {
  json::Value all{json::Array()};
  for (const std::string* part : {&c.server, &c.ca_pem, &c.client_cert_pem, &c.client_key_pem, &c.token, &c.token_file, &c.tls_server_name, &c.username,
                                  &c.password, &c.proxy_url, &c.impersonate.user, &c.impersonate.uid})
    all.push_back(*part);
  for (const std::string& group : c.impersonate.groups) all.push_back(group);
  for (const auto& [key, values] : c.impersonate.extra) {
    all.push_back(key);
    for (const std::string& value : values) all.push_back(value);
  }
  return fnv1a(json::dump(all));
}

async::Awaitable<void> stop_remote(std::shared_ptr<Remote> remote, bool close) {
  co_await remote->stop();
  if (close) remote->client()->close();
}

}  // namespace

Remote::Remote(RemoteId id, ObjectKey owner, std::shared_ptr<kube::Client> client, async::Executor executor, std::string instance)
    : id_(std::move(id)),
      owner_(std::move(owner)),
      client_(std::move(client)),
      instance_(std::move(instance)),
      mapper_(client_),
      cache_(client_, std::move(executor), std::string(to_string(id_.role)) + " " + owner_.to_string()),
      connected_at_(client_->clock().now()) {
  cache_.on_change([this] { notice_outage(); });
}

// Its beginning and its end; what it says meanwhile is nobody's news.
void Remote::notice_outage() {
  const bool now = cache_.outage().has_value();
  if (std::exchange(in_outage_, now) != now) notify({}, nullptr);
}

void Remote::watch(const Gvr& gvr, runtime::InformerOptions options) {
  if (!known_.emplace(gvr, options.ns, options.field_selector + options.label_selector).second) return;
  constexpr std::string_view kByName = "metadata.name=";
  Watched watched{gvr, nullptr, options.ns, options.field_selector.starts_with(kByName) ? options.field_selector.substr(kByName.size()) : "",
                  !options.label_selector.empty()};
  runtime::Store& store = cache_.informer(gvr, std::move(options));
  watched.store = &store;
  watched_.push_back(std::move(watched));
  // The store dies with the cache, the cache with this object.
  store.subscribe([this, gvr](const runtime::Change& change) {
    if (gvr == kube::res::kCrds) mapper_.invalidate();  // what was not served a moment ago may be now
    notify(gvr, &change);
  });
  store.on_synced([this, gvr] { notify(gvr, nullptr); });
}

runtime::Store* Remote::store_of(const Gvr& gvr, const ObjectKey& key) const {
  for (const Watched& w : watched_)
    if (w.gvr == gvr && !w.by_label && (w.ns.empty() || w.ns == key.ns) && (w.name.empty() || w.name == key.name)) return w.store;
  return nullptr;
}

void Remote::watch_secret(const ObjectKey& key) {
  runtime::InformerOptions options;
  options.ns = key.ns;
  options.field_selector = "metadata.name=" + key.name;
  watch(kube::res::kSecrets, std::move(options));
}

void Remote::watch_pods(const std::string& ns) {
  runtime::InformerOptions options;
  options.ns = ns;
  options.project = project_pod;
  watch(kube::res::kPods, std::move(options));
}

void Remote::notify(const Gvr& gvr, const runtime::Change* change) {
  // What discovery said is out of date; a step that waited for the CRD may now use its kind at once.
  if (gvr == kube::res::kCrds) mapper_.invalidate();
  if (!listeners_) return;
  for (const Change& listener : *listeners_) listener(*this, gvr, change);
}

ClusterView Remote::view() {
  ClusterView view;
  view.connected = true;
  view.instance = instance_;
  view.server = client_->server();
  // Once filled, a cache that is read anew (its CRD came or changed) does not unsettle the flow.
  was_synced_ = was_synced_ || cache_.synced();
  view.synced = was_synced_;
  if (!was_synced_) view.trouble = cache_.trouble();
  view.settling = !was_synced_ && client_->clock().now() - connected_at_ < kSettling;
  if (auto outage = cache_.outage(); outage && was_synced_) {
    const async::Duration age = client_->clock().now() - outage->since;
    if (age >= kOutagePatience) {
      view.lost = std::move(outage->error);
    } else {
      view.patience = kOutagePatience - age;
    }
  }
  for (const Watched& watched : watched_) view.put(watched.gvr, watched.store->list());
  return view;
}

RemoteClusters::RemoteClusters(async::Executor executor, ClientFactory factory) : executor_(executor), factory_(std::move(factory)), tasks_(executor) {}

void RemoteClusters::on_change(Remote::Change listener) { listeners_->push_back(std::move(listener)); }

std::shared_ptr<Remote> RemoteClusters::start(const RemoteId& id, const ObjectKey& owner, std::shared_ptr<kube::Client> client, std::uint64_t fingerprint,
                                              bool close) {
  auto remote = std::make_shared<Remote>(id, owner, std::move(client), executor_, std::string(to_string(id.role)) + "#" + std::to_string(++serial_));
  remote->on_change(listeners_);
  for (const WatchedKind& row : watched_kinds())
    if (id.role != Role::Workload || wanted_on_workload(row.gvr)) remote->watch(row.gvr, options_of(row.gvr));
  if (has_components(id.role))
    for (const WatchedKind& row : component_kinds()) remote->watch(row.gvr, component_options_of(row.gvr));
  log::info("cluster connected", {{"cluster", to_string(id.role)}, {"name", owner.name}, {"namespace", owner.ns}, {"server", remote->client()->server()}});
  remotes_[id] = Entry{remote, fingerprint, close};
  return remote;
}

Result<std::shared_ptr<Remote>> RemoteClusters::connect(const RemoteId& id, const ObjectKey& owner, const kube::ClusterConfig& config) {
  const std::uint64_t fingerprint = fingerprint_of(config);
  if (const auto found = remotes_.find(id); found != remotes_.end()) {
    if (found->second.fingerprint == fingerprint) return found->second.remote;
    retire(std::move(found->second));
    remotes_.erase(found);
  }
  auto client = factory_(config);
  if (!client) return fail(std::move(client).error());
  return start(id, owner, std::move(*client), fingerprint, true);
}

std::shared_ptr<Remote> RemoteClusters::adopt(const RemoteId& id, const ObjectKey& owner, std::shared_ptr<kube::Client> client) {
  if (const auto found = remotes_.find(id); found != remotes_.end()) return found->second.remote;
  return start(id, owner, std::move(client), 0, false);
}

std::shared_ptr<Remote> RemoteClusters::find(const RemoteId& id) const {
  const auto found = remotes_.find(id);
  return found == remotes_.end() ? nullptr : found->second.remote;
}

void RemoteClusters::retire(Entry entry) {
  entry.remote->on_change(nullptr);
  if (dropped_) dropped_(entry.remote->instance());
  log::info("cluster dropped", {{"cluster", to_string(entry.remote->id().role)}, {"name", entry.remote->owner().name}});
  tasks_.spawn("stop " + entry.remote->instance(), stop_remote(entry.remote, entry.close));
}

void RemoteClusters::drop(const RemoteId& id) {
  const auto found = remotes_.find(id);
  if (found == remotes_.end()) return;
  retire(std::move(found->second));
  remotes_.erase(found);
}

void RemoteClusters::drop_all(const std::string& owner_uid) {
  for (const Role role : {Role::Bootstrap, Role::Target, Role::Management, Role::Workload}) drop({owner_uid, role});
}

async::Awaitable<void> RemoteClusters::stop() {
  auto remotes = std::exchange(remotes_, {});
  for (auto& [id, entry] : remotes) retire(std::move(entry));
  co_await tasks_.join();
}

}  // namespace slipway::controllers
