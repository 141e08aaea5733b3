// The runtime against an API server, over TLS: what the scripted tests cannot say about the other side.
#include <catch2/catch_test_macros.hpp>

#include "pkg/async/sync.h"
#include "pkg/kube/config.h"
#include "pkg/kube/mapper.h"
#include "pkg/kubesim/server.h"
#include "pkg/runtime/cache.h"
#include "pkg/runtime/events.h"
#include "pkg/runtime/finalizers.h"
#include "pkg/runtime/leader_election.h"
#include "test/support/loop.h"

using namespace slipway;
using namespace slipway::runtime;
using namespace std::chrono_literals;

namespace {

constexpr const char* kCrd = R"({"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"clusters.cluster.x-k8s.io"},
  "spec":{"group":"cluster.x-k8s.io","scope":"Namespaced","names":{"plural":"clusters","singular":"cluster","kind":"Cluster","listKind":"ClusterList"},
  "versions":[{"name":"v1beta1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}]}})";

struct Fixture {
  test::Loop loop;
  async::RealClock clock;
  kubesim::ApiServer server{loop.io.get_executor(), clock};
  std::shared_ptr<kube::Client> client;
  std::unique_ptr<ClusterCache> cache;
  async::Event changed{loop.io.get_executor()};

  Fixture() {
    REQUIRE(server.listen());
    // By way of a kubeconfig, as every cluster of Slipway is reached.
    const auto text = kube::write_kubeconfig(server.admin_config(), "test");
    const auto config = kube::parse_kubeconfig(text, "test", "");
    REQUIRE(config);
    auto connected = kube::connect(loop.io.get_executor(), clock, *config);
    REQUIRE(connected);
    client = *connected;
    cache = std::make_unique<ClusterCache>(client, loop.io.get_executor(), "test");
  }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;
  ~Fixture() {
    loop.run_real(cache->stop());
    client->close();
    loop.run_real(server.stop());
  }
  Store& informer(const kube::GroupVersionResource& gvr) {
    Store& store = cache->informer(gvr);
    store.subscribe([this](const Change&) { changed.notify_all(); });
    return store;
  }
  static async::Awaitable<Status> wait(Fixture& f, std::function<bool()> done) {
    const async::Deadline deadline = f.clock.after(10s);
    while (!done()) {
      Status woken = co_await f.changed.wait(f.clock, deadline);
      if (!woken) co_return woken;
    }
    co_return Status();
  }
  [[nodiscard]] bool eventually(std::function<bool()> done) { return loop.run_real(wait(*this, std::move(done))).has_value(); }
  Result<kube::Object> create(const kube::GroupVersionResource& gvr, const kube::Object& object) { return loop.run_real(client->create(gvr, object, {})); }
  static kube::Object config_map(const std::string& name) { return kube::make_object("v1", "ConfigMap", {"default", name}); }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a cache follows a server through creates, updates, deletes and a restart of its watches") {
  Store& store = informer(kube::res::kConfigMaps);
  REQUIRE(loop.run_real(cache->wait_synced(clock.after(10s))));
  const auto before = store.size();
  REQUIRE(create(kube::res::kConfigMaps, config_map("a")));
  REQUIRE(eventually([&] { return store.size() == before + 1; }));
  CHECK(kube::kind_of(*store.get({"default", "a"})) == "ConfigMap");
  server.close_watches();
  server.compact();
  REQUIRE(create(kube::res::kConfigMaps, config_map("b")));
  kube::DeleteOptions options;
  options.uid = kube::uid_of(*store.get({"default", "a"}));
  REQUIRE(loop.run_real(client->remove(kube::res::kConfigMaps, {"default", "a"}, options)));
  CHECK(eventually([&] { return store.get({"default", "b"}) && !store.get({"default", "a"}); }));
}

TEST_CASE_METHOD(Fixture, "a CRD that is installed later starts its informer, and the mapper learns the kind") {
  kube::Mapper mapper(client);
  CHECK(loop.run_real(mapper.resource_for({"cluster.x-k8s.io", "v1beta1", "Cluster"})).error().is(Disposition::NotFound));
  Store& store = informer(kube::res::kClusters);
  REQUIRE(loop.run_real(cache->wait_synced(clock.after(10s))));
  CHECK(cache->trouble().contains("its CRD is not installed"));
  Store& crds = informer(kube::res::kCrds);
  const auto crd = create(kube::res::kCrds, json::parse(kCrd).value());
  REQUIRE(crd);
  const auto established = [&] {
    const auto object = crds.get({"", "clusters.cluster.x-k8s.io"});
    return object && kube::condition_true(*object, "Established");
  };
  REQUIRE(eventually(established));
  mapper.invalidate();
  CHECK(loop.run_real(mapper.resource_for({"cluster.x-k8s.io", "v1beta1", "Cluster"}))->gvr == kube::res::kClusters);
  REQUIRE(create(kube::res::kClusters, kube::make_object("cluster.x-k8s.io/v1beta1", "Cluster", {"default", "c"})));
  CHECK(eventually([&] { return store.size() == 1; }));
  kube::DeleteOptions options;
  options.uid = kube::uid_of(*crd);
  REQUIRE(loop.run_real(client->remove(kube::res::kCrds, {"", "clusters.cluster.x-k8s.io"}, options)));
  CHECK(eventually([&] { return store.size() == 0; }));
}

TEST_CASE_METHOD(Fixture, "finalizers are added and removed, and a stale view is a conflict") {
  const auto created = create(kube::res::kConfigMaps, config_map("held"));
  REQUIRE(created);
  const auto first = std::make_shared<const kube::Object>(*created);
  const auto added = loop.run_real(add_finalizer(client, kube::res::kConfigMaps, first, "slipway.dev/test"));
  REQUIRE(added);
  CHECK(kube::has_finalizer(*added, "slipway.dev/test"));
  const auto stale = loop.run_real(add_finalizer(client, kube::res::kConfigMaps, first, "slipway.dev/other"));
  REQUIRE_FALSE(stale);
  INFO(stale.error().message());
  CHECK(stale.error().is(Disposition::Conflict));
  const auto removed = loop.run_real(remove_finalizer(client, kube::res::kConfigMaps, std::make_shared<const kube::Object>(*added), "slipway.dev/test"));
  REQUIRE(removed);
  CHECK_FALSE(kube::has_finalizer(*removed, "slipway.dev/test"));
}

TEST_CASE_METHOD(Fixture, "events arrive and are counted; a lease is won and released") {
  EventRecorder recorder(client, loop.io.get_executor());
  auto about = create(kube::res::kConfigMaps, config_map("about"));
  REQUIRE(about);
  for (int i = 0; i < 3; ++i) {
    recorder.normal(*about, "Tested", "by a test");
    REQUIRE(loop.run_real(recorder.flush(clock.after(5s))));
  }
  const auto events = loop.run_real(client->list(kube::res::kEvents, "default", {}));
  REQUIRE(events);
  REQUIRE(events->items.size() == 1);
  CHECK(events->items.at(0)["count"].as_int() == 3);

  LeaderElector elector(client, loop.io.get_executor(), {.name = "test", .ns = "default", .identity = "me"});
  REQUIRE(loop.run_real(elector.acquire()));
  CHECK(elector.leading());
  REQUIRE(loop.run_real(elector.release()));
  CHECK(lease_record(*loop.run_real(client->get(kube::res::kLeases, {"default", "test"}))).holder.empty());
}
