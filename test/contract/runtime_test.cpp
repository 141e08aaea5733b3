// The runtime against an API server, over TLS: what the scripted tests cannot say about the other side.
#include "pkg/async/sync.h"
#include "pkg/kube/mapper.h"
#include "pkg/runtime/cache.h"
#include "pkg/runtime/events.h"
#include "pkg/runtime/finalizers.h"
#include "pkg/runtime/leader_election.h"
#include "test/contract/server.h"

using namespace slipway;
using namespace slipway::runtime;
using namespace std::chrono_literals;

namespace {

struct Runtime : contract::Server {
  std::unique_ptr<ClusterCache> cache;
  async::Event changed{loop.executor()};

  Runtime() {
    // By way of a kubeconfig, as every cluster of Slipway is reached.
    const auto parsed = kube::parse_kubeconfig(kube::write_kubeconfig(config, "test"), "test", "");
    REQUIRE(parsed);
    auto connected = kube::connect(loop.executor(), clock, *parsed);
    REQUIRE(connected);
    cache_client_ = *connected;
    cache = std::make_unique<ClusterCache>(cache_client_, loop.executor(), "test");
  }
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  ~Runtime() {
    loop.run_real(cache->stop());
    cache_client_->close();
  }
  // Of this test's namespace, where the resource has one.
  Store& informer(const kube::GroupVersionResource& gvr) {
    InformerOptions options;
    if (gvr.namespaced) options.ns = ns;
    Store& store = cache->informer(gvr, std::move(options));
    store.subscribe([this](const Change&) { changed.notify_all(); });
    return store;
  }
  static async::Awaitable<Status> wait(Runtime& f, std::function<bool()> done) {
    const async::Deadline deadline = f.clock.after(30s);
    while (!done()) {
      Status woken = co_await f.changed.wait(f.clock, deadline);
      if (!woken) co_return woken;
    }
    co_return Status();
  }
  [[nodiscard]] bool comes_true(std::function<bool()> done) { return loop.run_real(wait(*this, std::move(done))).has_value(); }
  Result<kube::Object> create(const kube::GroupVersionResource& gvr, const kube::Object& object) { return loop.run_real(client->create(gvr, object, {})); }
  [[nodiscard]] kube::Object config_map(const std::string& name) const { return kube::make_object("v1", "ConfigMap", {ns, name}); }

 private:
  std::shared_ptr<kube::Client> cache_client_;
};

}  // namespace

TEST_CASE_METHOD(Runtime, "a cache follows a server through creates, updates and deletes") {
  Store& store = informer(kube::res::kConfigMaps);
  REQUIRE(loop.run_real(cache->wait_synced(clock.after(10s))));
  REQUIRE(create(kube::res::kConfigMaps, config_map("a")));
  REQUIRE(comes_true([&] { return store.get({ns, "a"}) != nullptr; }));
  CHECK(kube::kind_of(*store.get({ns, "a"})) == "ConfigMap");
  if (sim) {
    sim->close_watches();
    sim->compact();
  }
  REQUIRE(create(kube::res::kConfigMaps, config_map("b")));
  REQUIRE(patch(path("configmaps", "b"), contract::kMergePatch, R"({"data":{"k":"v"}})").status == 200);
  kube::DeleteOptions options;
  options.uid = kube::uid_of(*store.get({ns, "a"}));
  REQUIRE(loop.run_real(client->remove(kube::res::kConfigMaps, {ns, "a"}, options)));
  CHECK(comes_true([&] {
    const auto b = store.get({ns, "b"});
    return b && (*b)["data"]["k"].as_string() == "v" && !store.get({ns, "a"});
  }));
}

TEST_CASE_METHOD(Runtime, "a CRD that is installed later starts its informer, and the mapper learns the kind") {
  const kube::GroupVersionResource gvr{group, "v1", "widgets", true};
  kube::Mapper mapper(client);
  CHECK(loop.run_real(mapper.resource_for({group, "v1", "Widget"})).error().is(Disposition::NotFound));
  Store& store = informer(gvr);
  REQUIRE(loop.run_real(cache->wait_synced(clock.after(10s))));
  CHECK(cache->trouble().contains("its CRD is not installed"));
  Store& crds = informer(kube::res::kCrds);
  serve_widgets(R"({"type":"object","x-kubernetes-preserve-unknown-fields":true})");
  const std::string name = "widgets." + group;
  REQUIRE(comes_true([&] {
    const auto object = crds.get({"", name});
    return object && kube::condition_true(*object, "Established");
  }));
  // The aggregated document follows the definition by a moment.
  eventually("/apis/" + group + "/v1", [](const contract::Answer& a) { return a.status == 200; });
  eventually(
      "/apis", [&](const contract::Answer& a) { return a.text.contains(group); }, "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
  mapper.invalidate();
  const auto found = loop.run_real(mapper.resource_for({group, "v1", "Widget"}));
  REQUIRE(found);
  CHECK(found->gvr == gvr);
  REQUIRE(create(gvr, kube::make_object(group + "/v1", "Widget", {ns, "c"})));
  CHECK(comes_true([&] { return store.size() == 1; }));
  kube::DeleteOptions options;
  options.uid = kube::uid_of(*crds.get({"", name}));
  REQUIRE(loop.run_real(client->remove(kube::res::kCrds, {"", name}, options)));
  CHECK(comes_true([&] { return store.size() == 0; }));
}

TEST_CASE_METHOD(Runtime, "finalizers are added and removed, and a stale view is a conflict") {
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

TEST_CASE_METHOD(Runtime, "events arrive and are counted") {
  EventRecorder recorder(client, loop.executor());
  auto about = create(kube::res::kConfigMaps, config_map("about"));
  REQUIRE(about);
  for (int i = 0; i < 3; ++i) {
    recorder.normal(*about, "Tested", "by a test");
    REQUIRE(loop.run_real(recorder.flush(clock.after(5s))));
  }
  const auto events = loop.run_real(client->list(kube::res::kEvents, ns, {}));
  REQUIRE(events);
  REQUIRE(events->items.size() == 1);
  CHECK(events->items.at(0)["series"]["count"].as_int() == 3);
}

TEST_CASE_METHOD(Runtime, "a lease is won, refused to another while it is held, and released") {
  LeaderElector elector(client, loop.executor(), {.name = "test", .ns = ns, .identity = "me"});
  REQUIRE(loop.run_real(elector.acquire()));
  CHECK(elector.leading());
  CHECK(lease_record(*loop.run_real(client->get(kube::res::kLeases, {ns, "test"}))).holder == "me");
  REQUIRE(loop.run_real(elector.release()));
  CHECK(lease_record(*loop.run_real(client->get(kube::res::kLeases, {ns, "test"}))).holder.empty());
  LeaderElector next(client, loop.executor(), {.name = "test", .ns = ns, .identity = "you"});
  REQUIRE(loop.run_real(next.acquire()));
  CHECK(next.leading());
  REQUIRE(loop.run_real(next.release()));
}
