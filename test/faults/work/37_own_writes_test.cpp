// Scenario 37: a reconcile that follows its own write closely, with a watch that lags.
#include "test/faults/work/support.h"
#include "test/unit/kube/fake.h"

using namespace slipway;
using namespace slipway::runtime;
using namespace std::chrono_literals;
using kube::ObjectKey;
using test::Work;

namespace {

// A server that makes objects, and a cache that is told of them when the test says so.
struct Lagging : Work {
  test::FakeServer server{loop};
  Store children;
  int version = 100;
  int posts = 0;
  int deletes = 0;

  Lagging() {
    children.replace(std::vector<kube::Object>{}, "100");
    server.answer = [this](const net::Request& r) {
      if (r.method == "DELETE") {
        ++deletes;
        return test::json_response(200, R"({"kind":"Status","apiVersion":"v1","status":"Success"})");
      }
      ++posts;
      kube::Object made = json::parse(r.body).value();
      made.ref({"metadata", "resourceVersion"}) = std::to_string(++version);
      made.ref({"metadata", "uid"}) = "uid-" + std::to_string(version);
      last = made;
      return test::json_response(201, json::dump(made));
    };
  }
  kube::Object last;

  [[nodiscard]] std::shared_ptr<kube::Client> client(const ObjectKey& key) {
    return controller->client_for(
        key, server.client(), [this](const kube::GroupVersionResource& gvr, const ObjectKey&) { return gvr == kube::res::kConfigMaps ? &children : nullptr; });
  }
  [[nodiscard]] std::string counted(const std::string& metric, int n) const { return series(metric) + " " + std::to_string(n); }
};

async::Awaitable<Status> create_one(Lagging* w, ObjectKey key) {
  if (w->children.size() > 0) co_return Status();
  auto made = co_await w->client(key)->create(kube::res::kConfigMaps, kube::make_object("v1", "ConfigMap", {"ns", "child-" + std::to_string(w->posts)}), {});
  if (!made) co_return fail(std::move(made).error());
  co_return Status();
}

async::Awaitable<Status> delete_one(Lagging* w, ObjectKey key) {
  const auto there = w->children.list();
  if (there.empty() || kube::is_deleting(*there.front())) co_return Status();
  kube::DeleteOptions options;
  options.uid = kube::uid_of(*there.front());
  auto removed = co_await w->client(key)->remove(kube::res::kConfigMaps, kube::key_of(*there.front()), options);
  if (!removed) co_return fail(std::move(removed).error());
  co_return Status();
}

kube::Object child(std::string_view uid, std::string_view version) {
  kube::Object o = kube::make_object("v1", "ConfigMap", {"ns", "child"});
  o.ref({"metadata", "uid"}) = uid;
  o.ref({"metadata", "resourceVersion"}) = version;
  return o;
}

}  // namespace

TEST_CASE_METHOD(Lagging, "37 a key whose write has not come back is parked until the watch shows it, and makes no second child") {
  body = [this](const ObjectKey& key) { return create_one(this, key); };
  start();
  enqueue("a");
  loop.settle();
  REQUIRE(posts == 1);
  for (int i = 0; i < 5; ++i) {
    enqueue("a");
    enqueue("b" + std::to_string(i));
    loop.pass(1s);
  }
  CHECK(std::ranges::count(runs, "a") == 1);
  CHECK(runs.size() == 6);  // the other keys run, and each makes one of its own
  CHECK(test::exposed(counted("slipway_stale_cache_timeouts_total", 0)));
  const auto seen = loop.clock.now();
  children.upsert(last);
  loop.settle();
  CHECK(std::ranges::count(runs, "a") == 2);
  CHECK(times.back() == seen);  // by the event, not by a timer
  CHECK(posts == 6);
  CHECK(controller->queue().idle());
  CHECK(controller->own_writes().waiting() == 0);
}

TEST_CASE_METHOD(Lagging, "37 a bookmark that is new enough releases the key too, one that is too old does not") {
  body = [this](const ObjectKey& key) { return create_one(this, key); };
  start();
  enqueue("a");
  loop.settle();
  enqueue("a");
  children.set_resource_version("100");
  loop.pass(1s);
  CHECK(runs.size() == 1);
  children.set_resource_version("101");
  loop.settle();
  CHECK(runs.size() == 2);
}

TEST_CASE_METHOD(Lagging, "37 after ten seconds the key runs anyway, and that is counted") {
  body = [this](const ObjectKey& key) { return create_one(this, key); };
  start();
  enqueue("a");
  loop.settle();
  enqueue("a");
  loop.pass(9999ms);
  CHECK(runs.size() == 1);
  loop.pass(1ms);
  CHECK(runs.size() == 2);
  CHECK(test::exposed(counted("slipway_stale_cache_parked_total", 1)));
  CHECK(test::exposed(counted("slipway_stale_cache_timeouts_total", 1)));
}

TEST_CASE_METHOD(Lagging, "37 a deletion is seen when the object is absent, marked, or another has its name") {
  body = [this](const ObjectKey& key) { return delete_one(this, key); };
  kube::Object marked = child("u1", "102");
  marked.ref({"metadata", "deletionTimestamp"}) = "2026-01-01T00:00:00Z";
  const std::vector<std::function<void()>> ways{[&] { children.erase(child("u1", "102")); }, [&] { children.upsert(marked); },
                                                [&] { children.replace(std::vector<kube::Object>{child("u2", "103")}, "103"); }};
  start();
  for (const auto& way : ways) {
    children.replace(std::vector<kube::Object>{child("u1", "101")}, "101");
    deletes = 0;
    const auto before = runs.size();
    enqueue("a");
    loop.settle();
    REQUIRE(deletes == 1);
    enqueue("a");
    children.set_resource_version("110");  // says nothing about absence
    loop.pass(1s);
    CHECK(runs.size() == before + 1);
    body = [](const ObjectKey&) { return test::nothing(); };
    way();
    loop.settle();
    CHECK(runs.size() == before + 2);
    body = [this](const ObjectKey& key) { return delete_one(this, key); };
  }
}

TEST_CASE("37 a version that is no number, a kind that nothing watches, and a store that is gone are not waited for") {
  Work work;
  auto store = std::make_unique<Store>();
  store->replace(std::vector<kube::Object>{}, "100");
  OwnWrites& writes = work.controller->own_writes();
  writes.wrote({"ns", "a"}, *store, child("u", "abc"));
  CHECK(writes.caught_up({"ns", "a"}));
  writes.wrote({"ns", "a"}, *store, child("u", "101"));
  work.start();
  work.enqueue("a");
  work.loop.pass(1s);
  CHECK(work.runs.empty());
  store.reset();
  work.loop.settle();
  CHECK(work.runs.size() == 1);
  CHECK(writes.waiting() == 0);
}
