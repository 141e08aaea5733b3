#include "pkg/net/detail/connection.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "pkg/async/task_group.h"
#include "pkg/net/detail/codec.h"
#include "test/unit/net/handlers.h"
#include "test/unit/net/pipe.h"

namespace slipway::net::detail {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

// A connection that is being served, with the test as its client.
struct Served {
  explicit Served(std::size_t piece = std::numeric_limits<std::size_t>::max()) : pipe(loop, piece), tasks(loop.executor()) {
    state->feed = feed;
    service->executor = loop.executor();
    service->clock = &loop.clock;
    service->handler = handler_of(state);
    service->max_body = 1000;
    tasks.spawn("served", serve_connection(service, pipe.server));
    loop.settle();
  }
  ~Served() { loop.run(tasks.stop()); }
  std::string answer_to(std::string_view bytes) {
    pipe.send(bytes);
    loop.settle();
    return pipe.client->take();
  }
  test::Loop loop;
  Pipe pipe;
  std::shared_ptr<Feed> feed = std::make_shared<Feed>(loop.executor(), loop.clock);
  std::shared_ptr<Echo> state = std::make_shared<Echo>();
  std::shared_ptr<Service> service = std::make_shared<Service>();
  async::TaskGroup tasks;
};

std::string ok(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace

TEST_CASE("requests on one connection are answered in their order, also when they come at once or byte by byte", "[net]") {
  for (const std::size_t piece : {std::size_t{100000}, std::size_t{1}, std::size_t{7}}) {
    Served served(piece);
    const std::string answers =
        served.answer_to("GET /a HTTP/1.1\r\nHost: h\r\n\r\nPOST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbodyGET /c HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(answers == ok("GET /a []") + ok("POST /b [body]") + ok("GET /c []"));
    CHECK(served.answer_to("GET /d HTTP/1.1\r\nHost: h\r\n\r\n") == ok("GET /d []"));
    CHECK_FALSE(served.pipe.client->peer_ended());
  }
}

TEST_CASE("a chunked request body is put together", "[net]") {
  Served served(3);
  CHECK(served.answer_to("PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n") == ok("PUT /x [abcde]"));
}

TEST_CASE("a client that asks to close, or speaks HTTP/1.0, is closed after its answer", "[net]") {
  for (const std::string request :
       {"GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "GET /a HTTP/1.0\r\n\r\n", "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"}) {
    CAPTURE(request);
    Served served;
    const std::string answer = served.answer_to(request);
    CHECK(has(answer, "Connection: close\r\n"));
    CHECK(answer.ends_with("\r\n\r\nGET /a []"));
    CHECK(served.pipe.client->peer_ended());
    CHECK(served.tasks.size() == 0);
  }
}

TEST_CASE("Expect: 100-continue is answered before the body is read, unless the body is too long", "[net]") {
  Served served;
  CHECK(served.answer_to("POST /a HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(served.answer_to("ab") == ok("POST /a [ab]"));
  const std::string refused = served.answer_to("POST /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2000\r\n\r\n");
  CHECK(refused.starts_with("HTTP/1.1 413 "));
  CHECK(has(refused, "Connection: close\r\n"));
  CHECK(served.state->calls == 1);
}

TEST_CASE("bodies over the limit are refused, whether they say so or not", "[net]") {
  {
    Served served;
    CHECK(served.answer_to("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n").starts_with("HTTP/1.1 413 "));
  }
  Served served;
  CHECK(served.answer_to("POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(std::string(600, 'x')) + chunk(std::string(600, 'x')))
            .starts_with("HTTP/1.1 413 "));
  CHECK(served.state->calls == 0);
  CHECK(served.pipe.client->peer_ended());
}

TEST_CASE("what is no HTTP is answered 400, a head that is too large 431", "[net]") {
  {
    Served served;
    CHECK(served.answer_to("hello?\r\n\r\n").starts_with("HTTP/1.1 400 Bad Request\r\n"));
    CHECK(served.tasks.size() == 0);
  }
  {
    Served served;
    CHECK(served.answer_to("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n").starts_with("HTTP/1.1 400 "));
  }
  Served served;
  CHECK(served.answer_to("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(1'100'000, 'x')).starts_with("HTTP/1.1 431 "));
}

TEST_CASE("an answer to HEAD has the length of the body and no body", "[net]") {
  Served served;
  CHECK(served.answer_to("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n") == "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\n");
  CHECK(served.answer_to("GET /empty HTTP/1.1\r\nHost: h\r\n\r\n") == "HTTP/1.1 204 No Content\r\nContent-Type: text/plain\r\n\r\n");
}

TEST_CASE("a handler that throws or answers nonsense costs one connection and shows nothing of its inside", "[net]") {
  Served served;
  const std::string answer = served.answer_to("GET /throw HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(answer.starts_with("HTTP/1.1 500 "));
  CHECK_FALSE(has(answer, "secret"));
  const std::string split = served.answer_to("GET /split HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(split.starts_with("HTTP/1.1 500 "));
  CHECK_FALSE(has(split, "Injected"));
}

TEST_CASE("a handler may close the connection without an answer", "[net]") {
  Served served;
  served.state->close_without_answer = true;
  CHECK(served.answer_to("GET /a HTTP/1.1\r\nHost: h\r\n\r\n").empty());
  CHECK(served.pipe.client->peer_ended());
}

TEST_CASE("an idle connection is closed after 90 s, a slow head after 32 s, a slow body after 60 s", "[net]") {
  Served idle;
  idle.loop.pass(seconds(89));
  CHECK(idle.tasks.size() == 1);
  idle.loop.pass(seconds(2));
  CHECK(idle.tasks.size() == 0);

  Served slow_head;
  for (int i = 0; i < 31; ++i) {
    slow_head.pipe.send(i == 0 ? "GET / HTTP/1.1\r\nHost: h\r\nX: " : "x");
    slow_head.loop.pass(seconds(1));
  }
  CHECK(slow_head.tasks.size() == 1);
  slow_head.loop.pass(seconds(2));
  CHECK(slow_head.tasks.size() == 0);

  Served slow_body;
  slow_body.pipe.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n12");
  slow_body.loop.pass(seconds(61));
  CHECK(slow_body.tasks.size() == 0);
  CHECK(slow_body.state->calls == 0);
}

TEST_CASE("a stream goes out in chunks as it comes and ends with the last one", "[net]") {
  Served served;
  CHECK(served.answer_to("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n") ==
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
  served.loop.pass(hours(2));
  served.feed->push("{\"a\":1}\n");
  served.loop.settle();
  CHECK(served.pipe.client->take() == "8\r\n{\"a\":1}\n\r\n");
  served.feed->end();
  served.loop.settle();
  CHECK(served.pipe.client->take() == "0\r\n\r\n");
  CHECK(served.pipe.client->peer_ended());
  CHECK(served.feed->destroyed == 1);
  CHECK(served.feed->cancelled == 0);
}

TEST_CASE("an HTTP/1.0 client gets a stream without chunks, ended by the connection", "[net]") {
  Served served;
  CHECK(served.answer_to("GET /stream HTTP/1.0\r\n\r\n") == "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n");
  served.feed->push("abc");
  served.loop.settle();
  CHECK(served.pipe.client->take() == "abc");
  served.feed->end();
  served.loop.settle();
  CHECK(served.pipe.client->take().empty());
  CHECK(served.pipe.client->peer_ended());
}

TEST_CASE("a peer that goes away while a stream is idle ends the stream's read and the stream", "[net]") {
  Served served;
  const std::string head = served.answer_to("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK_FALSE(head.empty());
  served.pipe.client->close();
  served.loop.settle();
  CHECK(served.feed->cancelled == 1);
  CHECK(served.feed->destroyed == 1);
  CHECK(served.tasks.size() == 0);
}

TEST_CASE("a peer that babbles while it is being streamed to is borne for 64 KiB", "[net]") {
  Served served;
  const std::string head = served.answer_to("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK_FALSE(head.empty());
  served.pipe.send(std::string(1000, 'x'));
  served.loop.settle();
  CHECK(served.tasks.size() == 1);
  served.pipe.send(std::string(70'000, 'x'));
  served.loop.settle();
  CHECK(served.tasks.size() == 0);
}

TEST_CASE("a stream that fails leaves its message without an end", "[net]") {
  Served served;
  const std::string head = served.answer_to("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK_FALSE(head.empty());
  served.feed->fail_now();
  served.loop.settle();
  CHECK(served.pipe.client->take().empty());
  CHECK(served.pipe.client->peer_ended());
}

TEST_CASE("a peer that does not read is given up after 60 s", "[net]") {
  Served served;
  const std::string head = served.answer_to("GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK_FALSE(head.empty());
  served.pipe.to_client->stuck = true;
  served.feed->push("x");
  served.loop.pass(seconds(59));
  CHECK(served.tasks.size() == 1);
  served.loop.pass(seconds(2));
  CHECK(served.tasks.size() == 0);
  CHECK(served.feed->destroyed == 1);
}

TEST_CASE("stopping the server cancels a stream and a handler wherever they wait", "[net]") {
  for (const std::string target : {"/stream", "/hang"}) {
    Served served;
    const std::string head = served.answer_to("GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(head.empty() == (target == "/hang"));
    CHECK(served.tasks.size() == 1);
    const auto before = served.loop.clock.now();
    served.pipe.server->close();
    served.loop.run(served.tasks.stop());
    CHECK(served.loop.clock.now() == before);
    CHECK(served.state->hanging == 0);
  }
}

}  // namespace slipway::net::detail
