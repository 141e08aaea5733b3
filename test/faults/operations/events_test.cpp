#include "pkg/runtime/events.h"

#include <catch2/catch_test_macros.hpp>

#include "pkg/async/task_group.h"
#include "pkg/metrics/metrics.h"
#include "test/unit/kube/fake.h"

using namespace slipway;
using namespace slipway::runtime;
using namespace std::chrono_literals;

namespace {

struct Sink {
  test::Loop loop;
  test::FakeServer server{loop};
  EventRecorder recorder{server.client(), loop.executor()};
  async::TaskGroup group{loop.executor()};
  std::uint64_t creates = 0;
  std::uint64_t patches = 0;
  std::int64_t last_count = 0;
  Sink() {
    server.answer = [this](const net::Request& r) {
      ++(r.method == "POST" ? creates : patches);
      last_count = std::max(last_count, json::parse(r.body).value()["series"]["count"].as_int());
      return test::json_response(200, r.body);
    };
    group.spawn("events", recorder.run());
  }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  ~Sink() { loop.run(group.stop()); }

  static kube::Object object(int n) {
    kube::Object o = kube::make_object("slipway.dev/v1alpha1", "WorkloadCluster", {"team", "c" + std::to_string(n)});
    o.ref("metadata").set("uid", "u" + std::to_string(n));
    return o;
  }
  static double dropped(const std::string& reason) {
    const std::string text = metrics::registry().expose();
    const std::string series = "slipway_events_dropped_total{reason=\"" + reason + "\"} ";
    const auto at = text.find(series);
    return at == std::string::npos ? 0 : std::stod(text.substr(at + series.size()));
  }
};

}  // namespace

TEST_CASE_METHOD(Sink, "53 ten thousand identical events are one create and a few patches, and the count is exact in the end") {
  for (int i = 0; i < 10'000; ++i) {
    recorder.warning(object(1), "NotReady", "0/3 nodes");
    loop.pass(1s);
  }
  loop.pass(10min);
  CHECK(creates == 1);
  CHECK(patches == 7);  // the second, five half-hours, and the end
  CHECK(last_count == 10'000);
}

TEST_CASE_METHOD(Sink, "53 ten thousand distinct events about one object are capped") {
  const double before = dropped("rate_limited");
  for (int i = 0; i < 10'000; ++i) {
    recorder.warning(object(1), "NotReady", "attempt " + std::to_string(i));
    loop.pass(1s);
  }
  CHECK(creates == 25 + 10'000 / 300);
  CHECK(dropped("rate_limited") - before == 10'000.0 - static_cast<double>(creates));
}

TEST_CASE_METHOD(Sink, "53 ten thousand distinct events about as many objects wait in a bounded queue, and those beyond are counted") {
  const double before = dropped("queue_full");
  for (int i = 0; i < 10'000; ++i) recorder.normal(object(i), "Created", "m");
  CHECK(recorder.queued() == 1000);
  CHECK(dropped("queue_full") - before == 9000);
  loop.pass(1s);
  CHECK(creates == 1000);
  CHECK(recorder.queued() == 0);
}

TEST_CASE_METHOD(Sink, "53 while the sink is down events wait, oldest first, and are given up after two minutes each") {
  const double before = dropped("unreachable");
  bool down = true;
  std::vector<std::string> arrived;
  server.answer = [&](const net::Request& r) {
    if (down) return net::Response(0, "", "");
    arrived.push_back(json::parse(r.body).value()["note"].str());
    return test::json_response(200, r.body);
  };
  for (int i = 0; i < 3; ++i) recorder.normal(object(i), "Created", "note " + std::to_string(i));
  loop.pass(140s);
  CHECK(dropped("unreachable") - before == 1);
  down = false;
  loop.pass(15s);
  CHECK(arrived == std::vector<std::string>{"note 1", "note 2"});
}

TEST_CASE_METHOD(Sink, "53 a namespace that terminates refuses once, and nothing is tried again") {
  const double before = dropped("refused");
  server.answer = [this](const net::Request&) {
    ++creates;
    return test::status_response(403, "Forbidden",
                                 "events \"c1.1\" is forbidden: unable to create new content in namespace team because it is being terminated");
  };
  recorder.normal(object(1), "Deleted", "m");
  loop.pass(10min);
  CHECK(creates == 1);
  CHECK(dropped("refused") - before == 1);
}
