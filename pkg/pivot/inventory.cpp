#include "pkg/pivot/inventory.h"

#include <algorithm>

#include "pkg/pivot/names.h"
#include "pkg/providers/installed_set.h"

namespace slipway::pivot {
namespace {

constexpr std::string_view kCore = "cluster.x-k8s.io";

std::string group_of(std::string_view api_version) {
  const auto slash = api_version.find('/');
  return slash == std::string_view::npos ? std::string() : std::string(api_version.substr(0, slash));
}

std::vector<Owner> read_owners(const kube::Object& object) {
  std::vector<Owner> owners;
  for (const auto& ref : object["metadata"]["ownerReferences"].array())
    owners.push_back({group_of(ref["apiVersion"].as_string()), ref["kind"].str(), ref["name"].str(), ref["uid"].str()});
  return owners;
}

// v1beta1: spec.topology.class and classNamespace; v1beta2: spec.topology.classRef.
kube::ObjectKey read_class(const kube::Object& cluster) {
  const json::Value& topology = cluster["spec"]["topology"];
  const json::Value& ref = topology["classRef"];
  kube::ObjectKey key{ref["namespace"].str(), ref["name"].str(topology["class"].as_string())};
  if (key.name.empty()) return {};
  if (key.ns.empty()) key.ns = topology["classNamespace"].str();
  if (key.ns.empty()) key.ns = kube::namespace_of(cluster);
  return key;
}

bool serves(const kube::Object& crd, std::string_view version) {
  return std::ranges::any_of(crd["spec"]["versions"].array(), [&](const auto& v) { return v["name"].as_string() == version && v["served"].as_bool(); });
}

const json::Value* storage_version(const kube::Object& crd) {
  const auto& versions = crd["spec"]["versions"].array();
  const auto stored = std::ranges::find_if(versions, [](const auto& v) { return v["storage"].as_bool() && v["served"].as_bool(); });
  if (stored != versions.end()) return &*stored;
  const auto served = std::ranges::find_if(versions, [](const auto& v) { return v["served"].as_bool(); });
  return served == versions.end() ? nullptr : &*served;
}

}  // namespace

bool is_cluster(const Kind& kind) noexcept { return kind.is(kCore, "Cluster"); }
bool is_class(const Kind& kind) noexcept { return kind.is(kCore, "ClusterClass"); }
bool is_machine(const Kind& kind) noexcept { return kind.is(kCore, "Machine"); }
bool is_core(const Kind& kind) noexcept { return kind.gvr.group.empty(); }
bool is_provider(const Kind& kind) noexcept { return kind.is(kClusterctlLabel, "Provider"); }
Kind secret_kind() { return {.gvr = kube::res::kSecrets, .kind = "Secret", .has_status = false}; }
Kind config_map_kind() { return {.gvr = kube::res::kConfigMaps, .kind = "ConfigMap", .has_status = false}; }

std::optional<Kind> kind_of_crd(const kube::Object& crd) {
  const json::Value* version = storage_version(crd);
  if (!kube::has_label(crd, kClusterctlLabel) || version == nullptr) return std::nullopt;
  const json::Value& spec = crd["spec"];
  Kind kind;
  kind.gvr = {spec["group"].str(), (*version)["name"].str(), spec["names"]["plural"].str(), spec["scope"].as_string() == "Namespaced"};
  kind.kind = spec["names"]["kind"].str();
  kind.has_status = (*version)["subresources"].contains("status");
  kind.hierarchy = is_cluster(kind) || is_class(kind) || kind.is("addons.cluster.x-k8s.io", "ClusterResourceSet") || kube::has_label(crd, kMoveHierarchyLabel);
  kind.move = kind.hierarchy || kube::has_label(crd, kMoveObjectLabel);
  return kind;
}

bool agree_on_version(Kind& kind, const kube::Object& source_crd, const std::vector<kube::ApiResource>& target) {
  const auto same = std::ranges::find(target, kind.gvr.version, [](const auto& r) { return r.gvr.version; });
  const auto both = same != target.end() ? same : std::ranges::find_if(target, [&](const auto& r) { return serves(source_crd, r.gvr.version); });
  if (both == target.end() || !serves(source_crd, both->gvr.version)) return false;
  kind.gvr.version = both->gvr.version;
  kind.has_status = std::ranges::find(both->subresources, "status") != both->subresources.end();
  return true;
}

std::string Inventory::describe(const Item& item) const { return kind_of(item).kind + " " + item.key.to_string(); }

Item read_item(std::size_t index, const Kind& kind, const kube::Object& object) {
  Item item;
  item.kind = index;
  item.key = kube::key_of(object);
  item.uid = kube::uid_of(object);
  item.resource_version = kube::resource_version_of(object);
  item.owners = read_owners(object);
  item.deleting = kube::is_deleting(object);
  item.finalizers = object["metadata"]["finalizers"].size() > 0;
  item.awaits = reason_to_wait(kind, object);
  item.move = kube::has_label(object, kMoveObjectLabel);
  item.hierarchy = kube::has_label(object, kMoveHierarchyLabel);
  item.pause_token = kube::annotation(object, kPauseToken);
  item.move_id = kube::annotation(object, kMoveId);
  item.source_uid = kube::annotation(object, kSourceUid);
  item.kept_on_source = !kube::annotation(object, kKeptOnSource).empty();
  if (is_cluster(kind)) {
    item.paused = object["spec"]["paused"].as_bool();
    item.classed = read_class(object);
  }
  if (is_provider(kind)) item.infrastructure = object["type"].as_string() == "InfrastructureProvider";
  if (is_class(kind)) item.paused = object["metadata"]["annotations"].contains(kPausedAnnotation);
  if (kind.is("addons.cluster.x-k8s.io", "ClusterResourceSetBinding")) item.cluster = object["spec"]["clusterName"].str(item.key.name);
  if (!is_core(kind) && !is_provider(kind)) item.references = references_of(object);
  return item;
}

bool could_move(const Kind& kind, const Item& item) {
  if (is_provider(kind)) return false;
  if (!is_core(kind)) return true;
  return !item.owners.empty() || item.move || item.hierarchy || (kind.kind == "Secret" && !cluster_of_secret(item.key.name).empty());
}

std::string_view cluster_of_secret(std::string_view secret_name) noexcept {
  for (const auto purpose : kSecretPurposes) {
    if (!secret_name.ends_with(purpose)) continue;
    const std::string_view rest = secret_name.substr(0, secret_name.size() - purpose.size());
    if (rest.size() > 1 && rest.ends_with('-')) return rest.substr(0, rest.size() - 1);
  }
  return {};
}

bool is_machinery(const Kind& kind, const kube::Object& object) noexcept {
  if (!is_core(kind)) return false;
  if (kind.kind == "ConfigMap") return kube::has_label(object, kMoveLabel) && kube::name_of(object).starts_with(kJournalPrefix);
  return kube::has_label(object, providers::kComponentLabel) && kube::name_of(object).starts_with(providers::kInstalledSetPrefix);
}

}  // namespace slipway::pivot
