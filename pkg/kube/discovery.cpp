#include "pkg/kube/detail/discovery.h"

#include <algorithm>

#include "pkg/async/task_group.h"

namespace slipway::kube::detail {
namespace {

std::vector<std::string> strings(const json::Value& list) {
  std::vector<std::string> out;
  for (const auto& v : list.array())
    if (v.is_string()) out.push_back(v.str());
  return out;
}

ApiResource aggregated_resource(const GroupVersion& gv, const json::Value& r) {
  ApiResource out;
  const json::Value& kind = r["responseKind"];
  out.gvk = {kind["group"].str(), kind["version"].str(), kind["kind"].str()};
  // Empty where it is the group's own.
  if (out.gvk.version.empty()) {
    out.gvk.group = gv.group;
    out.gvk.version = gv.version;
  }
  out.gvr = {gv.group, gv.version, r["resource"].str(), r["scope"].as_string() == "Namespaced"};
  out.verbs = strings(r["verbs"]);
  out.short_names = strings(r["shortNames"]);
  for (const auto& sub : r["subresources"].array()) out.subresources.push_back(sub["subresource"].str());
  return out;
}

void read_aggregated(const json::Value& body, Discovered& out) {
  for (const auto& group : body["items"].array()) {
    const std::string name = group["metadata"]["name"].str();
    for (const auto& version : group["versions"].array()) {
      const GroupVersion gv{name, version["version"].str()};
      if (version["freshness"].as_string() == "Stale" && version["resources"].size() == 0) {
        out.unread.push_back(gv);
        continue;
      }
      for (const auto& r : version["resources"].array()) out.resources.push_back(aggregated_resource(gv, r));
    }
  }
}

void read_group_list(const json::Value& body, Discovered& out) {
  for (const auto& group : body["groups"].array()) {
    const std::string name = group["name"].str();
    const std::string preferred = group["preferredVersion"]["version"].str();
    if (!preferred.empty()) out.unread.push_back({name, preferred});
    for (const auto& version : group["versions"].array())
      if (version["version"].as_string() != preferred) out.unread.push_back({name, version["version"].str()});
  }
}

Awaitable<Result<Discovered>> read_root_once(std::shared_ptr<Client> client, std::string path) {
  Result<std::string> text = co_await client->raw("GET", path, "");
  if (!text) co_return fail(std::move(text).error());
  auto body = json::parse(*text);
  if (!body) co_return fail(Disposition::Transient, "GET " + path + ": the server's answer is not JSON");
  auto found = parse_groups(*body);
  if (!found) co_return fail(std::move(found).error().in("GET " + path));
  co_return found;
}

// Nothing works without these two, so a hiccup is waited out. Not 429, nor silence: those were waited for long enough already.
Awaitable<Result<Discovered>> read_root(std::shared_ptr<Client> client, std::string path) {
  constexpr int kRetries = 2;
  for (int retries = 0;; ++retries) {
    Result<Discovered> found = co_await read_root_once(client, path);
    if (found || !found.error().is(Disposition::Transient) || retries == kRetries) co_return found;
    co_await client->clock().sleep_until(client->clock().now() + std::chrono::seconds(1));
    const bool cancelled = co_await async::is_cancelled();
    if (cancelled) co_return fail(Disposition::Canceled, "GET " + path + ": stopped");
  }
}

Awaitable<Result<std::vector<ApiResource>>> read_group(std::shared_ptr<Client> client, GroupVersion gv) {
  const std::string path = gv.group.empty() ? "/api/" + gv.version : "/apis/" + gv.group + "/" + gv.version;
  Result<std::string> text = co_await client->raw("GET", path, "");
  if (!text && text.error().is(Disposition::NotFound)) co_return std::vector<ApiResource>();
  if (!text) co_return fail(std::move(text).error());
  auto body = json::parse(*text);
  if (!body) co_return fail(Disposition::Transient, "GET " + path + ": the server's answer is not JSON");
  co_return parse_resources(gv, *body);
}

}  // namespace

Result<Discovered> parse_groups(const json::Value& body) {
  Discovered out;
  const std::string_view kind = kind_of(body);
  if (kind == "APIGroupDiscoveryList") {
    read_aggregated(body, out);
  } else if (kind == "APIVersions") {
    for (const auto& v : body["versions"].array()) out.unread.push_back({"", v.str()});
  } else if (kind == "APIGroupList") {
    read_group_list(body, out);
  } else {
    return fail(Disposition::Transient, "the server's answer is no discovery document");
  }
  return out;
}

std::vector<ApiResource> parse_resources(const GroupVersion& gv, const json::Value& body) {
  std::vector<ApiResource> out;
  for (const auto& r : body["resources"].array()) {
    const std::string_view name = r["name"].as_string();
    const auto slash = name.find('/');
    if (slash != std::string_view::npos) {  // "pods/status": of a resource that came before
      const auto parent = std::ranges::find_if(out, [&](const ApiResource& a) { return a.gvr.resource == name.substr(0, slash); });
      if (parent != out.end()) parent->subresources.emplace_back(name.substr(slash + 1));
      continue;
    }
    ApiResource a;
    a.gvk = {r["group"].str(gv.group), r["version"].str(gv.version), r["kind"].str()};
    a.gvr = {gv.group, gv.version, std::string(name), r["namespaced"].as_bool()};
    a.verbs = strings(r["verbs"]);
    a.short_names = strings(r["shortNames"]);
    out.push_back(std::move(a));
  }
  return out;
}

Awaitable<Result<Catalogue>> discover(std::shared_ptr<Client> client) {
  Catalogue all;
  for (const char* path : {"/api", "/apis"}) {
    Result<Discovered> root = co_await read_root(client, path);
    if (!root) co_return fail(std::move(root).error());
    std::ranges::move(root->resources, std::back_inserter(all.resources));
    for (auto& gv : root->unread) {
      Result<std::vector<ApiResource>> found = co_await read_group(client, gv);
      if (found) {
        std::ranges::move(*found, std::back_inserter(all.resources));
      } else if (found.error().is(Disposition::Canceled)) {
        co_return fail(std::move(found).error());
      } else {
        all.failed.push_back({gv, std::move(found).error()});
      }
    }
  }
  co_return all;
}

}  // namespace slipway::kube::detail
