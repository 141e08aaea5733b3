#include <algorithm>

#include "pkg/simcloud/site.h"

namespace slipway::simcloud {

ObjectPtr Env::get(const Gvr& gvr, const ObjectKey& key) const {
  const runtime::Store* store = site->store(gvr);
  return store == nullptr ? nullptr : store->get(key);
}

std::vector<ObjectPtr> Env::list(const Gvr& gvr, std::string_view ns) const {
  const runtime::Store* store = site->store(gvr);
  if (store == nullptr) return {};
  return ns.empty() ? store->list() : store->list(ns);
}

bool Env::serves(const Gvr& gvr) const { return site->serves(gvr); }
kube::Client& Env::client() const { return site->client(); }
std::string Env::now() const { return to_rfc3339(world->clock.wall()); }

std::optional<async::Duration> Env::left(const std::string& what, Act act) const { return left_until(site->first_seen(what) + world->latency.of(act)); }

std::optional<async::Duration> Env::left_until(async::TimePoint at) const {
  const auto now_is = world->clock.now();
  if (now_is >= at) return std::nullopt;
  return at - now_is;
}

Map same_name() {
  return [](Env, const runtime::Change& change) { return std::vector{change.key}; };
}

Map to_cluster() {
  return [](Env, const runtime::Change& change) {
    const Object& object = change.new_object ? *change.new_object : *change.old_object;
    std::vector<ObjectKey> keys;
    if (std::string name = cluster_name_of(object); !name.empty()) keys.push_back({change.key.ns, std::move(name)});
    return keys;
  };
}

Map to_owner(std::string group, std::string kind) {
  const runtime::MapFunction owner = runtime::owner_of(std::move(group), std::move(kind));
  return [owner](Env, const runtime::Change& change) { return owner(change); };
}

Map to_all(Gvr primary) {
  return [primary = std::move(primary)](Env env, const runtime::Change& change) {
    std::vector<ObjectKey> keys;
    for (const ObjectPtr& object : env.list(primary, change.key.ns)) keys.push_back(kube::key_of(*object));
    return keys;
  };
}

Map to_same_cluster(Gvr primary) {
  return [primary = std::move(primary)](Env env, const runtime::Change& change) {
    const Object& changed = change.new_object ? *change.new_object : *change.old_object;
    const std::string name = kube::kind_of(changed) == "Cluster" ? change.key.name : cluster_name_of(changed);
    std::vector<ObjectKey> keys;
    for (const ObjectPtr& object : env.list(primary, change.key.ns))
      if (cluster_name_of(*object) == name) keys.push_back(kube::key_of(*object));
    return keys;
  };
}

std::string cluster_name_of(const Object& object) {
  if (const auto name = kube::label(object, kClusterNameLabel); !name.empty()) return std::string(name);
  return object["spec"]["clusterName"].str();
}

ObjectPtr cluster_of(Env env, const Object& object) {
  const std::string name = cluster_name_of(object);
  return name.empty() ? nullptr : env.get(res::kClusters, {std::string(kube::namespace_of(object)), name});
}

bool is_paused(const Object& object) noexcept { return object["spec"]["paused"].as_bool() || object["metadata"]["annotations"].contains(kPausedAnnotation); }

bool is_available(const Object* deployment) noexcept {
  return deployment != nullptr && kube::condition_true(*deployment, "Available") && (*deployment)["status"]["availableReplicas"].as_int() > 0;
}

}  // namespace slipway::simcloud
