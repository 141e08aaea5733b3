// Discovery, old and aggregated; version and health.
#include <algorithm>

#include "test/contract/server.h"

using namespace slipway;

namespace {

const std::string kAggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

const json::Value& named(const json::Value& list, std::string_view name) {
  const auto& items = list.array();
  const auto it = std::ranges::find_if(items, [&](const json::Value& v) { return v["name"].as_string() == name || v["metadata"]["name"].as_string() == name; });
  static const json::Value none;
  return it == items.end() ? none : *it;
}

}  // namespace

TEST_CASE_METHOD(contract::Server, "the old documents list versions, groups and resources") {
  const auto versions = get("/api");
  CHECK(versions.body["kind"].as_string() == "APIVersions");
  contract::check_equal(versions.body["versions"], parse(R"(["v1"])"));
  CHECK(versions.body["serverAddressByClientCIDRs"].is_array());
  const auto groups = get("/apis");
  CHECK(groups.body["kind"].as_string() == "APIGroupList");
  CHECK(groups.body["apiVersion"].as_string() == "v1");
  CHECK(named(groups.body["groups"], "apps")["preferredVersion"]["groupVersion"].as_string() == "apps/v1");
  const auto core = get("/api/v1");
  CHECK(core.body["kind"].as_string() == "APIResourceList");
  CHECK(core.body["groupVersion"].as_string() == "v1");
  const json::Value& maps = named(core.body["resources"], "configmaps");
  CHECK(maps["singularName"].as_string() == "configmap");
  CHECK(maps["namespaced"].as_bool());
  CHECK(maps["kind"].as_string() == "ConfigMap");
  contract::check_equal(maps["verbs"], parse(R"(["create","delete","deletecollection","get","list","patch","update","watch"])"));
  contract::check_equal(maps["shortNames"], parse(R"(["cm"])"));
  CHECK(maps["storageVersionHash"].is_string());
  const json::Value& namespaces = named(core.body["resources"], "namespaces");
  contract::check_equal(namespaces["verbs"], parse(R"(["create","delete","get","list","patch","update","watch"])"));
  CHECK(named(core.body["resources"], "namespaces/finalize")["kind"].as_string() == "Namespace");
  contract::check_equal(
      get("/apis/apps").body,
      parse(
          R"({"kind":"APIGroup","apiVersion":"v1","name":"apps","versions":[{"groupVersion":"apps/v1","version":"v1"}],"preferredVersion":{"groupVersion":"apps/v1","version":"v1"}})"));
  const auto apps = get("/apis/apps/v1");
  contract::check_equal(named(apps.body["resources"], "deployments")["categories"], parse(R"(["all"])"));
  const json::Value& scale = named(apps.body["resources"], "deployments/scale");
  CHECK(scale["group"].as_string() == "autoscaling");
  CHECK(scale["version"].as_string() == "v1");
  CHECK(scale["kind"].as_string() == "Scale");
}

TEST_CASE_METHOD(contract::Server, "the aggregated document has it all in one") {
  const auto core = get("/api", kAggregated);
  CHECK(core.headers.get("Content-Type") == "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
  CHECK(core.body["kind"].as_string() == "APIGroupDiscoveryList");
  CHECK(core.body["apiVersion"].as_string() == "apidiscovery.k8s.io/v2");
  const json::Value& v1 = core.body["items"][0U]["versions"][0U];
  CHECK(v1["version"].as_string() == "v1");
  CHECK(v1["freshness"].as_string() == "Current");
  const auto& resources = v1["resources"].array();
  const auto maps = std::ranges::find_if(resources, [](const json::Value& r) { return r["resource"].as_string() == "configmaps"; });
  REQUIRE(maps != resources.end());
  contract::check_equal((*maps)["responseKind"], parse(R"({"group":"","version":"","kind":"ConfigMap"})"));  // its own
  CHECK((*maps)["scope"].as_string() == "Namespaced");
  CHECK((*maps)["singularResource"].as_string() == "configmap");
  const auto groups = get("/apis", kAggregated);
  const json::Value& apps = named(groups.body["items"], "apps");
  const auto& in_apps = apps["versions"][0U]["resources"].array();
  const auto deployments = std::ranges::find_if(in_apps, [](const json::Value& r) { return r["resource"].as_string() == "deployments"; });
  REQUIRE(deployments != in_apps.end());
  CHECK((*deployments)["subresources"].size() == 2);
}

TEST_CASE_METHOD(contract::Server, "a custom resource shows in the aggregated document, and goes with its definition") {
  serve_widgets(R"({"type":"object","x-kubernetes-preserve-unknown-fields":true})", R"(,"subresources":{"status":{}})");
  const auto found = eventually("/apis", [&](const contract::Answer& a) { return !named(a.body["items"], group).is_null(); }, kAggregated);
  const json::Value& mine = named(found.body["items"], group);
  REQUIRE_FALSE(mine.is_null());
  const json::Value& widgets_in = mine["versions"][0U]["resources"][0U];
  CHECK(widgets_in["resource"].as_string() == "widgets");
  contract::check_equal(widgets_in["responseKind"], parse(R"({"group":"$GROUP","version":"v1","kind":"Widget"})"));
  contract::check_equal(widgets_in["verbs"], parse(R"(["delete","deletecollection","get","list","patch","create","update","watch"])"));
  CHECK(widgets_in["subresources"][0U]["subresource"].as_string() == "status");
  REQUIRE(remove(crd_path()).status == 200);
  const auto later = eventually("/apis", [&](const contract::Answer& a) { return named(a.body["items"], group).is_null(); }, kAggregated);
  CHECK(named(later.body["items"], group).is_null());
}

TEST_CASE_METHOD(contract::Server, "version and health answer") {
  const auto version = get("/version");
  CHECK(version.body["major"].as_string() == "1");
  CHECK(version.body["gitVersion"].as_string().starts_with("v1."));
  for (const std::string at : {"/healthz", "/livez", "/readyz"}) {
    const auto health = get(at);
    CHECK(health.status == 200);
    CHECK(health.text == "ok");
  }
  CHECK(get("/readyz?verbose").text.ends_with("readyz check passed\n"));
}
