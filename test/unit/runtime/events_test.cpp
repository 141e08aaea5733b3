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
  // ".../namespaces/NS/events/NAME" -> "NS/NAME"
  static std::string split(const std::string& path) {
    const auto ns = path.find("namespaces/") + 11;
    const auto events = path.find("/events/");
    return path.substr(ns, events - ns) + "/" + path.substr(events + 8);
  }
  void start() { group.spawn("events", recorder.run()); }
  [[nodiscard]] const kube::Object& only() const {
    REQUIRE(stored.size() == 1);
    return stored.begin()->second;
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "an event says what describe shows, in the words of events.k8s.io/v1") {
  start();
  recorder.normal(about, "ClusterCreated", "applied Cluster team/a", "CreateCluster");
  loop.settle();
  const kube::Object& e = only();
  CHECK(e["apiVersion"].as_string() == "events.k8s.io/v1");
  CHECK(server.last().target.starts_with("/apis/events.k8s.io/v1/namespaces/team/events"));
  CHECK(kube::name_of(e).starts_with("a."));
  CHECK(e["regarding"] == json::parse(R"({"apiVersion":"slipway.dev/v1alpha1","kind":"WorkloadCluster","namespace":"team","name":"a","uid":"u1"})").value());
  CHECK(e["type"].as_string() == "Normal");
  CHECK(e["reason"].as_string() == "ClusterCreated");
  CHECK(e["action"].as_string() == "CreateCluster");
  CHECK(e["note"].as_string() == "applied Cluster team/a");
  CHECK(e["reportingController"].as_string() == "slipway");
  CHECK(e["reportingInstance"].as_string() == "host-1");
  CHECK(e["eventTime"].as_string() == "2026-01-01T00:00:00.000000Z");
  CHECK(e["series"].is_null());
}

TEST_CASE_METHOD(Fixture, "the second of a kind makes a series of it; more of them are only counted until the series ends") {
  start();
  for (int i = 0; i < 5; ++i) {
    recorder.warning(about, "NotReady", "0/3 nodes");
    loop.settle();
    loop.pass(10s);
  }
  CHECK(only()["series"]["count"].as_int() == 2);
  CHECK(only()["series"]["lastObservedTime"].as_string() == "2026-01-01T00:00:10.000000Z");
  CHECK(server.requests.size() == 2);
  loop.pass(6min);
  CHECK(only()["series"]["count"].as_int() == 5);
  CHECK(server.requests.size() == 3);
  recorder.warning(about, "NotReady", "0/3 nodes");
  loop.settle();
  CHECK(stored.size() == 2);  // a new one, after the silence
}

TEST_CASE_METHOD(Fixture, "a series that goes on is written every half hour") {
  start();
  for (int minute = 0; minute < 65; ++minute) {
    recorder.warning(about, "NotReady", "0/3 nodes");
    loop.pass(1min);
  }
  CHECK(server.requests.size() == 4);  // the first; the second after a minute; 30 minutes later; and again
  CHECK(only()["series"]["count"].as_int() == 61);
}

TEST_CASE_METHOD(Fixture, "another note is another event") {
  start();
  recorder.warning(about, "NotReady", "0/3 nodes");
  recorder.warning(about, "NotReady", "1/3 nodes");
  loop.settle();
  CHECK(stored.size() == 2);
}

TEST_CASE_METHOD(Fixture, "repeats that come before the first was sent go out as one") {
  for (int i = 0; i < 4; ++i) recorder.normal(about, "Same", "m");
  start();
  loop.settle();
  CHECK(server.requests.size() == 1);
  CHECK(only()["series"]["count"].as_int() == 4);
}

TEST_CASE_METHOD(Fixture, "an event that the server has forgotten is made again") {
  start();
  recorder.normal(about, "Same", "m");
  loop.settle();
  stored.clear();
  recorder.normal(about, "Same", "m");
  loop.settle();
  CHECK(only()["series"]["count"].as_int() == 2);
  CHECK(server.requests.size() == 3);
}

TEST_CASE_METHOD(Fixture, "an event whose answer was lost is not made twice") {
  start();
  int answers = 0;
  server.answer = [&](const net::Request&) {
    return ++answers == 1 ? net::Response(0, "", "") : test::status_response(409, "AlreadyExists", "events \"a.1\" already exists");
  };
  recorder.normal(about, "Same", "m");
  loop.pass(5min);
  CHECK(answers == 2);
  CHECK(server.requests.front().body == server.requests.back().body);
}

TEST_CASE_METHOD(Fixture, "a server without events.k8s.io gets core/v1 events, and is asked once only") {
  start();
  const auto newer = server.answer;
  server.answer = [&](const net::Request& r) {
    if (r.target.starts_with("/apis/")) return test::status_response(404, "NotFound", "the server could not find the requested resource");
    return newer(r);
  };
  recorder.normal(about, "Same", "m");
  loop.settle();
  recorder.normal(about, "Same", "m");
  loop.settle();
  CHECK(server.requests.size() == 3);
  const kube::Object& e = only();
  CHECK(e["apiVersion"].as_string() == "v1");
  CHECK(e["involvedObject"]["uid"].as_string() == "u1");
  CHECK(e["message"].as_string() == "m");
  CHECK(e["source"]["component"].as_string() == "slipway");
  CHECK(e["count"].as_int() == 2);
}

TEST_CASE_METHOD(Fixture, "a refusal is final; a server that is not reached is tried twelve times") {
  int answers = 0;
  server.answer = [&](const net::Request&) {
    ++answers;
    return test::status_response(403, "Forbidden", "unable to create new content in namespace team because it is being terminated");
  };
  start();
  recorder.normal(about, "A", "m");
  loop.pass(10min);
  CHECK(answers == 1);
  answers = 0;
  server.answer = [&](const net::Request&) {
    ++answers;
    return net::Response(0, "", "");
  };
  recorder.normal(about, "B", "m");
  loop.pass(10min);
  CHECK(answers == 12);
  CHECK(recorder.queued() == 0);
}

TEST_CASE_METHOD(Fixture, "what is queued at the end is sent by flush, with the last counts, within its deadline") {
  start();
  for (int i = 0; i < 7; ++i) recorder.normal(about, "Often", "words");
  loop.settle();
  for (int i = 0; i < 2; ++i) recorder.normal(about, "Often", "words");
  loop.settle();
  recorder.normal(about, "Often", "words");
  loop.run(group.stop());
  recorder.normal(about, "Last", "words");
  CHECK(loop.run(recorder.flush(loop.clock.after(5s))));
  REQUIRE(stored.size() == 2);
  std::int64_t most = 0;
  for (const auto& [key, e] : stored) most = std::max(most, e["series"]["count"].as_int());
  CHECK(most == 10);
  server.answer = [](const net::Request&) { return net::Response(0, "", ""); };
  recorder.normal(about, "Lost", "words");
  const auto flushed = loop.run(recorder.flush(loop.clock.after(5s)));
  REQUIRE_FALSE(flushed);
  CHECK(flushed.error().is(Disposition::Timeout));
}
