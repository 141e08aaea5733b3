// How a request gets its answer: warnings, the lane for writes, metrics.
#include "pkg/kube/detail/caller.h"

#include <catch2/catch_test_macros.hpp>

#include "pkg/async/task_group.h"
#include "pkg/kube/detail/write_lane.h"
#include "pkg/log/log.h"
#include "pkg/metrics/metrics.h"
#include "test/unit/kube/fake.h"

using namespace slipway;
using namespace slipway::kube;
using namespace std::chrono_literals;
using Lane = detail::WriteLane;

namespace {

async::Awaitable<void> enter(Lane* lane, async::Deadline deadline, std::vector<Status>* out) {
  auto entered = co_await lane->enter(deadline);
  out->push_back(std::move(entered));
}

struct LaneWorld {
  test::Loop loop;
  Lane lane{loop.clock, 8};
  std::vector<Status> entered;
  async::TaskGroup tasks{loop.executor()};
  LaneWorld() = default;
  LaneWorld(const LaneWorld&) = delete;
  LaneWorld& operator=(const LaneWorld&) = delete;
  ~LaneWorld() { loop.run(tasks.stop()); }
  void come(int n, async::Duration patience = 1h) {
    for (int i = 0; i < n; ++i) tasks.spawn("write", enter(&lane, loop.clock.after(patience), &entered));
    loop.settle();
  }
  void leave(Lane::Outcome outcome, int n = 1) {
    for (int i = 0; i < n; ++i) lane.leave(outcome);
    loop.settle();
  }
};

}  // namespace

TEST_CASE("a warning of the server is logged once for each text") {
  test::Loop loop;
  test::FakeServer server(loop);
  server.answer = [](const net::Request&) {
    auto response = test::json_response(200, R"({"kind":"ConfigMap"})");
    response.headers.add("Warning", "299 - \"v1beta1 is \\\"old\\\"\"");
    response.headers.add("warning", "299 - \"another\"");
    response.headers.add("Warning", "199 - \"not for us\"");
    return response;
  };
  const auto client = server.client();
  std::string text;
  {
    const log::Capture capture(text);
    for (int i = 0; i < 3; ++i) CHECK(loop.run(client->get(res::kConfigMaps, {"x", "a"})));
  }
  const auto times = [&](std::string_view part) {
    int n = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
    return n;
  };
  CHECK(times("the API server warns") == 2);
  CHECK(times("v1beta1 is ") == 1);
  CHECK(times("another") == 1);
  CHECK(times("not for us") == 0);
}

TEST_CASE("the text of a warning is cut, cleaned of control characters, and nothing where the header is broken") {
  CHECK(detail::warning_text("299 - \"a \\\\ b\" \"Wed, 21 Oct 2026 07:28:00 GMT\"") == "a \\ b");
  CHECK(detail::warning_text("299 - \"a\tb\"") == "a b");
  CHECK(detail::warning_text("299 - \"" + std::string(5000, 'x') + "\"").size() < 1100);
  for (const char* broken : {"", "299", "299 - x", "214 - \"x\"", "2990 - \"x\"", "299 - \"\xff\""}) CHECK(detail::warning_text(broken).empty());
}

TEST_CASE("as many writes are under way as the lane is wide, and the next comes when one leaves") {
  LaneWorld world;
  world.come(10);
  CHECK(world.entered.size() == 8);
  CHECK(world.lane.in_flight() == 8);
  world.leave(Lane::Outcome::Done);
  CHECK(world.entered.size() == 9);
  world.leave(Lane::Outcome::Unknown, 2);
  CHECK(world.entered.size() == 10);
}

TEST_CASE("a 429 halves the lane, once for many at the same time, and answers widen it again") {
  LaneWorld world;
  world.come(8);
  world.leave(Lane::Outcome::Throttled, 8);
  CHECK(world.lane.limit() == 4);
  for (const std::size_t limit : {2U, 1U, 1U}) {
    world.loop.pass(1s);
    world.come(1);
    world.leave(Lane::Outcome::Throttled);
    CHECK(world.lane.limit() == limit);
  }
  for (int i = 0; i < 100; ++i) {
    world.come(1);
    world.leave(Lane::Outcome::Done);
  }
  CHECK(world.lane.limit() == 8);
}

TEST_CASE("a write that would wait past its deadline is told how long the server wants peace") {
  LaneWorld world;
  world.lane.pause_until(world.loop.clock.now() + 20s);
  world.come(1, 5s);
  world.come(1, 1min);
  world.loop.pass(5s);
  REQUIRE(world.entered.size() == 1);
  REQUIRE_FALSE(world.entered[0]);
  CHECK(world.entered[0].error().is(Disposition::TooManyRequests));
  CHECK(world.entered[0].error().status()->retry_after == 15s);
  world.loop.pass(15s);
  REQUIRE(world.entered.size() == 2);
  CHECK(world.entered[1]);
}

TEST_CASE("rest_client_* have client-go's names, labels and buckets, and go with their client") {
  test::Loop loop;
  test::FakeServer server(loop);
  int asked = 0;
  server.answer = [&](const net::Request&) {
    auto response = ++asked == 1 ? test::status_response(503, "ServiceUnavailable", "later") : test::json_response(200, R"({"kind":"ConfigMap"})");
    if (asked == 1) response.headers.set("Retry-After", "1");
    return response;
  };
  {
    const auto client = make_client(server.transport(), loop.clock, "https://metrics.example:6443/prefix");
    CHECK(loop.run(client->create(res::kConfigMaps, make_object("v1", "ConfigMap", {"x", "a"}), {})));
    const std::string text = metrics::registry().expose();
    for (const char* line : {
             "rest_client_requests_total{code=\"503\",host=\"metrics.example:6443\",method=\"POST\"} 1",
             "rest_client_requests_total{code=\"200\",host=\"metrics.example:6443\",method=\"POST\"} 1",
             "rest_client_request_retries_total{code=\"503\",host=\"metrics.example:6443\",verb=\"POST\"} 1",
             "rest_client_request_duration_seconds_bucket{host=\"metrics.example:6443\",verb=\"POST\",le=\"0.005\"} 2",
             "rest_client_request_duration_seconds_bucket{host=\"metrics.example:6443\",verb=\"POST\",le=\"60\"} 2",
             "rest_client_rate_limiter_duration_seconds_count{host=\"metrics.example:6443\",verb=\"POST\"} 2",
             "rest_client_request_size_bytes_bucket{host=\"metrics.example:6443\",verb=\"POST\",le=\"256\"} 2",
             "rest_client_response_size_bytes_bucket{host=\"metrics.example:6443\",verb=\"POST\",le=\"64\"} 1",
         }) {
      INFO(line);
      CHECK(text.contains(line));
    }
  }
  CHECK_FALSE(metrics::registry().expose().contains("metrics.example"));
}
