#include "pkg/runtime/reflector.h"

#include <catch2/catch_test_macros.hpp>

#include "test/unit/runtime/fake_api.h"

using namespace slipway;
using namespace slipway::runtime;
using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

namespace {

struct Fixture {
  test::Loop loop;
  test::FakeApi api{loop};
  Store store;
  std::string changes;
  std::unique_ptr<Reflector> reflector;
  async::TaskGroup group{loop.io.get_executor()};

  Fixture() {
    store.subscribe([this](const Change& c) { changes += (!c.old_object ? "+" : !c.new_object ? "-" : "~") + c.key.name; });
    ReflectorOptions o;
    o.cluster = "test";
    o.gvr = kube::res::kConfigMaps;
    reflector = std::make_unique<Reflector>(api.server.client(), loop.io.get_executor(), store, std::move(o));
  }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;
  ~Fixture() { loop.run(group.stop()); }

  void start() {
    group.spawn("reflector", reflector->run());
    settle();
  }
  // Everything that can happen without time passing.
  void settle() {
    do loop.io.restart();
    while (loop.io.poll() > 0);
  }
  void pass(async::Duration d) {
    loop.clock.advance(d);
    settle();
  }
  // Long enough for any first backoff (800 ms with jitter).
  void back_off() { pass(1700ms); }
  std::string take() { return std::exchange(changes, {}); }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "the initial objects come by stream, and the same stream goes on") {
  api.put("a");
  api.put("b");
  start();
  CHECK(store.synced());
  CHECK(take() == "+a+b");
  api.put("c");
  api.put("a");
  api.remove("b");
  settle();
  CHECK(take() == "+c~a-b");
  CHECK(api.take_log() == Lines{"stream rv="});
  CHECK(store.resource_version() == std::to_string(api.rv));
}

TEST_CASE_METHOD(Fixture, "nothing of a stream shows before its end bookmark") {
  api.end_bookmark = false;
  api.put("a");
  start();
  CHECK_FALSE(store.synced());
  CHECK(store.size() == 0);
  api.put("b");
  api.remove("a");
  api.bookmark();  // without the annotation: not the end
  settle();
  CHECK_FALSE(store.synced());
  api.bookmark(true);
  settle();
  CHECK(store.synced());
  CHECK(take() == "+b");
}

TEST_CASE_METHOD(Fixture, "a stream that closes before its bookmark is discarded and tried again after a backoff") {
  api.end_bookmark = false;
  api.put("a");
  start();
  api.last_watch()->close();
  settle();
  CHECK(api.log.size() == 1);
  CHECK(store.size() == 0);
  api.end_bookmark = true;
  back_off();
  CHECK(api.take_log() == Lines{"stream rv=", "stream rv="});
  CHECK(store.synced());
}

TEST_CASE_METHOD(Fixture, "a server that cannot stream is listed in pages, and never asked to stream again") {
  api.watch_list = false;
  for (const auto* name : {"a", "b", "c", "d", "e"}) api.put(name);
  start();
  CHECK(store.size() == 5);
  CHECK(api.take_log() == Lines{"stream rv=", "list rv= limit=500", "list rv= limit=500", "list rv= limit=500", "watch rv=15"});
  pass(1min);
  api.error(410, "Expired");
  settle();
  CHECK(api.take_log() == Lines{"list rv=15 limit=", "watch rv=15"});
}

TEST_CASE_METHOD(Fixture, "a server that ignores sendInitialEvents is listed after half a minute of silence") {
  api.end_bookmark = false;
  api.put("a");
  start();
  for (int i = 0; i < 4; ++i) pass(10s);
  CHECK(store.synced());
  CHECK(take() == "+a");
  CHECK(api.take_log().back() == "watch rv=11");
}

TEST_CASE_METHOD(Fixture, "the server's clean end is followed by a watch from the same place, without a relist") {
  api.put("a");
  start();
  pass(5min);
  api.last_watch()->close();
  settle();
  CHECK(api.take_log() == Lines{"stream rv=", "watch rv=11"});
  api.put("b");
  settle();
  CHECK(take() == "+a+b");
}

TEST_CASE_METHOD(Fixture, "a watch that closes at once with no events relists, with backoff") {
  start();
  pass(1min);
  api.last_watch()->close();
  settle();
  for (int i = 0; i < 5; ++i) {
    api.last_watch()->close();
    settle();
  }
  CHECK(api.take_log() == Lines{"stream rv=", "watch rv=10"});
  back_off();
  CHECK(api.take_log() == Lines{"stream rv=10"});
}

TEST_CASE_METHOD(Fixture, "a connection cut inside an event resumes from the last whole one") {
  api.put("a");
  start();
  api.put("b");
  settle();
  api.last_watch()->send("{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"na");
  api.last_watch()->reset();
  settle();
  pass(1s);  // reconnects are spread
  CHECK(api.take_log() == Lines{"stream rv=", "watch rv=12"});
  CHECK(take() == "+a+b");
}

TEST_CASE_METHOD(Fixture, "connection refused waits and then goes on without a relist") {
  api.put("a");
  start();
  int refused = 0;
  api.fault = [&](const std::string&, const net::Target&) -> std::optional<net::Response> {
    if (++refused > 3) return std::nullopt;
    return net::Response(0, "", "");
  };
  pass(1min);
  api.last_watch()->reset();
  settle();
  pass(1s);
  CHECK(refused == 1);
  for (int i = 0; i < 10; ++i) pass(2s);
  CHECK(refused == 4);
  CHECK(api.take_log() == Lines{"stream rv=", "watch rv=11", "watch rv=11", "watch rv=11", "watch rv=11"});
}

TEST_CASE_METHOD(Fixture, "an in-stream 410 reads again at the last place, and what was missed is told") {
  api.put("a");
  api.put("b");
  start();
  take();
  api.remove_silently("a");
  api.put_silently("c");
  api.error(410, "Expired");
  settle();
  CHECK(take() == "-a+c");
  CHECK(api.take_log() == Lines{"stream rv=", "stream rv=12"});
}

TEST_CASE_METHOD(Fixture, "where the last place is gone for the reread too, the most recent state is asked for") {
  api.put("a");
  start();
  api.fault = [&](const std::string&, const net::Target& t) -> std::optional<net::Response> {
    if (t.get("resourceVersion").empty()) return std::nullopt;
    return test::status_response(410, "Expired", "too old");
  };
  api.put_silently("b");
  api.error(410, "Gone");
  settle();
  CHECK(take() == "+a+b");
  CHECK(api.take_log() == Lines{"stream rv=", "stream rv=11", "stream rv="});
}

TEST_CASE_METHOD(Fixture, "a lagging server is asked for its most recent state") {
  api.put("a");
  start();
  api.fault = [&](const std::string&, const net::Target& t) -> std::optional<net::Response> {
    if (t.get("resourceVersion").empty()) return std::nullopt;
    return test::status_response(504, "Timeout", "Too large resource version: 11, current: 9");
  };
  api.error(410, "Expired");
  settle();
  CHECK(api.take_log() == Lines{"stream rv=", "stream rv=11", "stream rv="});
}

TEST_CASE_METHOD(Fixture, "a page that expires leads to one whole list, and no half list shows") {
  api.watch_list = false;
  for (const auto* name : {"a", "b", "c"}) api.put(name);
  api.fault = [&](const std::string&, const net::Target& t) -> std::optional<net::Response> {
    if (!t.has("continue")) return std::nullopt;
    CHECK(store.size() == 0);
    return test::status_response(410, "Expired", "the continue token is too old");
  };
  start();
  CHECK(store.size() == 3);
  CHECK(api.take_log() == Lines{"stream rv=", "list rv= limit=500", "list rv= limit=500", "list rv= limit=", "watch rv=13"});
}

TEST_CASE_METHOD(Fixture, "a throttled watch waits as long as it is told, and asks for the same place") {
  start();
  int throttled = 0;
  api.fault = [&](const std::string&, const net::Target&) -> std::optional<net::Response> {
    if (throttled++ > 0) return std::nullopt;
    auto response = test::status_response(429, "TooManyRequests", "slow down");
    response.headers.set("Retry-After", "20");
    return response;
  };
  pass(1min);
  api.last_watch()->close();
  settle();
  pass(19s);
  CHECK(api.take_log() == Lines{"stream rv=", "watch rv=10"});
  pass(2s);
  CHECK(api.take_log() == Lines{"watch rv=10"});
}

TEST_CASE_METHOD(Fixture, "bookmarks move the place from which a watch goes on") {
  start();
  api.rv = 99;
  api.bookmark();
  pass(1min);
  api.last_watch()->close();
  settle();
  CHECK(api.take_log() == Lines{"stream rv=", "watch rv=99"});
}

TEST_CASE_METHOD(Fixture, "a stream that is silent for longer than the server allows is given up") {
  start();
  pass(9min + 59s);
  pass(7s);
  pass(1s);
  CHECK(api.take_log() == Lines{"stream rv=", "watch rv=10"});
}

TEST_CASE_METHOD(Fixture, "events that cannot be used are dropped, and the stream survives") {
  start();
  api.tell("ADDED", json::parse(R"({"kind":"Table","apiVersion":"meta.k8s.io/v1","rows":[]})").value());
  api.tell("ADDED", json::parse(R"({"kind":"ConfigMap","apiVersion":"v1","metadata":{}})").value());
  api.tell("ADDED", json::parse(R"({"kind":"Other","apiVersion":"other.io/v1","metadata":{"name":"x"}})").value());
  api.put("a");
  settle();
  CHECK(take() == "+a");
  CHECK(api.take_log() == Lines{"stream rv="});
}

TEST_CASE_METHOD(Fixture, "a frame that is no JSON is dropped, and half a minute later everything is read again") {
  start();
  api.put_silently("a");
  api.last_watch()->send("nonsense\n");
  api.put("b");
  settle();
  CHECK(take() == "+b");
  CHECK(api.log.size() == 1);
  pass(30s);
  back_off();
  CHECK(api.take_log() == Lines{"stream rv=", "stream rv=12"});
  CHECK(take() == "+a");
}

TEST_CASE_METHOD(Fixture, "a server that sends nothing but nonsense is no server of watches") {
  start();
  for (int i = 0; i < 200; ++i) api.last_watch()->send("nonsense\n");
  settle();
  CHECK(reflector->trouble() == "watching configmaps.v1: the server sends no valid JSON");
}

TEST_CASE_METHOD(Fixture, "an outage begins with the first failure after the sync, and ends with an open watch") {
  api.put("a");
  start();
  REQUIRE(store.synced());
  CHECK_FALSE(reflector->outage());
  CHECK(reflector->last_heard() == loop.clock.now());
  api.fault = [](const std::string&, const net::Target&) { return net::Response(0, "", ""); };
  const auto before = loop.clock.now();
  pass(1min);
  api.last_watch()->reset();
  pass(1s);
  REQUIRE(reflector->outage());
  CHECK(reflector->outage()->since > before);
  CHECK(reflector->outage()->error.starts_with("watching configmaps"));
  const auto since = reflector->outage()->since;
  pass(5min);
  CHECK(reflector->outage()->since == since);
  CHECK(reflector->last_heard() == before);
  api.fault = nullptr;
  pass(61s);
  CHECK_FALSE(reflector->outage());
  CHECK(reflector->last_heard() == loop.clock.now());
}

TEST_CASE_METHOD(Fixture, "a relist does not read again what the store holds") {
  for (const auto* name : {"a", "b", "c"}) api.put(name);
  start();
  const auto held = store.get({"ns", "a"});
  api.put_silently("b");
  api.error(410, "Expired");
  settle();
  CHECK(take() == "+a+b+c~b");
  CHECK(store.get({"ns", "a"}) == held);
  CHECK((*store.get({"ns", "b"}))["kind"].as_string() == "ConfigMap");
}

TEST_CASE_METHOD(Fixture, "errors slow down to one round of requests in half a minute, and say what they are") {
  api.fault = [](const std::string&, const net::Target&) { return test::status_response(403, "Forbidden", "no"); };
  start();
  CHECK(reflector->trouble() == "listing configmaps: 403 Forbidden: no");
  for (int i = 0; i < 600; ++i) pass(1s);
  CHECK(api.log.size() < 2 * (600 / 30 + 8));
  api.fault = nullptr;
  pass(61s);
  CHECK(store.synced());
  CHECK(reflector->trouble().empty());
}

TEST_CASE_METHOD(Fixture, "a list cut anywhere is no list") {
  api.watch_list = false;
  api.put("a");
  const std::string whole = R"({"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"11"},"items":[{"metadata":{"name":"a"}}]})";
  std::size_t cut = 0;
  api.fault = [&](const std::string& verb, const net::Target&) -> std::optional<net::Response> {
    if (verb != "list" || cut >= whole.size()) return std::nullopt;
    return test::json_response(200, whole.substr(0, cut));
  };
  start();
  while (cut < whole.size()) {
    CHECK_FALSE(store.synced());
    cut += 7;
    pass(61s);
  }
  CHECK(store.synced());
}

TEST_CASE_METHOD(Fixture, "a stop ends the reflector wherever it is") {
  start();
  CHECK(group.size() == 1);
  loop.run(group.stop());
  CHECK(group.size() == 0);
  CHECK(api.last_watch()->dropped());
}
