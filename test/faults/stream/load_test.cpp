// A server that is short of breath, or gone; all watches at once; a reader that is too slow.
#include <cmath>

#include "pkg/runtime/cache.h"
#include "test/faults/stream/fixture.h"
#include "test/support/heap.h"

using namespace slipway;
using namespace slipway::test;
using namespace std::chrono_literals;

namespace {

std::function<std::optional<net::Response>(const ModelServer::Ask&)> always(int code, std::string reason, std::optional<int> retry_after = {}) {
  return [=](const ModelServer::Ask&) -> std::optional<net::Response> { return status_answer(code, reason, "not now", retry_after); };
}

}  // namespace

TEST_CASE_METHOD(StreamFixture,
                 "18 a server that throttles is asked again after the time that it names and a little more, or with backoff; the watch does not relist") {
  start_with({"a"});
  SECTION("with Retry-After") {
    server.fault = always(429, "TooManyRequests", 20);
    server.close_all();
    loop.pass(2min);
    REQUIRE(server.asks.size() >= 4);
    for (std::size_t i = 1; i < server.asks.size(); ++i) CHECK(server.asks[i].at - server.asks[i - 1].at >= 20s);
  }
  SECTION("without") {
    server.fault = always(429, "TooManyRequests");
    server.close_all();
    loop.pass(2min);
    CHECK(server.asks.size() >= 4);
    CHECK(server.asks.size() <= 12);
  }
  CHECK(server.asked("list") + server.asked("stream") == 0);
  server.fault = {};
  server.put("b");
  loop.pass(1min);
  check_equal();
}

TEST_CASE_METHOD(StreamFixture, "18 a list that is throttled waits as long, too") {
  server.watch_list = false;
  server.put("a");
  server.fault = [](const ModelServer::Ask& ask) -> std::optional<net::Response> {
    if (ask.verb == "list") return status_answer(429, "TooManyRequests", "not now", 20);
    return std::nullopt;
  };
  start();
  loop.pass(90s);
  std::vector<async::TimePoint> lists;
  for (const auto& ask : server.asks)
    if (ask.verb == "list") lists.push_back(ask.at);
  REQUIRE(lists.size() >= 3);
  for (std::size_t i = 1; i < lists.size(); ++i) CHECK(lists[i] - lists[i - 1] >= 20s);
  server.fault = {};
  loop.pass(1min);
  check_equal();
}

TEST_CASE_METHOD(StreamFixture, "19 a minute of 500 and 503: requests become few, and those of several watches do not meet") {
  std::vector<std::unique_ptr<runtime::Store>> stores;
  std::vector<std::unique_ptr<runtime::Reflector>> reflectors;
  std::map<std::string, std::vector<async::TimePoint>> asked;
  for (int i = 0; i < 10; ++i) {
    stores.push_back(std::make_unique<runtime::Store>());
    runtime::ReflectorOptions o;
    o.cluster = "test";
    o.gvr = kube::res::kConfigMaps;
    o.seed = static_cast<std::uint64_t>(i + 1);
    reflectors.push_back(std::make_unique<runtime::Reflector>(server.client(), loop.executor(), *stores.back(), std::move(o)));
  }
  int turn = 0;
  server.fault = [&](const ModelServer::Ask&) -> std::optional<net::Response> {
    return ++turn % 2 == 0 ? status_answer(500, "InternalError", "no") : status_answer(503, "ServiceUnavailable", "no");
  };
  for (const auto& r : reflectors) group.spawn("reflector", r->run());
  loop.pass(5min);
  server.asks.clear();
  loop.pass(5min);
  // A round is a stream and then a list in its place: at most one a 30 s and watch.
  CHECK(server.asks.size() <= 10 * 2 * 11);
  CHECK(server.asks.size() >= 10 * 2 * 4);
  std::map<std::int64_t, int> by_tenth;  // of a second
  for (const auto& ask : server.asks)
    if (ask.verb == "stream") ++by_tenth[ask.at.time_since_epoch() / 100ms];
  for (const auto& [tenth, n] : by_tenth) CHECK(n <= 3);
  server.fault = {};
  loop.pass(2min);
  for (const auto& s : stores) CHECK(s->synced());
  loop.run(group.stop());
}

TEST_CASE_METHOD(StreamFixture, "20 after five minutes of refused connections the watch goes on, without a relist where its place is still known") {
  start_with({"a"});
  bool refused = true;
  server.fault = [&](const ModelServer::Ask&) -> std::optional<net::Response> {
    if (!refused) return std::nullopt;
    net::Response closed;
    closed.status = 0;  // no answer at all
    return closed;
  };
  server.reset_all();
  loop.pass(5min);
  server.put("b");
  CHECK(server.asks.size() <= 20);
  REQUIRE(reflector->outage());
  CHECK(loop.clock.now() - reflector->outage()->since >= 4min);
  refused = false;
  loop.pass(1min);
  CHECK(server.asked("list") + server.asked("stream") == 0);
  CHECK_FALSE(reflector->outage());
  CHECK(oracle.take_story() == Lines{"+b"});
  check_equal();
}

TEST_CASE_METHOD(StreamFixture, "20 a server that comes back and has forgotten the place is read again at once, not after one more long pause") {
  start_with({"a"});
  std::optional<async::TimePoint> back;
  bool refused = true;
  server.fault = [&](const ModelServer::Ask&) -> std::optional<net::Response> {
    if (!refused) {
      if (!back) back = loop.clock.now();
      return std::nullopt;
    }
    net::Response closed;
    closed.status = 0;
    return closed;
  };
  server.reset_all();
  loop.pass(5min);
  server.put("b");
  server.compact();
  refused = false;
  while (!back) loop.pass(1s);
  loop.pass(3s);
  CHECK(oracle.take_story() == Lines{"+b"});
  CHECK_FALSE(reflector->outage());
  check_equal();
}

TEST_CASE_METHOD(StreamFixture, "21 all watches dropped at once come back spread over a second, and nobody lists") {
  runtime::ClusterCache cache(server.client(), loop.executor(), "test");
  for (int i = 0; i < 50; ++i) server.put("o" + std::to_string(i));
  std::vector<runtime::Store*> stores;
  for (int i = 0; i < 20; ++i)
    stores.push_back(&cache.informer(kube::res::kConfigMaps, {.ns = "ns" + std::to_string(i), .label_selector = {}, .field_selector = {}, .project = {}}));
  loop.settle();
  REQUIRE(cache.synced());
  const std::size_t bytes = stores[0]->bytes();
  const std::size_t heap = heap_in_use();
  server.asks.clear();
  server.reset_all();
  loop.settle();
  CHECK(server.asks.size() <= 3);  // not all of them in the same moment
  loop.pass(1s);
  CHECK(server.asked("watch") == 20);
  CHECK(server.asked("list") + server.asked("stream") == 0);
  CHECK(stores[0]->bytes() == bytes);
  CHECK(heap_in_use() <= heap + heap * 3 / 10);
  for (auto* s : stores) CHECK(s->size() == 50);
  loop.run(cache.stop());
}

TEST_CASE_METHOD(StreamFixture, "49 ten thousand watches that come and go leave nothing on the heap") {
  for (int i = 0; i < 5; ++i) server.put("o" + std::to_string(i));
  runtime::ClusterCache cache(server.client(), loop.executor(), "test");
  const auto come_and_go = [&](int n) {
    for (int i = 0; i < n; ++i) {
      const runtime::InformerOptions options{.ns = "ns" + std::to_string(i), .label_selector = {}, .field_selector = {}, .project = {}};
      runtime::Store& store = cache.informer(kube::res::kConfigMaps, options);
      loop.settle();
      REQUIRE(store.size() == 5);
      loop.run(cache.remove_informer(kube::res::kConfigMaps, options));
      REQUIRE(server.open_streams().empty());
      server.asks.clear();
    }
  };
  come_and_go(100);
  const std::size_t heap = heap_in_use();
  come_and_go(10'000);
  CHECK(heap_in_use() <= heap + (64UL << 10U));
  loop.run(cache.stop());
}

TEST_CASE_METHOD(StreamFixture, "49 a thousand clusters that come and go leave nothing on the heap") {
  for (int i = 0; i < 5; ++i) server.put("o" + std::to_string(i));
  const auto come_and_go = [&](int n) {
    for (int i = 0; i < n; ++i) {
      runtime::ClusterCache cache(server.client(), loop.executor(), "cluster " + std::to_string(i));
      runtime::Store& store = cache.informer(kube::res::kConfigMaps);
      loop.settle();
      REQUIRE(store.size() == 5);
      loop.run(cache.stop());
      REQUIRE(server.open_streams().empty());
      server.asks.clear();
    }
  };
  come_and_go(100);
  const std::size_t heap = heap_in_use();
  come_and_go(1'000);
  CHECK(heap_in_use() <= heap + (64UL << 10U));
}

TEST_CASE_METHOD(StreamFixture, "22 a reader that stands still for a minute is cut off by the server, and catches up") {
  start_with({"a"});
  server.send_buffer = 100'000;
  // The loop's thread is stalled: nothing is read while the server goes on.
  for (int i = 0; i < 3000; ++i) server.put("o" + std::to_string(i % 100));
  CHECK(server.open_streams().empty());
  loop.clock.advance(1min);
  loop.settle();
  server.send_buffer = 64UL << 20U;
  back_off();
  CHECK(server.asked("watch") >= 1);
  check_equal();
}
