#include "pkg/kube/mapper.h"

#include <catch2/catch_test_macros.hpp>

#include "pkg/async/task_group.h"
#include "test/unit/kube/fake.h"

using namespace slipway;
using namespace slipway::kube;
using test::json_response;
using namespace std::chrono_literals;

namespace {

constexpr const char* kCore =
    R"({"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","items":[{"metadata":{},"versions":[{"version":"v1","freshness":"Current",
  "resources":[{"resource":"pods","responseKind":{"group":"","version":"v1","kind":"Pod"},"scope":"Namespaced","shortNames":["po"],"verbs":["get","list"],
  "subresources":[{"subresource":"status"}]},{"resource":"nodes","responseKind":{"kind":"Node"},"scope":"Cluster","verbs":["get"]}]}]}]})";

std::string groups(bool with_clusters) {
  std::string items = R"({"metadata":{"name":"apps"},"versions":[{"version":"v1","freshness":"Current","resources":[
    {"resource":"deployments","responseKind":{"group":"","version":"","kind":"Deployment"},"scope":"Namespaced","verbs":["get"]}]}]})";
  if (with_clusters)
    items += R"(,{"metadata":{"name":"cluster.x-k8s.io"},"versions":[
      {"version":"v1beta2","resources":[{"resource":"clusters","responseKind":{"group":"cluster.x-k8s.io","version":"v1beta2","kind":"Cluster"},"scope":"Namespaced"}]},
      {"version":"v1beta1","resources":[{"resource":"clusters","responseKind":{"group":"cluster.x-k8s.io","version":"v1beta1","kind":"Cluster"},"scope":"Namespaced"}]}]})";
  return R"({"kind":"APIGroupDiscoveryList","items":[)" + items + "]}";
}

struct Fixture {
  test::Loop loop;
  test::FakeServer server{loop};
  Mapper mapper{server.client()};
  bool with_clusters = true;
  Fixture() {
    server.answer = [this](const net::Request& r) { return json_response(200, r.target == "/api" ? kCore : groups(with_clusters)); };
  }
  Result<ApiResource> find(std::string group, std::string version, std::string kind) {
    return loop.run(mapper.resource_for({std::move(group), std::move(version), std::move(kind)}));
  }
};

async::Awaitable<void> lookup(Mapper& mapper, int& found) {
  auto r = co_await mapper.resource_for({"apps", "v1", "Deployment"});
  if (r) ++found;
}
async::Awaitable<void> three_lookups(async::Executor executor, Mapper& mapper, int& found) {
  async::TaskGroup group(executor);
  for (int i = 0; i < 3; ++i) group.spawn("lookup", lookup(mapper, found));
  co_await group.join();
}

}  // namespace

TEST_CASE_METHOD(Fixture, "aggregated discovery takes two requests") {
  const auto pod = find("", "v1", "Pod");
  REQUIRE(pod);
  CHECK(pod->gvr == res::kPods);
  CHECK(pod->short_names == std::vector<std::string>{"po"});
  CHECK(pod->subresources == std::vector<std::string>{"status"});
  CHECK_FALSE(find("", "v1", "Node")->gvr.namespaced);
  CHECK(find("apps", "v1", "Deployment")->gvr == res::kDeployments);
  CHECK(server.requests.size() == 2);
  CHECK(server.requests.at(0).headers.get("accept").starts_with("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"));
}

TEST_CASE_METHOD(Fixture, "versions of a kind come preferred first") {
  const auto versions = loop.run(mapper.versions_of("cluster.x-k8s.io", "Cluster"));
  REQUIRE(versions);
  REQUIRE(versions->size() == 2);
  CHECK(versions->at(0).gvk.version == "v1beta2");
}

TEST_CASE_METHOD(Fixture, "an unknown kind is looked for again, at most once in ten seconds") {
  with_clusters = false;
  CHECK(find("cluster.x-k8s.io", "v1beta1", "Cluster").error().is(Disposition::NotFound));
  CHECK(find("cluster.x-k8s.io", "v1beta1", "Cluster").error().is(Disposition::NotFound));
  CHECK(server.requests.size() == 2);
  with_clusters = true;
  loop.clock.advance(10s);
  CHECK(find("cluster.x-k8s.io", "v1beta1", "Cluster"));
  CHECK(server.requests.size() == 4);
}

TEST_CASE_METHOD(Fixture, "invalidate makes the next question a fresh one") {
  with_clusters = false;
  CHECK(find("apps", "v1", "Deployment"));
  with_clusters = true;
  mapper.invalidate();
  CHECK(find("cluster.x-k8s.io", "v1beta1", "Cluster"));
  CHECK(server.requests.size() == 4);
}

TEST_CASE_METHOD(Fixture, "questions at the same time share one read") {
  int found = 0;
  loop.run(three_lookups(loop.io.get_executor(), mapper, found));
  CHECK(found == 3);
  CHECK(server.requests.size() == 2);
}

TEST_CASE_METHOD(Fixture, "a server without aggregated discovery is read group by group, and a group that is down is left out") {
  server.answer = [](const net::Request& r) {
    if (r.target == "/api") return json_response(200, R"({"kind":"APIVersions","versions":["v1"]})");
    if (r.target == "/apis")
      return json_response(
          200, R"({"kind":"APIGroupList","groups":[{"name":"apps","versions":[{"version":"v1beta1"},{"version":"v1"}],"preferredVersion":{"version":"v1"}},
        {"name":"metrics.k8s.io","versions":[{"version":"v1"}],"preferredVersion":{"version":"v1"}}]})");
    if (r.target == "/api/v1")
      return json_response(200, R"({"resources":[{"name":"pods","kind":"Pod","namespaced":true},{"name":"pods/status","kind":"Pod"}]})");
    if (r.target.starts_with("/apis/apps/")) return json_response(200, R"({"resources":[{"name":"deployments","kind":"Deployment","namespaced":true}]})");
    return test::status_response(503, "ServiceUnavailable", "the server is currently unable to handle the request");
  };
  const auto all = loop.run(mapper.all());
  REQUIRE(all);
  REQUIRE(all->size() == 3);
  CHECK(all->at(0).subresources == std::vector<std::string>{"status"});
  CHECK(all->at(1).gvk.version == "v1");
  CHECK(all->at(2).gvk.version == "v1beta1");
}

TEST_CASE_METHOD(Fixture, "a part that is stale is read for itself") {
  server.answer = [](const net::Request& r) {
    if (r.target == "/api") return json_response(200, kCore);
    if (r.target == "/apis")
      return json_response(200, R"({"kind":"APIGroupDiscoveryList","items":[{"metadata":{"name":"g"},"versions":[{"version":"v1","freshness":"Stale"}]}]})");
    return json_response(200, R"({"resources":[{"name":"things","kind":"Thing"}]})");
  };
  CHECK(find("g", "v1", "Thing")->gvr == GroupVersionResource{"g", "v1", "things", false});
}

TEST_CASE_METHOD(Fixture, "an error of discovery is the answer, and is not remembered") {
  const auto good = server.answer;
  server.answer = [](const net::Request&) { return test::status_response(503, "ServiceUnavailable", "starting"); };
  CHECK(find("apps", "v1", "Deployment").error().is(Disposition::Transient));
  server.answer = good;
  CHECK(find("apps", "v1", "Deployment"));
}
