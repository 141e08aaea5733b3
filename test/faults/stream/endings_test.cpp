// How streams end: in order, cut, silent, at once.
#include "test/faults/stream/fixture.h"

using namespace slipway;
using namespace slipway::test;
using namespace std::chrono_literals;

namespace {

// Accepts a watch and never sends a header, as a half-open connection of a pool does.
class DeafTransport final : public net::Transport {
 public:
  DeafTransport(std::shared_ptr<net::Transport> inner, Loop& loop) : inner_(std::move(inner)), loop_(loop), never_(loop.executor()) {}
  async::Awaitable<Result<net::Response>> send(net::Request request, async::Deadline deadline) override { return inner_->send(std::move(request), deadline); }
  async::Awaitable<Result<net::Response>> open(net::Request request, async::Deadline headers) override { return answer(std::move(request), headers); }
  bool deaf = false;
  std::vector<async::Duration> waits;

 private:
  async::Awaitable<Result<net::Response>> answer(net::Request request, async::Deadline headers) {
    if (deaf) {
      waits.push_back(headers.at - loop_.clock.now());
      Status woken = co_await never_.wait(loop_.clock, headers);
      if (!woken) co_return fail(std::move(woken).error().in("no answer"));
    }
    Result<net::Response> response = co_await inner_->open(std::move(request), headers);
    co_return response;
  }
  std::shared_ptr<net::Transport> inner_;
  Loop& loop_;
  async::Event never_;
};

}  // namespace

TEST_CASE_METHOD(StreamFixture, "01 a watch that the server ends in time goes on from the same place: no relist, no backoff, nothing told twice") {
  start_with({"a", "b"});
  const auto rv = std::to_string(server.rv);
  for (int i = 0; i < 5; ++i) {
    loop.pass(5min);
    server.close_all();
    loop.settle();
  }
  CHECK(server.take_log() == Lines(5, "watch rv=" + rv));
  CHECK(oracle.take_story() == Lines());
  CHECK_FALSE(reflector->outage());
  server.put("c");
  loop.settle();
  CHECK(oracle.take_story() == Lines{"+c"});
  check_equal();
}

TEST_CASE_METHOD(StreamFixture, "02 a connection cut at any byte of an event: the rest is discarded, and nothing is lost or told twice") {
  start_with({"a"});
  const std::size_t length = [&] {
    server.put("a");
    return frame("MODIFIED", server.objects.at("a")).size();
  }();
  loop.settle();
  oracle.take_story();
  for (std::size_t cut = 0; cut <= length; cut += cut < 8 || cut > length - 8 ? 1 : 13) {
    CAPTURE(cut);
    const auto streams = server.open_streams();
    REQUIRE(streams.size() == 1);
    const auto stream = streams.front();
    // The event happens, and only so many of its bytes arrive.
    stream->go_silent();
    server.put("a");
    const std::string whole = frame("MODIFIED", server.objects.at("a"));
    stream->break_after(whole.substr(0, cut));
    back_off();
    CHECK(oracle.take_story() == Lines{"~a"});
    check_equal();
  }
  CHECK(server.asked("list") + server.asked("stream") == 0);
}

TEST_CASE_METHOD(StreamFixture, "03 a half-open connection is noticed by the bookmarks that stay away, and by the server's time-out before the first two") {
  start_with({"a"});
  SECTION("the server's time-out") {
    server.last()->go_silent();
    server.put("b");
    loop.pass(4min);
    CHECK(server.asked("watch") == 0);
    loop.pass(6min + 7s);
    CHECK(server.asked("watch") == 1);
  }
  SECTION("three bookmarks that stay away") {
    for (int i = 0; i < 3; ++i) {
      loop.pass(40s);
      server.bookmark();
      loop.settle();
    }
    server.last()->go_silent();
    server.put("b");
    loop.pass(119s);
    CHECK(server.asked("watch") == 0);
    loop.pass(3s);
    CHECK(server.asked("watch") == 1);
  }
  SECTION("never before 90 seconds, however fast the bookmarks came") {
    for (int i = 0; i < 3; ++i) {
      loop.pass(2s);
      server.bookmark();
      loop.settle();
    }
    server.last()->go_silent();
    server.put("b");
    loop.pass(89s);
    CHECK(server.asked("watch") == 0);
    loop.pass(3s);
    CHECK(server.asked("watch") == 1);
  }
  CHECK(server.asked("list") + server.asked("stream") == 0);
  CHECK(exposed("slipway_watch_restarts_total{cluster=\"test\",reason=\"silent\",resource=\"configmaps.v1\"}"));
  check_equal();
}

TEST_CASE_METHOD(StreamFixture, "04 a connection whose headers never arrive is given up after 30 seconds and tried again") {
  auto transport = std::make_shared<DeafTransport>(server.transport(), loop);
  server.put("a");
  start(kube::make_client(transport, loop.clock, "https://model:6443"));
  REQUIRE(store.synced());
  transport->deaf = true;
  server.put("b");
  loop.settle();
  server.close_all();
  loop.settle();
  server.take_log();
  REQUIRE(transport->waits == std::vector<async::Duration>{30s});
  server.put("c");
  loop.pass(31s);
  REQUIRE(reflector->outage());
  CHECK(reflector->outage()->error == "watching configmaps: no answer: the deadline passed");
  transport->deaf = false;
  loop.pass(40s);
  CHECK(server.asked("watch") == 1);
  CHECK(server.asked("list") + server.asked("stream") == 0);
  CHECK_FALSE(reflector->outage());
  check_equal();
}

TEST_CASE_METHOD(StreamFixture, "07 a watch that opens and closes at once, again and again, relists with backoff") {
  start_with({"a"});
  server.after_open = [](ModelServer::Stream& s) { s.close(); };
  server.watch_list = false;
  server.close_all();
  loop.pass(10min);
  // Steps of 0.8 s and doubled up to 30 s, each up to twice as long by jitter: 20 to 50 in ten minutes, with three requests a round at most.
  CHECK(server.asks.size() > 12);
  CHECK(server.asks.size() < 150);
  CHECK(server.asked("list") > 3);
  for (std::size_t i = 12; i + 3 < server.asks.size(); ++i) CHECK(server.asks[i + 3].at - server.asks[i].at > 10s);
  server.after_open = {};
  server.put("b");
  loop.pass(2min);
  check_equal();
}
