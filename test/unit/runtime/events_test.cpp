#include "pkg/runtime/events.h"

#include <catch2/catch_test_macros.hpp>

#include "pkg/async/task_group.h"
#include "test/unit/kube/fake.h"

using namespace slipway;
using namespace slipway::runtime;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  test::Loop loop;
  test::FakeServer server{loop};
  std::map<std::string, kube::Object> stored;
  EventRecorder recorder{server.client(), loop.io.get_executor(), {.component = "slipway", .instance = "host-1"}};
  async::TaskGroup group{loop.io.get_executor()};
  kube::Object about;
  Fixture() {
    about = kube::make_object("slipway.dev/v1alpha1", "WorkloadCluster", {"team", "a"});
    about.ref("metadata").set("uid", "u1");
    server.answer = [this](const net::Request& r) {
      auto body = json::parse(r.body).value();
      if (r.method == "POST") {
        stored[kube::key_of(body).to_string()] = body;
        return test::json_response(201, r.body);
      }
      const auto path = net::parse_target(r.target).value().path;
      const auto parts = split(path);
      const auto it = stored.find(parts);
      if (it == stored.end()) return test::status_response(404, "NotFound", "no such event");
      json::merge_patch(it->second, body);
      return test::json_response(200, json::dump(it->second));
    };
  }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;
  ~Fixture() { loop.run(group.stop()); }
  // "/api/v1/namespaces/NS/events/NAME" -> "NS/NAME"
  static std::string split(const std::string& path) {
    const auto ns = path.find("namespaces/") + 11;
    const auto events = path.find("/events/");
    return path.substr(ns, events - ns) + "/" + path.substr(events + 8);
  }
  void start() { group.spawn("events", recorder.run()); }
  void settle() {
    do loop.io.restart();
    while (loop.io.poll() > 0);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "an event says what describe shows") {
  start();
  recorder.normal(about, "ClusterCreated", "applied Cluster team/a");
  settle();
  REQUIRE(stored.size() == 1);
  const auto& e = stored.begin()->second;
  CHECK(kube::namespace_of(e) == "team");
  CHECK(kube::name_of(e).starts_with("a."));
  CHECK(e["involvedObject"] ==
        json::parse(R"({"apiVersion":"slipway.dev/v1alpha1","kind":"WorkloadCluster","namespace":"team","name":"a","uid":"u1"})").value());
  CHECK(e["type"].as_string() == "Normal");
  CHECK(e["reason"].as_string() == "ClusterCreated");
  CHECK(e["count"].as_int() == 1);
  CHECK(e["source"]["component"].as_string() == "slipway");
  CHECK(e["firstTimestamp"].as_string() == "2026-01-01T00:00:00Z");
}

TEST_CASE_METHOD(Fixture, "the same event again raises the count of the one that is there") {
  start();
  for (int i = 0; i < 5; ++i) {
    recorder.warning(about, "NotReady", "0/3 nodes");
    settle();
    loop.clock.advance(10s);
  }
  recorder.warning(about, "NotReady", "1/3 nodes");
  settle();
  CHECK(stored.size() == 2);
  std::int64_t most = 0;
  for (const auto& [key, e] : stored) most = std::max(most, e["count"].as_int());
  CHECK(most == 5);
  CHECK(server.requests.size() == 6);
}

TEST_CASE_METHOD(Fixture, "repeats that come before the first was sent go out as one") {
  for (int i = 0; i < 4; ++i) recorder.normal(about, "Same", "m");
  start();
  settle();
  CHECK(server.requests.size() == 1);
  CHECK(stored.begin()->second["count"].as_int() == 4);
}

TEST_CASE_METHOD(Fixture, "an event that the server has forgotten is made again") {
  start();
  recorder.normal(about, "Same", "m");
  settle();
  stored.clear();
  recorder.normal(about, "Same", "m");
  settle();
  REQUIRE(stored.size() == 1);
  CHECK(stored.begin()->second["count"].as_int() == 2);
}

TEST_CASE_METHOD(Fixture, "a loop cannot flood: twenty-five at once, then one in five minutes, for each object") {
  start();
  for (int i = 0; i < 1000; ++i) recorder.normal(about, "Loop", "message " + std::to_string(i));
  settle();
  CHECK(server.requests.size() == 25);
  auto other = about;
  other.ref("metadata").set("uid", "u2");
  recorder.normal(other, "Fine", "m");
  settle();
  CHECK(server.requests.size() == 26);
  loop.clock.advance(300s);
  recorder.normal(about, "Loop", "later");
  recorder.normal(about, "Loop", "too much");
  settle();
  CHECK(server.requests.size() == 27);
}

TEST_CASE_METHOD(Fixture, "the queue is bounded while nobody sends") {
  for (int i = 0; i < 3000; ++i) {
    about.ref("metadata").set("uid", "u" + std::to_string(i));
    recorder.normal(about, "Many", "m");
  }
  CHECK(recorder.queued() == 1000);
}

TEST_CASE_METHOD(Fixture, "a refusal is final; a server that is not reached is tried a few times") {
  int answers = 0;
  server.answer = [&](const net::Request&) {
    ++answers;
    return test::status_response(403, "Forbidden", "namespace is terminating");
  };
  start();
  recorder.normal(about, "A", "m");
  settle();
  CHECK(answers == 1);
  server.answer = [&](const net::Request&) {
    ++answers;
    return net::Response(0, "", "");
  };
  recorder.normal(about, "B", "m");
  for (int i = 0; i < 100; ++i) {
    settle();
    loop.clock.advance(1s);
  }
  CHECK(answers == 6);
  CHECK(recorder.queued() == 0);
}

TEST_CASE_METHOD(Fixture, "what is queued at the end is sent by flush, within its deadline") {
  recorder.normal(about, "Last", "words");
  CHECK(loop.run(recorder.flush(loop.clock.after(5s))));
  CHECK(stored.size() == 1);
  server.answer = [](const net::Request&) { return net::Response(0, "", ""); };
  recorder.normal(about, "Lost", "words");
  const auto flushed = loop.run(recorder.flush(loop.clock.after(5s)));
  REQUIRE_FALSE(flushed);
  CHECK(flushed.error().is(Disposition::Timeout));
}

TEST_CASE_METHOD(Fixture, "cluster-scoped objects have their events in default, and long texts are cut") {
  start();
  auto node = kube::make_object("v1", "Node", {"", std::string(253, 'n')});
  recorder.normal(node, std::string(500, 'R'), std::string(5000, 'm'));
  settle();
  const auto& e = stored.begin()->second;
  CHECK(kube::namespace_of(e) == "default");
  CHECK(kube::name_of(e).size() <= 253);
  CHECK(e["reason"].as_string().size() == 128);
  CHECK(e["message"].as_string().size() == 1024);
}
