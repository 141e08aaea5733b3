#include "pkg/kubesim/discovery.h"

#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "pkg/kubesim/accept.h"

using namespace slipway;
using namespace slipway::kubesim;

namespace {

constexpr std::string_view kKubectl =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,"
    "application/json";

struct Answer {
  std::string content_type;
  json::Value body;
};

Answer get(std::string target, std::string_view accept = "") {
  static const ResourceRegistry registry;
  net::Request request("GET", std::move(target));
  if (!accept.empty()) request.headers.set("Accept", std::string(accept));
  const auto response = discovery_response(request, registry, "v1.32.4");
  REQUIRE(response);
  return {std::string(response->headers.get("Content-Type")), *json::parse(response->body)};
}

json::Value by_name(const json::Value& list, std::string_view key, std::string_view name) {
  const auto& items = list.array();
  const auto it = std::ranges::find_if(items, [&](const json::Value& v) { return v[key].as_string() == name; });
  return it == items.end() ? json::Value() : *it;
}

}  // namespace

TEST_CASE("old clients walk the groups one by one") {
  CHECK(get("/api").body["versions"][0].as_string() == "v1");
  const json::Value groups = get("/apis").body;
  CHECK(groups["kind"].as_string() == "APIGroupList");
  CHECK(by_name(groups["groups"], "name", "apps")["preferredVersion"]["groupVersion"].as_string() == "apps/v1");
  CHECK(by_name(groups["groups"], "name", "").is_null());
  CHECK(get("/apis/apps").body["kind"].as_string() == "APIGroup");
  CHECK(get("/apis/apps/").body["name"].as_string() == "apps");

  const json::Value core = get("/api/v1", "application/json, */*").body;
  const json::Value pods = by_name(core["resources"], "name", "pods");
  CHECK(pods["shortNames"][0].as_string() == "po");
  CHECK(pods["namespaced"].as_bool());
  CHECK(pods["verbs"].size() == 8);
  CHECK(by_name(core["resources"], "name", "pods/status")["verbs"].size() == 3);

  const json::Value apps = get("/apis/apps/v1").body;
  CHECK(apps["groupVersion"].as_string() == "apps/v1");
  const json::Value scale = by_name(apps["resources"], "name", "deployments/scale");
  CHECK(scale["kind"].as_string() == "Scale");
  CHECK(scale["group"].as_string() == "autoscaling");
}

TEST_CASE("new clients get all in one document") {
  const Answer answer = get("/apis", kKubectl);
  CHECK(answer.content_type == "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
  CHECK(answer.body["apiVersion"].as_string() == "apidiscovery.k8s.io/v2");
  json::Value apps;
  for (const json::Value& item : answer.body["items"].array()) {
    if (item["metadata"]["name"].as_string() == "apps") apps = item;
  }
  CHECK(apps["versions"][0]["freshness"].as_string() == "Current");
  const json::Value deployments = by_name(apps["versions"][0]["resources"], "resource", "deployments");
  CHECK(deployments["scope"].as_string() == "Namespaced");
  CHECK(deployments["responseKind"]["kind"].as_string() == "Deployment");
  CHECK(by_name(deployments["subresources"], "subresource", "status")["verbs"].size() == 3);

  const Answer core = get("/api", kKubectl);
  CHECK(core.body["items"].size() == 1);
  CHECK(get("/apis", "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList").body["apiVersion"].as_string() ==
        "apidiscovery.k8s.io/v2beta1");
  CHECK(get("/apis/apps/v1", kKubectl).content_type == "application/json");
}

TEST_CASE("what discovery does not know is left to others") {
  const ResourceRegistry registry;
  for (const char* target : {"/", "/apis/nope", "/apis/apps/v9", "/api/v2", "/apis/apps/v1/deployments", "/version", "/apis//v1"}) {
    INFO(target);
    CHECK_FALSE(discovery_response(net::Request("GET", target), registry, "v1.32.4"));
  }
  CHECK_FALSE(discovery_response(net::Request("POST", "/apis"), registry, "v1.32.4"));
  net::Request request("GET", "/apis");
  request.headers.set("Accept", "application/vnd.kubernetes.protobuf");
  CHECK(discovery_response(request, registry, "v1.32.4")->status == 406);
}

TEST_CASE("versions are preferred by stability, then by number") {
  std::vector<std::string> versions{"foo10", "v1alpha1", "v1", "v3beta1", "v12alpha1", "v10", "v2", "v11beta2", "foo1", "v11alpha2", "v10beta3"};
  std::ranges::sort(versions, version_precedes);
  CHECK(versions == std::vector<std::string>{"v10", "v2", "v1", "v11beta2", "v10beta3", "v3beta1", "v12alpha1", "v11alpha2", "v1alpha1", "foo1", "foo10"});
}

TEST_CASE("Accept headers are read in their order") {
  const auto ranges = parse_accept("application/json;v=v1;as=Table;g=meta.k8s.io, application/*;q=0.5 ,, */*");
  REQUIRE(ranges.size() == 3);
  CHECK(ranges[0].param("as") == "Table");
  CHECK(ranges[1].matches("application/yaml"));
  CHECK_FALSE(ranges[1].matches("text/plain"));
  CHECK(ranges[2].matches("text/plain"));
  CHECK(parse_accept("").front().matches("application/json"));
}
