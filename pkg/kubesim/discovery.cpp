#include "pkg/kubesim/discovery.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "pkg/base/strings.h"
#include "pkg/kubesim/accept.h"
#include "pkg/kubesim/status_error.h"

namespace slipway::kubesim {

namespace {

constexpr std::string_view kAggregatedGroup = "apidiscovery.k8s.io";

json::Value string_list(const std::vector<std::string>& strings) {
  json::Array out;
  out.reserve(strings.size());
  for (const std::string& s : strings) out.emplace_back(s);
  return out;
}

std::string group_version(std::string_view group, std::string_view version) {
  return group.empty() ? std::string(version) : std::string(group) + "/" + std::string(version);
}

// ------------------------------------------------------------------------------------------------ the old form, one document a group version

json::Value version_for_discovery(std::string_view group, std::string_view version) {
  return json::Object{{"groupVersion", group_version(group, version)}, {"version", version}};
}

json::Value api_group(const ServedGroup& group) {
  json::Value out = json::Object{{"name", group.name}};
  json::Array versions;
  for (const auto& version : group.versions) versions.push_back(version_for_discovery(group.name, version.name));
  out.set("versions", std::move(versions));
  out.set("preferredVersion", version_for_discovery(group.name, group.versions.front().name));
  return out;
}

json::Value api_resource(const ResourceDef& def) {
  json::Value out = json::Object{{"name", def.gvr.resource}, {"singularName", def.singular}, {"namespaced", def.gvr.namespaced}, {"kind", def.kind}};
  out.set("verbs", string_list(verbs_of(def)));
  if (!def.short_names.empty()) out.set("shortNames", string_list(def.short_names));
  if (!def.categories.empty()) out.set("categories", string_list(def.categories));
  // Clients compare it only: equal hashes mean that two versions are stored as one.
  const std::string hash = base64_encode(hex(fnv1a(def.gvr.group + "/" + def.storage_version + "/" + def.kind)).substr(0, 8));
  out.set("storageVersionHash", hash);
  return out;
}

json::Value api_subresource(const ResourceDef& def, const Subresource& sub) {
  json::Value out = json::Object{{"name", def.gvr.resource + "/" + sub.name}, {"singularName", ""}, {"namespaced", def.gvr.namespaced}};
  if (sub.kind.group != def.gvr.group) {
    out.set("group", sub.kind.group);
    out.set("version", sub.kind.version);
  }
  out.set("kind", sub.kind.kind);
  out.set("verbs", string_list(sub.verbs));
  return out;
}

json::Value api_resource_list(const ServedGroup& group, const ServedGroup::Version& version) {
  json::Value out = json::Object{{"kind", "APIResourceList"}, {"apiVersion", "v1"}, {"groupVersion", group_version(group.name, version.name)}};
  json::Array resources;
  for (const ResourcePtr& def : version.resources) {
    resources.push_back(api_resource(*def));
    for (const Subresource& sub : subresources_of(*def)) resources.push_back(api_subresource(*def, sub));
  }
  out.set("resources", std::move(resources));
  return out;
}

json::Value api_versions() {
  json::Value out = json::Object{{"kind", "APIVersions"}};
  out.ref("versions").push_back("v1");
  out.ref("serverAddressByClientCIDRs").push_back(json::Object{{"clientCIDR", "0.0.0.0/0"}, {"serverAddress", "127.0.0.1"}});
  return out;
}

json::Value api_group_list(const std::vector<ServedGroup>& groups) {
  json::Value out = json::Object{{"kind", "APIGroupList"}, {"apiVersion", "v1"}};
  json::Array list;
  for (const ServedGroup& group : groups) {
    if (!group.name.empty()) list.push_back(api_group(group));
  }
  out.set("groups", std::move(list));
  return out;
}

// -------------------------------------------------------------------------------------------------- the aggregated form, one document for all

json::Value response_kind(const kube::GroupVersionKind& kind) { return json::Object{{"group", kind.group}, {"version", kind.version}, {"kind", kind.kind}}; }

// Built-in kinds leave out the group and version that they stand under.
json::Value own_kind(const ResourceDef& def, const kube::GroupVersionKind& kind) {
  const bool own = !def.is_crd && kind.group == def.gvr.group;
  return own ? response_kind({"", "", kind.kind}) : response_kind(kind);
}

json::Value aggregated_resource(const ResourceDef& def) {
  json::Value out = json::Object{{"resource", def.gvr.resource}, {"responseKind", own_kind(def, def.gvk())}};
  out.set("scope", def.gvr.namespaced ? "Namespaced" : "Cluster");
  out.set("singularResource", def.singular);
  out.set("verbs", string_list(verbs_of(def)));
  if (!def.short_names.empty()) out.set("shortNames", string_list(def.short_names));
  if (!def.categories.empty()) out.set("categories", string_list(def.categories));
  for (const Subresource& sub : subresources_of(def)) {
    json::Value entry = json::Object{{"subresource", sub.name}, {"responseKind", own_kind(def, sub.kind)}};
    entry.set("verbs", string_list(sub.verbs));
    out.ref("subresources").push_back(std::move(entry));
  }
  return out;
}

json::Value aggregated(const std::vector<ServedGroup>& groups, bool core, std::string_view version) {
  json::Array items;
  for (const ServedGroup& group : groups) {
    if (group.name.empty() != core) continue;
    json::Value item = json::Object{{"metadata", json::Object{{"creationTimestamp", nullptr}}}};
    if (!core) item.ref("metadata").set("name", group.name);
    for (const auto& served : group.versions) {
      json::Value entry = json::Object{{"version", served.name}, {"resources", json::Array{}}, {"freshness", "Current"}};
      for (const ResourcePtr& def : served.resources) entry.ref("resources").push_back(aggregated_resource(*def));
      item.ref("versions").push_back(std::move(entry));
    }
    items.push_back(std::move(item));
  }
  json::Value out = json::Object{{"kind", "APIGroupDiscoveryList"}, {"apiVersion", group_version(kAggregatedGroup, version)}, {"metadata", json::Object{}}};
  out.set("items", std::move(items));
  return out;
}

// The media type to answer in; empty where the client takes none of ours. `version` is set for the aggregated form.
std::string negotiate(const net::Request& request, bool aggregatable, std::string& version) {
  for (const MediaRange& range : parse_accept(request.headers.get("Accept"))) {
    if (!range.matches("application/json")) continue;
    const std::string_view as = range.param("as");
    if (as.empty()) return "application/json";
    if (!aggregatable || as != "APIGroupDiscoveryList" || range.param("g") != kAggregatedGroup) continue;
    version = range.param("v");
    if (version == "v2" || version == "v2beta1") return "application/json;g=" + std::string(kAggregatedGroup) + ";v=" + version + ";as=APIGroupDiscoveryList";
    version.clear();
  }
  return {};
}

// Nothing where the path is none of discovery's.
std::optional<json::Value> old_document(const std::vector<std::string>& parts, const std::vector<ServedGroup>& groups) {
  const bool core = parts.front() == "api";
  if (parts.size() == 1) return core ? api_versions() : api_group_list(groups);
  const auto group = std::ranges::find(groups, core ? std::string() : parts[1], &ServedGroup::name);
  if (group == groups.end() || (!core && group->name.empty())) return std::nullopt;
  const std::size_t version_at = core ? 1 : 2;
  if (parts.size() == version_at) {
    json::Value out = json::Object{{"kind", "APIGroup"}, {"apiVersion", "v1"}};
    for (const json::Member& member : api_group(*group).object()) out.set(member.key, member.value);
    return out;
  }
  const auto version = std::ranges::find(group->versions, parts[version_at], &ServedGroup::Version::name);
  if (version == group->versions.end() || parts.size() > version_at + 1) return std::nullopt;
  return api_resource_list(*group, *version);
}

}  // namespace

std::optional<net::Response> discovery_response(const net::Request& request, const ResourceRegistry& registry, std::string_view /*version*/) {
  if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
  std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (path.empty() || path.front() != '/') return std::nullopt;
  const auto parts = split(path.substr(1), '/');
  if ((parts.front() != "api" && parts.front() != "apis") || parts.size() > 3) return std::nullopt;

  const auto groups = served_groups(registry);
  auto document = old_document(parts, groups);
  if (!document) return std::nullopt;
  std::string aggregated_version;
  const std::string media_type = negotiate(request, parts.size() == 1, aggregated_version);
  if (media_type.empty()) return response_of(not_acceptable("application/json").error());
  if (!aggregated_version.empty()) document = aggregated(groups, parts.front() == "api", aggregated_version);
  net::Response response(200, media_type, json::dump(*document));
  response.headers.set("Vary", "Accept");
  response.headers.set("Cache-Control", "no-cache, private");
  return response;
}

}  // namespace slipway::kubesim
