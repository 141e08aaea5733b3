// Bytes: large, many, cut anywhere, broken, of the wrong kind; and more of them than a counter of 32 bits holds.
#include "pkg/net/detail/codec.h"
#include "test/faults/stream/fixture.h"

using namespace slipway;
using namespace slipway::test;
using namespace std::chrono_literals;

TEST_CASE_METHOD(StreamFixture, "23 an object of 3 MB, a hundred thousand small events, lines cut at every byte, CRLF and empty lines") {
  SECTION("a large object") {
    start_with({"a"});
    server.put("big", 3'000'000);
    loop.settle();
    check_equal();
  }
  SECTION("an object over the cap ends the stream, and what can be read is read again") {
    start_with({"a"});
    server.tell(frame("ADDED", json::Value(std::string(5'000'000, 'x'))));
    loop.settle();
    server.put("b");
    loop.pass(10s);
    check_equal();
  }
  SECTION("many small events") {
    start_with({"a"});
    for (int i = 0; i < 100'000; ++i) {
      server.put("o" + std::to_string(i % 50));
      if (i % 10'000 == 0) loop.settle();
    }
    loop.settle();
    CHECK(server.asks.empty());
    check_equal();
  }
  SECTION("a byte at a time") {
    server.pieces = [](std::size_t) { return std::size_t{1}; };
    start_with({"a"});
    server.put("b");
    server.tell("\r\n\n");
    std::string crlf = frame("MODIFIED", [&] {
      server.objects["a"].ref("metadata").set("resourceVersion", std::to_string(++server.rv));
      return server.objects["a"];
    }());
    crlf.insert(crlf.size() - 1, "\r");
    server.tell(crlf);
    loop.settle();
    CHECK(oracle.take_story() == Lines{"+b", "~a"});
    check_equal();
  }
}

TEST_CASE_METHOD(StreamFixture, "24 frames that are no JSON are dropped and counted; the stream goes on, and a relist brings back what they held") {
  start_with({"a"});
  const std::string deep(10'000, '[');
  for (const std::string& text : std::initializer_list<std::string>{
           "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"\xff\xfe\"}}}",
           R"({"type":"ADDED","object":{"metadata":{"name":"\u12"}}})",
           R"({"type":"ADDED","object":{"metadata":{"name":"\ud800"}}})",
           R"({"type":"ADDED","object":{"data":)" + deep,
           R"({"type":"ADDED","object":{"spec":1e99999}})",
           R"({"type":"ADDED","object":{"spec":00}})",
           R"({"type":"ADDED","object":{"a":1,"a":2}})",
           R"({"type":"SURPRISE","object":{}})",
           R"({"type":"ADDED"})",
           "null",
           "}{",
       }) {
    CAPTURE(text.substr(0, 60));
    server.tell(text + "\n");
    loop.settle();
    CHECK(server.asks.empty());
    CHECK(store.size() == 1);
  }
  server.put("b");
  loop.settle();
  CHECK(oracle.take_story() == Lines{"+b"});
  // One of them may have been an event.
  loop.pass(40s);
  CHECK(server.asked("stream") == 1);
  CHECK(exposed("slipway_watch_dropped_events_total{cluster=\"test\",resource=\"configmaps.v1\"}"));
  check_equal();
}

TEST_CASE_METHOD(StreamFixture, "24 an object that cannot be read in a complete read keeps the state that is cached, and is not taken for deleted") {
  start_with({"a", "b"});
  server.end_bookmark = false;
  server.compact();
  server.last()->go_silent();
  server.after_open = [&](ModelServer::Stream& s) {
    s.send(R"({"type":"ADDED","object":{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"c","namespace":"ns","uid":"c","resourceVersion":"1"},)"
           R"("data":{"x":"\q"}}})"
           "\n");
    s.send(server.bookmark_frame(true));
  };
  server.put("b");
  server.objects["b"].ref("data").set("writes", "\x01");  // dumps as an escape
  server.last()->fail_with(frame("ERROR", json::parse(status_answer(410, "Expired", "too old").body).value()));
  back_off();
  CHECK(oracle.take_story() == Lines{"~b"});
  CHECK(store.size() == 2);
}

TEST_CASE_METHOD(StreamFixture, "25 objects of another kind, tables and Statuses in the stream are dropped, and it survives") {
  start_with({"a"});
  for (const char* text : {
           R"({"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{"name":"t","resourceVersion":"5"},"rows":[]})",
           R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","code":500})",
           R"({"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"d","namespace":"ns","uid":"d","resourceVersion":"6"}})",
           R"({"kind":"ConfigMap","apiVersion":"v2","metadata":{"name":"d","namespace":"ns","uid":"d","resourceVersion":"6"}})",
           R"({"kind":"ConfigMap","apiVersion":"v1","metadata":{"uid":"d","resourceVersion":"6"}})",
           R"({})",
       })
    for (const char* type : {"ADDED", "MODIFIED", "DELETED"}) server.tell(frame(type, json::parse(text).value()));
  server.put("b");
  loop.settle();
  CHECK(oracle.take_story() == Lines{"+b"});
  CHECK(server.asks.empty());
  check_equal();
}

TEST_CASE_METHOD(StreamFixture, "26 a watch that has carried more than 8 MiB goes on") {
  start_with({"a"});
  for (int i = 0; i < 300; ++i) {
    server.put("o" + std::to_string(i % 10), 100'000);
    loop.settle();
  }
  CHECK(server.asks.empty());
  check_equal();
}

TEST_CASE("26 an answer of more than 4 GiB is read to its end: nothing counts its bytes in 32 bits, or refuses them") {
  net::detail::Decoder decoder(net::detail::Decoder::Kind::Response);
  REQUIRE(decoder.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
  const std::string chunk = "1000000\r\n" + std::string(16UL << 20U, 'x') + "\r\n";
  std::uint64_t total = 0;
  while (total <= (4ULL << 30U)) {
    REQUIRE(decoder.feed(chunk));
    total += decoder.take_body().size();
  }
  CHECK_FALSE(decoder.done());
  REQUIRE(decoder.feed("0\r\n\r\n"));
  CHECK(decoder.done());
}
