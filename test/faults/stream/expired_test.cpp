// The server has forgotten the place, or does not know it yet; complete reads that fail half way.
#include "test/faults/stream/fixture.h"

using namespace slipway;
using namespace slipway::test;
using namespace std::chrono_literals;

namespace {

// The watch missed something, and cannot be resumed.
void lose_the_place(StreamFixture& f) {
  f.server.last()->go_silent();
  f.server.put("new");
  f.server.remove("a");
  f.server.compact();
}

}  // namespace

TEST_CASE_METHOD(StreamFixture, "05 a 410 in the stream: read again at the last place, with deletions for what vanished") {
  start_with({"a", "b"});
  const auto place = std::to_string(server.rv);
  lose_the_place(*this);
  SECTION("by stream") {
    server.last()->fail_with(frame("ERROR", json::parse(status_answer(410, "Expired", "too old").body).value()));
    back_off();
    CHECK(server.take_log() == Lines{"stream rv=" + place});
  }
  SECTION("by list, and the list is expired too") {
    server.watch_list = false;
    server.fault = [place](const ModelServer::Ask& ask) -> std::optional<net::Response> {
      if (ask.verb == "list" && ask.rv == place) return status_answer(410, "Expired", "too old");
      return std::nullopt;
    };
    server.last()->fail_with(frame("ERROR", json::parse(status_answer(410, "Expired", "too old").body).value()));
    back_off();
    CHECK(server.take_log() == Lines{"stream rv=" + place, "list rv=" + place, "list rv=", "watch rv=" + std::to_string(server.rv)});
  }
  CHECK(oracle.take_story() == Lines{"-a", "+new"});
  check_equal();
}

TEST_CASE_METHOD(StreamFixture, "06 a 410 as the answer to a watch is the same as one in the stream") {
  start_with({"a", "b"});
  const auto place = std::to_string(server.rv);
  server.error_in_stream = false;
  lose_the_place(*this);
  server.last()->fail_with("");
  back_off();
  CHECK(server.asked("watch") == 1);
  back_off();
  CHECK(server.take_log() == Lines{"watch rv=" + place, "stream rv=" + place});
  CHECK(oracle.take_story() == Lines{"-a", "+new"});
  check_equal();
}

TEST_CASE_METHOD(StreamFixture, "08 after a failover to a server that lags, the most recent state is asked for once, and the store never goes back") {
  start_with({"a"});
  server.put("a");
  loop.settle();
  const auto place = server.rv;
  SECTION("the server says so") {
    server.fault = [](const ModelServer::Ask& ask) -> std::optional<net::Response> {
      if (!ask.rv.empty()) return status_answer(504, "Timeout", "Too large resource version: " + ask.rv + ", current: 3", 1);
      return std::nullopt;
    };
    server.close_all();
    loop.pass(10s);
    const Lines log = server.take_log();
    CHECK(std::ranges::count(log, "stream rv=") == 1);
  }
  SECTION("the server answers with an older state than it was asked for") {
    server.watch_list = false;
    bool lagging = true;
    server.fault = [&](const ModelServer::Ask& ask) -> std::optional<net::Response> {
      if (ask.verb == "watch" && lagging) return status_answer(410, "Expired", "too old");
      if (ask.verb == "list" && !ask.rv.empty()) {
        lagging = false;
        return net::Response(200, "application/json", R"({"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"3"},"items":[]})");
      }
      return std::nullopt;
    };
    server.close_all();
    loop.pass(10s);
    const Lines log = server.take_log();
    CHECK(std::ranges::count(log, "list rv=") == 1);
  }
  CHECK(store.size() == 1);
  CHECK(oracle.take_story() == Lines{"~a"});
  CHECK(std::stoull(store.resource_version()) >= place);
  server.fault = {};
  server.put("a");
  loop.pass(1min);
  check_equal();
}

TEST_CASE_METHOD(StreamFixture, "09 a page that expires in the middle of a list leads to one whole list; no half of it ever shows") {
  server.watch_list = false;
  for (int i = 0; i < 20; ++i) server.put("o" + std::to_string(i));
  int pages = 0;
  server.fault = [&](const ModelServer::Ask& ask) -> std::optional<net::Response> {
    if (ask.verb == "list") CHECK(store.size() == 0);
    if (!ask.page.empty() && ++pages == 2) return status_answer(410, "Expired", "The provided continue parameter is too old");
    return std::nullopt;
  };
  start();
  server.fault = {};
  CHECK(server.take_log() == Lines{"stream rv=", "list rv=", "list page", "list page", "list rv=", "watch rv=" + std::to_string(server.rv)});
  CHECK(store.size() == 20);
  check_equal();
}

TEST_CASE_METHOD(StreamFixture, "10 a list cut at any byte is rejected: the store does not change, and the list is tried again") {
  start_with({"a", "b", "c"});
  server.watch_list = false;
  const auto whole = [&] {
    std::string items;
    for (const auto& [name, o] : server.objects) items += (items.empty() ? "" : ",") + json::dump(o);
    return R"({"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":")" + std::to_string(server.rv) + R"("},"items":[)" + items + "]}";
  };
  std::size_t cut = 0;
  server.fault = [&](const ModelServer::Ask& ask) -> std::optional<net::Response> {
    if (ask.verb == "watch") return status_answer(410, "Expired", "too old");
    if (ask.verb != "list") return std::nullopt;
    return net::Response(200, "application/json", whole().substr(0, cut));
  };
  server.close_all();
  const std::size_t length = whole().size();
  for (cut = 0; cut < length; cut += 1 + cut % 7) {
    CAPTURE(cut);
    server.asks.clear();
    loop.pass(2min);
    CHECK(server.asked("list") > 0);
    REQUIRE(store.size() == 3);
    REQUIRE(oracle.take_story() == Lines());
  }
  REQUIRE(reflector->outage());
  server.remove("b");
  server.fault = {};
  loop.pass(2min);
  CHECK(oracle.take_story() == Lines{"-b"});
  CHECK_FALSE(reflector->outage());
  check_equal();
}

TEST_CASE_METHOD(StreamFixture, "11 initial events that never end, that break off, that are refused, or whose bookmark says nothing") {
  server.put("a");
  SECTION("no end: the server is listed after half a minute of silence") {
    server.end_bookmark = false;
    start();
    loop.pass(29s);
    CHECK_FALSE(store.synced());
    CHECK(server.asked("list") == 0);
    loop.pass(12s);
    CHECK(server.asked("list") == 1);
  }
  SECTION("closed before the end: what came is discarded, and asked for again") {
    server.end_bookmark = false;
    start();
    server.objects.clear();
    server.last()->close();
    loop.settle();
    CHECK(store.size() == 0);
    server.end_bookmark = true;
    server.put("b");
    back_off();
  }
  SECTION("422: the same attempt goes on by list") {
    server.watch_list = false;
    start();
    CHECK(server.take_log() == Lines{"stream rv=", "list rv=", "watch rv=" + std::to_string(server.rv)});
  }
  SECTION("400, too") {
    server.fault = [](const ModelServer::Ask& ask) -> std::optional<net::Response> {
      if (ask.verb == "stream") return status_answer(400, "BadRequest", "no");
      return std::nullopt;
    };
    start();
    CHECK(server.asked("list") == 1);
  }
  SECTION("a bookmark without the annotation is not the end") {
    server.end_bookmark = false;
    start();
    for (int i = 0; i < 5; ++i) {
      server.bookmark();
      loop.pass(20s);
    }
    CHECK_FALSE(store.synced());
    CHECK(server.asked("list") == 0);
    server.bookmark(true);
    loop.settle();
  }
  CHECK(store.synced());
  check_equal();
}

TEST_CASE_METHOD(StreamFixture, "12 an object that changes and goes while the initial objects are streamed") {
  server.end_bookmark = false;
  server.put("a");
  server.put("b");
  start();
  server.put("a");
  server.remove("b");
  server.put("c");
  server.remove("c");
  server.recreate("a");
  loop.settle();
  CHECK(oracle.changes() == 0);
  server.bookmark(true);
  loop.settle();
  CHECK(oracle.take_story() == Lines{"+a"});
  check_equal();
}

TEST_CASE_METHOD(StreamFixture, "13 initial objects do not come in the order of their versions, and do not move the place to resume from") {
  server.put("z");
  server.put("a");
  server.put("z");
  server.put("m");
  server.end_bookmark = false;
  start();
  server.last()->close();
  back_off();
  CHECK(server.take_log() == Lines{"stream rv=", "stream rv="});
  server.bookmark(true);
  loop.settle();
  const auto place = std::to_string(server.rv);
  CHECK(store.resource_version() == place);
  server.close_all();
  loop.settle();
  CHECK(server.take_log() == Lines{"watch rv=" + place});
  check_equal();
}
