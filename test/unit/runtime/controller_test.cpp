#include "pkg/runtime/controller.h"

#include <deque>
#include <map>
#include <set>

#include <catch2/catch_test_macros.hpp>

#include "pkg/base/strings.h"
#include "pkg/log/log.h"
#include "pkg/metrics/metrics.h"
#include "test/support/loop.h"

using namespace slipway;
using namespace slipway::runtime;
using namespace std::chrono_literals;

namespace {

struct World {
  async::Clock& clock;
  std::deque<Result<ReconcileOutcome>> answers;  // then success
  std::vector<std::string> runs;
  async::Duration takes{};
  bool throws = false;
  int ended = 0;
};

async::Awaitable<Result<ReconcileOutcome>> reconcile(std::shared_ptr<World> w, ObjectKey key) {
  w->runs.push_back(key.name);
  if (w->throws) throw std::runtime_error("boom");
  if (w->takes > async::Duration::zero()) co_await w->clock.sleep_until(w->clock.now() + w->takes);
  const bool cancelled = co_await async::is_cancelled();
  if (cancelled) co_return fail(Disposition::Canceled, "stopped");
  ++w->ended;
  if (w->answers.empty()) co_return ReconcileOutcome{};
  auto answer = std::move(w->answers.front());
  w->answers.pop_front();
  co_return answer;
}

struct Fixture {
  test::Loop loop;
  std::shared_ptr<World> world = std::make_shared<World>(World{.clock = loop.clock, .answers = {}, .runs = {}});
  std::string name;
  std::unique_ptr<Controller> controller;
  async::TaskGroup group{loop.io.get_executor()};
  Fixture() : name("test-" + std::to_string(++instances())) { make({}); }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;
  ~Fixture() { loop.run(group.stop()); }
  static int& instances() {
    static int n = 0;
    return n;
  }
  void make(ControllerOptions options) {
    controller =
        std::make_unique<Controller>(name, loop.io.get_executor(), loop.clock, [w = world](ObjectKey key) { return reconcile(w, std::move(key)); }, options);
  }
  void start() {
    group.spawn("controller", controller->run());
    settle();
  }
  void settle() {
    do loop.io.restart();
    while (loop.io.poll() > 0);
  }
  void pass(async::Duration d) {
    loop.clock.advance(d);
    settle();
  }
  [[nodiscard]] bool metric(const std::string& line) const { return metrics::registry().expose().contains(line); }
};

kube::Object child(std::string_view owner, std::string_view kind = "Cluster", bool is_controller = true,
                   std::string_view api_version = "cluster.x-k8s.io/v1beta2") {
  auto o = kube::make_object("v1", "Secret", {"ns", "child"});
  json::Value ref;
  ref.set("apiVersion", api_version);
  ref.set("kind", kind);
  ref.set("name", owner);
  ref.set("controller", is_controller);
  o.ref({"metadata", "ownerReferences"}).push_back(ref);
  return o;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "a change in a store reconciles its key once") {
  Store store;
  controller->watch_self(store);
  start();
  store.replace(std::vector<kube::Object>{kube::make_object("v1", "ConfigMap", {"ns", "a"}), kube::make_object("v1", "ConfigMap", {"ns", "b"})}, "1");
  settle();
  CHECK(world->runs == std::vector<std::string>{"a", "b"});
  CHECK(controller->queue().idle());
  CHECK(metric("controller_runtime_reconcile_total{controller=\"" + name + "\",result=\"success\"} 2"));
  CHECK(metric("controller_runtime_reconcile_errors_total{controller=\"" + name + "\"} 0"));
}

TEST_CASE_METHOD(Fixture, "retryable errors back off, and success starts over") {
  for (int i = 0; i < 3; ++i) world->answers.push_back(fail(Disposition::Conflict, "again"));
  start();
  controller->enqueue({"ns", "a"});
  settle();
  CHECK(world->runs.size() == 1);
  pass(5ms);
  pass(10ms);
  CHECK(world->runs.size() == 3);
  CHECK(controller->queue().failures({"ns", "a"}) == 3);
  pass(20ms);
  CHECK(world->runs.size() == 4);
  CHECK(controller->queue().failures({"ns", "a"}) == 0);
}

TEST_CASE_METHOD(Fixture, "an error that no retry cures waits for the next change") {
  world->answers.push_back(fail(Disposition::Invalid, "spec.plan: must be dev or prod"));
  start();
  controller->enqueue({"ns", "a"});
  pass(1h);
  CHECK(world->runs.size() == 1);
  CHECK(controller->queue().idle());
  CHECK(metric("controller_runtime_terminal_reconcile_errors_total{controller=\"" + name + "\"} 1"));
  controller->enqueue({"ns", "a"});
  settle();
  CHECK(world->runs.size() == 2);
}

TEST_CASE_METHOD(Fixture, "a server that says when to come back is obeyed") {
  ApiStatus status{.code = 429, .reason = "TooManyRequests", .message = "", .causes = {}, .retry_after = 7s};
  world->answers.push_back(fail(Error(Disposition::TooManyRequests, "slow", status)));
  start();
  controller->enqueue({"ns", "a"});
  settle();
  pass(6s);
  CHECK(world->runs.size() == 1);
  pass(1s);
  CHECK(world->runs.size() == 2);
}

TEST_CASE_METHOD(Fixture, "a deadline requeues after its time; an event before runs at once and supersedes it") {
  world->answers.push_back(ReconcileOutcome{.requeue_after = 10min});
  start();
  controller->enqueue({"ns", "a"});
  settle();
  pass(1s);
  controller->enqueue({"ns", "a"});
  settle();
  CHECK(world->runs.size() == 2);
  pass(20min);
  CHECK(world->runs.size() == 2);
  world->answers.push_back(ReconcileOutcome{.requeue_after = 10min});
  controller->enqueue({"ns", "a"});
  settle();
  pass(10min);
  CHECK(world->runs.size() == 4);
}

TEST_CASE_METHOD(Fixture, "a reconciler that throws is counted and tried again, and other keys go on") {
  world->throws = true;
  start();
  controller->enqueue({"ns", "a"});
  settle();
  world->throws = false;
  controller->enqueue({"ns", "b"});
  settle();
  pass(5ms);
  CHECK(world->runs == std::vector<std::string>{"a", "b", "a"});
  CHECK(metric("controller_runtime_reconcile_panics_total{controller=\"" + name + "\"} 1"));
  CHECK(metric("controller_runtime_active_workers{controller=\"" + name + "\"} 0"));
}

TEST_CASE_METHOD(Fixture, "different keys run side by side up to the limit, the same key never") {
  make({.max_concurrent = 2});
  world->takes = 1s;
  start();
  for (const auto* k : {"a", "b", "c"}) controller->enqueue({"ns", k});
  settle();
  CHECK(world->runs == std::vector<std::string>{"a", "b"});
  controller->enqueue({"ns", "a"});
  settle();
  CHECK(world->runs.size() == 2);
  CHECK(metric("controller_runtime_active_workers{controller=\"" + name + "\"} 2"));
  pass(1s);
  CHECK(world->runs == std::vector<std::string>{"a", "b", "c", "a"});
  pass(1s);
}

TEST_CASE_METHOD(Fixture, "every line of a reconcile says which one it is of, however often it waits between") {
  std::string lines;
  const log::Capture capture(lines);
  const auto talk = [](std::shared_ptr<World> w, std::string name) -> async::Awaitable<Result<ReconcileOutcome>> {
    log::info("begins", {{"name", name}});
    co_await w->clock.sleep_until(w->clock.now() + 1s);
    log::info("goes on", {{"name", name}, {"controller", "its own"}});
    const async::Executor executor = co_await async::asio::this_coro::executor;
    async::Event event(executor);
    const auto waited = co_await event.wait(w->clock, w->clock.after(1s));
    CHECK_FALSE(waited);
    co_return fail(Disposition::Transient, "not yet");
  };
  controller = std::make_unique<Controller>(
      name, loop.io.get_executor(), loop.clock, [w = world, talk](ObjectKey key) { return talk(w, key.name); }, ControllerOptions{.max_concurrent = 2});
  start();
  controller->enqueue({"ns", "a"});
  controller->enqueue({"ns", "b"});
  settle();
  log::info("somebody else");
  pass(1s);
  pass(1s);
  // By reconcile: the names that its lines say.
  std::map<std::string, std::vector<std::string>> said;
  for (const auto& line : split(lines, '\n')) {
    const auto at = line.find("reconcileID=");
    if (at == std::string::npos) {
      if (!line.empty()) CHECK(line.ends_with("somebody else"));
      continue;
    }
    CHECK(line.contains(line.contains("goes on") ? "controller=\"its own\"" : "controller=" + name));
    said[line.substr(at + 12, 36)].push_back(line.contains("name=a") ? "a" : "b");
  }
  REQUIRE(said.size() == 2);
  std::set<std::vector<std::string>> stories;
  for (const auto& [id, names] : said) stories.insert(names);
  CHECK(stories == std::set<std::vector<std::string>>{{"a", "a", "a"}, {"b", "b", "b"}});
}

TEST_CASE_METHOD(Fixture, "a stop waits for the reconcile in flight and starts no other") {
  world->takes = 10s;
  start();
  controller->enqueue({"ns", "a"});
  controller->enqueue({"ns", "b"});
  settle();
  group.cancel();
  settle();
  CHECK(group.size() == 1);
  pass(10s);
  CHECK(group.size() == 0);
  CHECK(world->ended == 1);
  CHECK(world->runs == std::vector<std::string>{"a"});
}

TEST_CASE_METHOD(Fixture, "a reconcile that does not end in the grace is cancelled") {
  world->takes = 1h;
  start();
  controller->enqueue({"ns", "a"});
  settle();
  group.cancel();
  settle();
  pass(19s);
  CHECK(group.size() == 1);
  pass(1s);
  CHECK(group.size() == 0);
  CHECK(world->ended == 0);
}

TEST_CASE_METHOD(Fixture, "an abandoned controller cancels at once") {
  world->takes = 1h;
  start();
  controller->enqueue({"ns", "a"});
  settle();
  controller->abandon();
  settle();
  CHECK(world->ended == 0);
  CHECK(controller->queue().idle());
}

TEST_CASE_METHOD(Fixture, "a predicate keeps changes out") {
  Store store;
  controller->watch_self(store, [](const Change& c) { return c.key.name != "a"; });
  start();
  store.replace(std::vector<kube::Object>{kube::make_object("v1", "ConfigMap", {"ns", "a"}), kube::make_object("v1", "ConfigMap", {"ns", "b"})}, "1");
  settle();
  CHECK(world->runs == std::vector<std::string>{"b"});
}

TEST_CASE_METHOD(Fixture, "workers wait until every source is in sync, and find the queue filled") {
  Store first;
  Store second;
  controller->watch_self(first);
  controller->watch_self(second);
  start();
  first.replace(std::vector<kube::Object>{kube::make_object("v1", "ConfigMap", {"ns", "a"})}, "1");
  pass(1s);
  CHECK(world->runs.empty());
  second.replace(std::vector<kube::Object>{}, "1");
  settle();
  CHECK(world->runs == std::vector<std::string>{"a"});
}

TEST_CASE_METHOD(Fixture, "a source that is not in sync in time ends the controller, naming the kind and the reason") {
  Store store;
  controller->watch({.store = store,
                     .map = [](const Change&) { return std::vector<ObjectKey>{}; },
                     .predicate = {},
                     .name = "Widget",
                     .trouble = [] { return std::string("403 Forbidden"); }});
  start();
  pass(119s);
  CHECK(group.size() == 1);
  pass(1s);
  CHECK(group.size() == 0);
  REQUIRE_FALSE(controller->outcome());
  CHECK(controller->outcome().error().message() == "controller " + name + ": not in sync in time: Widget (403 Forbidden)");
}

TEST_CASE_METHOD(Fixture, "what was there before, and updates that change nothing, give way to what happens") {
  Store store;
  const auto object = [](const char* key, const char* version) {
    auto o = kube::make_object("v1", "ConfigMap", {"ns", key});
    o.ref({"metadata", "resourceVersion"}) = version;
    return o;
  };
  controller->watch_self(store);
  store.replace(std::vector<kube::Object>{object("a", "1"), object("b", "2"), object("c", "3")}, "3");
  store.upsert(object("c", "4"));
  start();
  CHECK(world->runs == std::vector<std::string>{"c", "a", "b"});
}

TEST_CASE_METHOD(Fixture, "between two reconciles of a key lies the least interval; other keys do not wait") {
  make({.min_interval = 1s});
  start();
  controller->enqueue({"ns", "a"});
  settle();
  controller->enqueue({"ns", "a"});
  controller->enqueue({"ns", "b"});
  settle();
  CHECK(world->runs == std::vector<std::string>{"a", "b"});
  pass(999ms);
  CHECK(world->runs.size() == 2);
  pass(1ms);
  CHECK(world->runs == std::vector<std::string>{"a", "b", "a"});
}

TEST_CASE_METHOD(Fixture, "a deferred key sleeps through its events until its time") {
  start();
  controller->defer({"ns", "a"}, loop.clock.now() + 10s);
  for (int i = 0; i < 9; ++i) {
    controller->enqueue({"ns", "a"});
    settle();
    pass(1s);
  }
  CHECK(world->runs.empty());
  pass(1s);
  CHECK(world->runs.size() == 1);
  CHECK(controller->queue().idle());
}

TEST_CASE("owners of any kind of reference, and of no namespace, where asked for") {
  const auto object = std::make_shared<const kube::Object>(child("a", "Cluster", false));
  CHECK(owner_of("cluster.x-k8s.io", "Cluster")({{"ns", "child"}, nullptr, object}).empty());
  CHECK(owner_of("cluster.x-k8s.io", "Cluster", {.every_owner = true})({{"ns", "child"}, nullptr, object}) == std::vector<ObjectKey>{{"ns", "a"}});
  CHECK(owner_of("cluster.x-k8s.io", "Cluster", {.every_owner = true, .cluster_scoped = true})({{"ns", "child"}, nullptr, object}) ==
        std::vector<ObjectKey>{{"", "a"}});
}

TEST_CASE("a child maps to its controller of that group and kind, in its namespace, whatever the version") {
  const auto map = owner_of("cluster.x-k8s.io", "Cluster");
  const auto changed = [&](const kube::Object* before, const kube::Object* after) {
    const auto share = [](const kube::Object* o) { return o == nullptr ? nullptr : std::make_shared<const kube::Object>(*o); };
    return map({{"ns", "child"}, share(before), share(after)});
  };
  const auto of_a = child("a");
  const auto of_b = child("b");
  CHECK(changed(nullptr, &of_a) == std::vector<ObjectKey>{{"ns", "a"}});
  CHECK(changed(&of_a, nullptr) == std::vector<ObjectKey>{{"ns", "a"}});
  CHECK(changed(&of_a, &of_a) == std::vector<ObjectKey>{{"ns", "a"}});
  CHECK(changed(&of_a, &of_b) == std::vector<ObjectKey>{{"ns", "a"}, {"ns", "b"}});
  for (const auto& other : {child("a", "Machine"), child("a", "Cluster", false), child("a", "Cluster", true, "other.io/v1")})
    CHECK(changed(nullptr, &other).empty());
}
