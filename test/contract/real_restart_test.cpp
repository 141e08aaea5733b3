// Runtime against a real server that dies and forgets: what a cache shows afterwards is what is there.
#include <set>

#include "pkg/async/sync.h"
#include "pkg/runtime/cache.h"
#include "test/contract/server.h"

using namespace slipway;
using namespace slipway::runtime;
using namespace std::chrono_literals;

namespace {

struct Restarted : contract::Server {
  std::unique_ptr<ClusterCache> cache;
  async::Event changed{loop.executor()};
  std::map<std::string, int> seen;  // adds less deletes, by name: never below 0 or over 1
  bool sane = true;

  Restarted() : Server(Use::Break) { cache = std::make_unique<ClusterCache>(client, loop.executor(), "test"); }
  Restarted(const Restarted&) = delete;
  Restarted& operator=(const Restarted&) = delete;
  ~Restarted() { loop.run_real(cache->stop()); }

  Store& secrets() {
    InformerOptions options;
    options.ns = ns;
    Store& store = cache->informer(kube::res::kSecrets, std::move(options));
    store.subscribe([this](const Change& change) {
      int& count = seen[change.key.name];
      count += (change.old_object ? 0 : 1) - (change.new_object ? 0 : 1);
      sane = sane && (count == 0 || count == 1);
      changed.notify_all();
    });
    return store;
  }
  void add(const std::string& name) {
    const auto made = post(path("secrets"), R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":")" + name + "\"}}");
    INFO(made.text);
    REQUIRE(made.status == 201);
  }
  static async::Awaitable<Status> wait(Restarted& f, std::function<bool()> done) {
    const async::Deadline deadline = f.clock.after(60s);
    while (!done()) {
      Status woken = co_await f.changed.wait(f.clock, deadline);
      if (!woken) co_return woken;
    }
    co_return Status();
  }
  [[nodiscard]] bool comes_true(std::function<bool()> done) { return loop.run_real(wait(*this, std::move(done)), 90s).has_value(); }
  // Names and resourceVersions, as a fresh list has them.
  [[nodiscard]] std::set<std::string> listed() {
    std::set<std::string> out;
    for (const auto& item : get(path("secrets")).body["items"].array())
      out.insert(item["metadata"]["name"].str() + " " + item["metadata"]["resourceVersion"].str());
    return out;
  }
  [[nodiscard]] static std::set<std::string> cached(const Store& store) {
    std::set<std::string> out;
    for (const auto& object : store.list()) out.insert(std::string(kube::name_of(*object)) + " " + std::string(kube::resource_version_of(*object)));
    return out;
  }
};

}  // namespace

TEST_CASE_METHOD(Restarted, "a cache outlives the kill -9 of its server, losing and doubling nothing", "[real][serial]") {
  for (int i = 0; i < 20; ++i) add("s" + std::to_string(i));
  Store& store = secrets();
  REQUIRE(loop.run_real(cache->wait_synced(clock.after(20s))));
  REQUIRE(store.size() == 20);
  realkube("kill9");
  realkube("restart-apiserver");
  add("later");
  REQUIRE(remove(path("secrets", "s3")).status == 200);
  CHECK(comes_true([&] { return store.get({ns, "later"}) && !store.get({ns, "s3"}); }));
  CHECK(store.size() == 20);
  CHECK(cached(store) == listed());
  CHECK(sane);
}

TEST_CASE_METHOD(Restarted, "what was written between kill and return is seen, deletions included", "[real][serial]") {
  for (int i = 0; i < 10; ++i) add("s" + std::to_string(i));
  Store& store = secrets();
  REQUIRE(loop.run_real(cache->wait_synced(clock.after(20s))));
  // The cache's connections are cut by the kill; by the time it is back, somebody else has written.
  realkube("kill9");
  realkube("restart-apiserver");
  for (int i = 0; i < 5; ++i) REQUIRE(remove(path("secrets", "s" + std::to_string(i))).status == 200);
  for (int i = 0; i < 5; ++i) add("t" + std::to_string(i));
  realkube("compact");
  realkube("kill9");
  realkube("restart-apiserver");
  add("last");
  CHECK(comes_true([&] { return store.get({ns, "last"}) && store.size() == 11; }));
  CHECK(cached(store) == listed());
  CHECK(sane);
}

TEST_CASE_METHOD(Restarted, "a cache whose resourceVersion was compacted away starts over and is right", "[real][serial]") {
  add("a");
  add("b");
  Store& store = secrets();
  REQUIRE(loop.run_real(cache->wait_synced(clock.after(20s))));
  REQUIRE(remove(path("secrets", "a")).status == 200);
  forget_history();
  add("c");
  CHECK(comes_true([&] { return store.get({ns, "c"}) && !store.get({ns, "a"}); }));
  CHECK(cached(store) == listed());
  CHECK(sane);
}
