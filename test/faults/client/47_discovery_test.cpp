// Scenarios 47 and 48: kinds that come, go and change their version, and groups of the API that do not answer.
#include <catch2/catch_test_macros.hpp>

#include "pkg/kube/mapper.h"
#include "test/faults/client/support.h"
#include "test/unit/kube/fake.h"

namespace slipway::test {
namespace {

using namespace std::chrono_literals;

// A server without aggregated discovery: a request for each group and version.
struct DiscoveryWorld {
  Loop loop;
  FakeServer server{loop};
  std::vector<std::string> versions;  // of the group "widgets.example.com"; none: the CRD is not installed
  int metrics_status = 200;           // of the group "metrics.k8s.io"
  int reads = 0;                      // of /apis
  kube::Mapper mapper{server.client()};

  DiscoveryWorld() {
    server.answer = [this](const net::Request& request) { return answer(request.target); };
  }
  net::Response answer(const std::string& target) {
    if (target == "/api") return json_response(200, R"({"kind":"APIVersions","versions":["v1"]})");
    if (target == "/api/v1") return json_response(200, R"({"resources":[{"name":"pods","kind":"Pod","namespaced":true}]})");
    if (target == "/apis") {
      ++reads;
      return json_response(200, groups());
    }
    if (target.starts_with("/apis/metrics.k8s.io/") && metrics_status != 200) return status_response(metrics_status, "", "no endpoints");
    if (target.starts_with("/apis/metrics.k8s.io/")) return json_response(200, R"({"resources":[{"name":"nodes","kind":"NodeMetrics"}]})");
    return json_response(200, R"({"resources":[{"name":"widgets","kind":"Widget","namespaced":true}]})");
  }
  [[nodiscard]] std::string groups() const {
    std::string list;
    for (const auto& v : versions) list += (list.empty() ? "" : ",") + (R"({"version":")" + v + "\"}");
    const std::string widgets =
        R"({"name":"widgets.example.com","versions":[)" + list + R"(],"preferredVersion":{"version":")" + (versions.empty() ? "" : versions[0]) + "\"}},";
    return R"({"kind":"APIGroupList","groups":[)" + (versions.empty() ? "" : widgets) +
           R"({"name":"metrics.k8s.io","versions":[{"version":"v1"}],"preferredVersion":{"version":"v1"}}]})";
  }
  Result<kube::ApiResource> widget(const std::string& version = "v1") { return loop.run(mapper.resource_for({"widgets.example.com", version, "Widget"})); }
  Result<kube::ApiResource> node_metrics() { return loop.run(mapper.resource_for({"metrics.k8s.io", "v1", "NodeMetrics"})); }
};

TEST_CASE("47 a kind whose CRD comes later is found ten seconds later by itself, and at once when somebody saw the CRD") {
  DiscoveryWorld world;
  CHECK(world.widget().error().is(Disposition::NotFound));
  world.versions = {"v1"};
  world.loop.pass(9s);
  CHECK_FALSE(world.widget());
  world.loop.pass(1s);
  CHECK(world.widget());

  DiscoveryWorld seen;
  CHECK_FALSE(seen.widget());
  seen.versions = {"v1"};
  seen.mapper.invalidate();
  CHECK(seen.widget());
}

TEST_CASE("47 a kind whose CRD goes is not served any more, and a new version is") {
  DiscoveryWorld world;
  world.versions = {"v1"};
  CHECK(world.widget());
  world.versions = {"v2", "v1"};
  world.mapper.invalidate();
  CHECK(world.widget("v2"));
  const auto versions = world.loop.run(world.mapper.versions_of("widgets.example.com", "Widget"));
  REQUIRE(versions);
  CHECK(versions->front().gvk.version == "v2");
  world.versions = {};
  world.mapper.invalidate();
  CHECK(world.widget().error().is(Disposition::NotFound));
}

TEST_CASE("48 while one group does not answer the others work, and its kinds are neither found nor called missing") {
  for (const int status : {503, 500, 403}) {
    CAPTURE(status);
    DiscoveryWorld world;
    world.versions = {"v1"};
    world.metrics_status = status;
    CHECK(world.widget());
    CHECK(world.loop.run(world.mapper.resource_for({"", "v1", "Pod"})));
    const auto missing = world.node_metrics();
    REQUIRE_FALSE(missing);
    CHECK(missing.error().is(Disposition::Transient));
    CHECK(has(missing.error().message(), "its group does not answer"));
    world.metrics_status = 200;
    world.loop.pass(10s);
    CHECK(world.node_metrics());
  }
}

TEST_CASE("48 a group that stops answering keeps what it had, and one that is gone does not") {
  DiscoveryWorld world;
  CHECK(world.node_metrics());
  world.metrics_status = 503;
  world.mapper.invalidate();
  CHECK(world.node_metrics());
  world.metrics_status = 404;
  world.mapper.invalidate();
  CHECK(world.node_metrics().error().is(Disposition::NotFound));
}

TEST_CASE("48 a thousand questions for kinds that are not there cost one discovery in ten seconds") {
  DiscoveryWorld world;
  for (int i = 0; i < 1000; ++i) {
    CHECK_FALSE(world.widget());
    world.loop.pass(50ms);
  }
  CHECK(world.reads <= 6);  // 50 s
}

TEST_CASE("48 a discovery that fails in passing is tried twice more before anybody hears of it") {
  DiscoveryWorld world;
  world.versions = {"v1"};
  int failures = 2;
  world.server.answer = [&](const net::Request& request) {
    return request.target == "/apis" && failures-- > 0 ? status_response(500, "InternalError", "hiccup") : world.answer(request.target);
  };
  CHECK(world.widget());
  failures = 3;
  world.mapper.invalidate();
  CHECK(world.widget().error().is(Disposition::Transient));
}

}  // namespace
}  // namespace slipway::test
