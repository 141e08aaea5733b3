#include "pkg/runtime/cache.h"

#include <catch2/catch_test_macros.hpp>

#include "pkg/metrics/metrics.h"
#include "test/unit/runtime/fake_api.h"

using namespace slipway;
using namespace slipway::runtime;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kCrdPath = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
constexpr std::string_view kClusterPath = "/apis/cluster.x-k8s.io/v1beta1/clusters";

// Three resources of one server: CRDs, Clusters (served once `installed`), and ConfigMaps.
struct Fixture {
  test::Loop loop;
  test::FakeApi crds{loop};
  test::FakeApi clusters{loop};
  test::FakeApi config_maps{loop};
  test::FakeServer server{loop};
  bool installed = false;
  std::unique_ptr<ClusterCache> cache;

  Fixture() {
    server.answer = [this](const net::Request& r) {
      const auto path = net::parse_target(r.target).value().path;
      if (path == kCrdPath) return crds.server.answer(r);
      if (path == kClusterPath) return installed ? clusters.server.answer(r) : net::Response(404, "text/plain", "404 page not found\n");
      return config_maps.server.answer(r);
    };
    cache = std::make_unique<ClusterCache>(server.client(), loop.io.get_executor(), "test");
  }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;
  ~Fixture() { loop.run(cache->stop()); }
  void settle() {
    do loop.io.restart();
    while (loop.io.poll() > 0);
  }
  void pass(async::Duration d) {
    settle();
    loop.clock.advance(d);
    settle();
  }
  [[nodiscard]] kube::Object crd(bool established) {
    auto o = crds.make("clusters.cluster.x-k8s.io");
    o.set("apiVersion", "apiextensions.k8s.io/v1");
    o.set("kind", "CustomResourceDefinition");
    o.ref("metadata").erase("namespace");
    o.set(
        "spec",
        json::parse(R"({"group":"cluster.x-k8s.io","names":{"plural":"clusters"},"versions":[{"name":"v1beta1","served":true,"schema":{"big":1}}]})").value());
    if (established) o.set("status", json::parse(R"({"conditions":[{"type":"Established","status":"True"}]})").value());
    return o;
  }
  std::size_t asked(std::string_view path) const {
    std::size_t n = 0;
    for (const auto& r : server.requests) n += net::parse_target(r.target).value().path == path ? 1 : 0;
    return n;
  }
};

kube::Object cluster(test::FakeApi& api, const std::string& name) {
  auto o = api.make(name);
  o.set("apiVersion", "cluster.x-k8s.io/v1beta1");
  o.set("kind", "Cluster");
  return o;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "one store for each resource and selection, started on first use") {
  config_maps.put("a");
  Store& all = cache->informer(kube::res::kConfigMaps);
  CHECK(&cache->informer(kube::res::kConfigMaps) == &all);
  CHECK(&cache->informer(kube::res::kConfigMaps, {.ns = "x", .label_selector = {}, .field_selector = {}, .project = {}}) != &all);
  CHECK_FALSE(cache->synced());
  CHECK(loop.run(cache->wait_synced(loop.clock.after(1s))));
  CHECK(all.size() == 1);
  CHECK(cache->trouble().empty());
}

TEST_CASE_METHOD(Fixture, "objects come without what nobody reads, and with the informer's own projection") {
  auto o = config_maps.make("a");
  o.ref({"metadata", "managedFields"}).make_array();
  o.ref({"metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"}) = "{}";
  o.ref({"data", "big"}) = "x";
  config_maps.objects["ns/a"] = o;
  InformerOptions options;
  options.project = [](kube::Object& object) { object.erase("data"); };
  Store& store = cache->informer(kube::res::kConfigMaps, std::move(options));
  REQUIRE(loop.run(cache->wait_synced(loop.clock.after(1s))));
  const auto got = store.get({"ns", "a"});
  REQUIRE(got);
  CHECK_FALSE((*got)["metadata"].contains("managedFields"));
  CHECK_FALSE((*got)["metadata"].contains("annotations"));
  CHECK_FALSE(got->contains("data"));
}

TEST_CASE_METHOD(Fixture, "a wait that times out says what is missing and why") {
  config_maps.fault = [](const std::string&, const net::Target&) { return test::status_response(403, "Forbidden", "no"); };
  cache->informer(kube::res::kConfigMaps);
  const auto synced = loop.run(cache->wait_synced(loop.clock.after(10s)));
  REQUIRE_FALSE(synced);
  CHECK(synced.error().is(Disposition::Timeout));
  CHECK(synced.error().message() == "the cache of test is not in sync: listing configmaps: 403 Forbidden: no");
  CHECK(cache->trouble() == "listing configmaps: 403 Forbidden: no");
}

TEST_CASE_METHOD(Fixture, "a resource without its CRD counts as synced with nothing, and the cache says so") {
  Store& store = cache->informer(kube::res::kClusters);
  CHECK(loop.run(cache->wait_synced(loop.clock.after(1s))));
  CHECK(store.synced());
  CHECK(store.size() == 0);
  CHECK(cache->trouble() == "clusters.v1beta1.cluster.x-k8s.io is not served: its CRD is not installed");
}

TEST_CASE_METHOD(Fixture, "a CRD that becomes established starts its informer at once, without a second of waiting") {
  Store& store = cache->informer(kube::res::kClusters);
  settle();
  const auto requests = asked(kClusterPath);
  const auto early = crd(false);
  crds.objects["crd"] = early;
  crds.tell("ADDED", early);
  settle();
  CHECK(asked(kClusterPath) == requests);
  installed = true;
  clusters.objects["ns/a"] = cluster(clusters, "a");
  crds.tell("MODIFIED", crd(true));
  settle();
  CHECK(store.size() == 1);
  CHECK(cache->trouble().empty());
}

TEST_CASE_METHOD(Fixture, "where CRDs may not be watched, an absent resource is found by asking again") {
  crds.fault = [](const std::string&, const net::Target&) { return test::status_response(403, "Forbidden", "no"); };
  Store& store = cache->informer(kube::res::kClusters);
  settle();
  for (int i = 0; i < 10; ++i) pass(61s);
  installed = true;
  clusters.objects["ns/a"] = cluster(clusters, "a");
  pass(61s);
  CHECK(store.size() == 1);
}

TEST_CASE_METHOD(Fixture, "when the CRD is deleted the store is emptied, and filled again when it comes back") {
  Store& store = cache->informer(kube::res::kClusters);
  settle();
  installed = true;
  clusters.objects["ns/a"] = cluster(clusters, "a");
  crds.tell("ADDED", crd(true));
  settle();
  REQUIRE(store.size() == 1);
  std::string changes;
  store.subscribe([&](const Change& c) { changes += c.new_object ? "+" : "-"; });
  installed = false;
  crds.tell("DELETED", crd(true));
  settle();
  CHECK(store.size() == 0);
  CHECK(changes == "+-");
  CHECK(clusters.last_watch()->dropped());
  installed = true;
  crds.tell("ADDED", crd(true));
  settle();
  CHECK(store.size() == 1);
}

TEST_CASE_METHOD(Fixture, "a CRD of another version or group wakes nobody") {
  cache->informer(kube::res::kClusters);
  settle();
  const auto requests = asked(kClusterPath);
  auto other = crd(true);
  other.ref({"spec", "group"}) = "other.io";
  crds.tell("ADDED", other);
  auto version = crd(true);
  version.ref({"spec", "versions"}) = json::parse(R"([{"name":"v1beta1","served":false},{"name":"v1","served":true}])").value();
  crds.tell("ADDED", version);
  settle();
  CHECK(asked(kClusterPath) == requests);
}

TEST_CASE_METHOD(Fixture, "many caches may come and go, and leave nothing running") {
  for (int i = 0; i < 50; ++i) {
    ClusterCache other(server.client(), loop.io.get_executor(), "other");
    other.informer(kube::res::kConfigMaps);
    other.informer(kube::res::kClusters);
    REQUIRE(loop.run(other.wait_synced(loop.clock.after(1s))));
    loop.run(other.stop());
  }
  settle();
  std::size_t open = 0;
  for (const auto& w : config_maps.watches) open += w->dropped() ? 0 : 1;
  CHECK(open == 0);
}

TEST_CASE_METHOD(Fixture, "a cache that was in sync and lost its server says since when and why, and that it is well again") {
  config_maps.put("a");
  cache->informer(kube::res::kConfigMaps);
  int changes = 0;
  cache->on_change([&] { ++changes; });
  REQUIRE(loop.run(cache->wait_synced(loop.clock.after(1s))));
  CHECK_FALSE(cache->outage());
  config_maps.fault = [](const std::string&, const net::Target&) { return test::status_response(401, "Unauthorized", "the token has expired"); };
  pass(1min);
  const auto lost = loop.clock.now();
  changes = 0;
  config_maps.last_watch()->close();
  pass(1s);
  REQUIRE(cache->outage());
  CHECK(cache->outage()->since == lost);
  CHECK(cache->outage()->error.contains("401 Unauthorized: the token has expired"));
  CHECK(changes > 0);
  CHECK(cache->synced());
  CHECK(cache->status().at(0).synced);
  CHECK(cache->status().at(0).outage);
  config_maps.fault = nullptr;
  changes = 0;
  for (int i = 0; i < 70; ++i) pass(1s);
  CHECK_FALSE(cache->outage());
  CHECK(changes > 0);
}

TEST_CASE_METHOD(Fixture, "an informer that is removed stops its watch and takes its series along; the others stay") {
  config_maps.put("a");
  cache->informer(kube::res::kConfigMaps);
  cache->informer(kube::res::kConfigMaps, {.ns = "ns", .label_selector = {}, .field_selector = {}, .project = {}});
  REQUIRE(loop.run(cache->wait_synced(loop.clock.after(1s))));
  const std::string series = "slipway_watch_cache_objects{cluster=\"test\",resource=\"configmaps.v1\"}";
  CHECK(metrics::registry().expose().contains(series));
  CHECK(metrics::registry().expose().contains("slipway_cache_staleness_seconds{cluster=\"test\",resource=\"configmaps.v1\"} 0"));
  loop.run(cache->remove_informer(kube::res::kConfigMaps, {.ns = "ns", .label_selector = {}, .field_selector = {}, .project = {}}));
  CHECK(config_maps.watches.at(1)->dropped());
  CHECK_FALSE(config_maps.watches.at(0)->dropped());
  CHECK(cache->status().size() == 1);
  loop.run(cache->remove_informer(kube::res::kConfigMaps));
  CHECK(config_maps.watches.at(0)->dropped());
  CHECK(cache->synced());
  CHECK_FALSE(metrics::registry().expose().contains(series));
  CHECK(cache->informer(kube::res::kConfigMaps).size() == 0);
  REQUIRE(loop.run(cache->wait_synced(loop.clock.after(1s))));
  CHECK(cache->informer(kube::res::kConfigMaps).size() == 1);
}
