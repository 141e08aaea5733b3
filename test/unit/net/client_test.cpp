#include "pkg/net/client.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "test/unit/net/socket_world.h"

namespace slipway::net {
namespace {

using std::chrono::milliseconds;

constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

Awaitable<void> note_result(std::shared_ptr<Transport> transport, Request request, std::optional<Result<Response>>* out) {
  *out = co_await transport->send(std::move(request), Deadline::never());
}

Awaitable<void> get_once(std::shared_ptr<Transport> transport) {
  auto response = co_await transport->send(Request("GET", "/a"), Deadline::never());
  CHECK(response);
}

Awaitable<void> note_piece(BodyStream* stream, std::optional<Result<std::string>>* out) { *out = co_await stream->read(Deadline::never()); }

}  // namespace

TEST_CASE("a request travels with its body and fields, and its answer comes back", "[net]") {
  SocketWorld world;
  world.listen();
  const auto transport = world.transport();
  Request request("POST", "/api/v1/things?x=%20y");
  request.body = "{\"a\":1}";
  request.headers.set("X-Test", "yes");
  const auto response = world.send(*transport, request);
  REQUIRE(response);
  CHECK(response->status == 200);
  CHECK(response->body == "POST /api/v1/things?x=%20y [{\"a\":1}]");
  CHECK(response->headers.get("content-type") == "text/plain");
  CHECK(world.state->last.headers.get("x-test") == "yes");
  CHECK(world.state->last.headers.get("host") == world.url().substr(7));
  CHECK(world.state->last.peer.address.starts_with("127.0.0.1:"));
}

TEST_CASE("a path in the URL is put before every target", "[net]") {
  SocketWorld world;
  world.listen();
  TransportOptions options;
  options.url = world.url() + "/k8s/clusters/c-1/";
  const auto transport = world.transport(std::move(options));
  REQUIRE(world.get(*transport, "/version"));
  CHECK(world.state->last.target == "/k8s/clusters/c-1/version");
}

TEST_CASE("requests one after the other share a connection", "[net]") {
  SocketWorld world;
  world.listen();
  const auto transport = world.transport();
  for (int i = 0; i < 5; ++i) REQUIRE(world.get(*transport, "/a"));
  CHECK(world.server->connections() == 1);
  transport->close();
  CHECK(world.eventually([&] { return world.server->connections() == 0; }));
  REQUIRE(world.get(*transport, "/a"));
  CHECK(world.eventually([&] { return world.server->connections() == 0; }));
}

TEST_CASE("a burst of requests leaves its connections to the next one", "[net]") {
  SocketWorld world;
  world.listen();
  const auto transport = world.transport();
  for (int bursts = 0; bursts < 3; ++bursts) {
    async::TaskGroup burst(world.loop.executor());
    for (int i = 0; i < 50; ++i) burst.spawn("get", get_once(transport));
    world.loop.run_real(burst.join());
    CHECK(world.server->connections() == 50);
  }
}

TEST_CASE("large bodies pass both ways, and over the limit not", "[net]") {
  SocketWorld world;
  world.listen();
  TransportOptions options;
  options.url = world.url();
  options.max_body = 3'000'000;
  const auto transport = world.transport(std::move(options));
  Request request("PUT", "/x");
  request.body = std::string(2'000'000, 'b');
  const auto response = world.send(*transport, request);
  REQUIRE(response);
  CHECK(response->body.size() == 2'000'000 + std::string_view("PUT /x []").size());
  world.state->answer_body = std::string(3'000'001, 'x');
  const auto over = world.get(*transport, "/body");
  REQUIRE_FALSE(over);
  CHECK(over.error().is(Disposition::Terminal));
  request.body = std::string(9'000'000, 'b');
  const auto refused = world.send(*transport, request);
  REQUIRE(refused);
  CHECK(refused->status == 413);
}

TEST_CASE("a pooled connection that the server has dropped is not used again", "[net]") {
  SocketWorld world;
  world.listen();
  const auto transport = world.transport();
  REQUIRE(world.get(*transport, "/a"));
  world.server->drop_connections();
  REQUIRE(world.eventually([&] { return world.server->connections() == 0; }));
  const auto posted = world.send(*transport, Request("POST", "/b"));
  REQUIRE(posted);
  CHECK(posted->body == "POST /b []");
  CHECK(world.state->calls == 2);
}

TEST_CASE("a GET on a pooled connection that dies before its answer is sent once more, a POST is not", "[net]") {
  for (const std::string method : {"GET", "POST"}) {
    CAPTURE(method);
    SocketWorld world;
    world.listen();
    const auto transport = world.transport();
    REQUIRE(world.get(*transport, "/a"));
    world.state->close_without_answer = true;  // the next one dies at the server
    std::optional<Result<Response>> out;
    async::TaskGroup group(world.loop.executor());
    group.spawn("request", note_result(transport, Request(method, "/b"), &out));
    REQUIRE(world.eventually([&] { return world.state->calls == 2; }));
    world.state->close_without_answer = false;
    world.loop.run_real(group.join());
    REQUIRE(out);
    CHECK(out->has_value() == (method == "GET"));
    CHECK(world.state->calls == (method == "GET" ? 3 : 2));
    if (!*out) CHECK(out->error().is(Disposition::Transient));
  }
}

TEST_CASE("a GET whose connection breaks is sent again at most ten times, what writes is sent once", "[net]") {
  for (const std::string method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
    CAPTURE(method);
    SocketWorld world;
    world.listen();
    world.state->close_without_answer = true;
    TransportOptions options;
    options.url = world.url();
    options.retry_wait = std::chrono::milliseconds(1);
    const auto transport = world.transport(std::move(options));
    const auto response = world.send(*transport, Request(method, "/a"));
    REQUIRE_FALSE(response);
    CHECK(response.error().is(Disposition::Transient));
    CHECK(has(response.error().message(), method + " " + world.url() + "/a"));
    CHECK(world.state->calls == (method == "GET" ? 11 : 1));
  }
}

TEST_CASE("a GET is not sent again where its deadline leaves no time to wait", "[net]") {
  SocketWorld world;
  world.listen();
  world.state->close_without_answer = true;
  TransportOptions options;
  options.url = world.url();
  options.retry_wait = std::chrono::hours(1);
  const auto transport = world.transport(std::move(options));
  REQUIRE_FALSE(world.get(*transport, "/a"));
  CHECK(world.state->calls == 1);
}

TEST_CASE("a truncated answer is an error, never a short body", "[net]") {
  for (const std::string answer : {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
                                   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 2"}) {
    CAPTURE(answer);
    SocketWorld world;
    const ScriptedServer server(world, {{answer}, {answer}});
    const auto transport = world.transport(server.options());
    const auto whole = world.get(*transport, "/");
    REQUIRE_FALSE(whole);
    CHECK(whole.error().is(Disposition::Transient));
    auto opened = world.open(*transport, "/");
    if (!opened) {
      CHECK(opened.error().is(Disposition::Transient));
      continue;
    }
    auto piece = world.read(*opened);
    if (piece) piece = world.read(*opened);
    REQUIRE_FALSE(piece);
    CHECK(piece.error().is(Disposition::Transient));
    piece = world.read(*opened);
    CHECK_FALSE(piece);
  }
}

TEST_CASE("an answer without a length ends with its connection", "[net]") {
  SocketWorld world;
  const ScriptedServer server(world, {{"HTTP/1.0 200 OK\r\n\r\neverything"}, {kOk}});
  const auto transport = world.transport(server.options());
  const auto response = world.get(*transport, "/");
  REQUIRE(response);
  CHECK(response->body == "everything");
  CHECK(world.get(*transport, "/"));
  CHECK(server.requests().size() == 2);
}

TEST_CASE("interim answers are skipped, protocol switches refused", "[net]") {
  SocketWorld world;
  const ScriptedServer server(world, {{std::string("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n") + kOk},
                                      {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"}});
  const auto transport = world.transport(server.options());
  const auto response = world.get(*transport, "/");
  REQUIRE(response);
  CHECK(response->body == "ok");
  CHECK_FALSE(world.get(*transport, "/"));
}

TEST_CASE("an answer that was followed by more does not go back to the pool", "[net]") {
  SocketWorld world;
  const ScriptedServer server(world, {{std::string(kOk) + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong", true}, {kOk}});
  const auto transport = world.transport(server.options());
  REQUIRE(world.get(*transport, "/1"));
  const auto second = world.get(*transport, "/2");
  REQUIRE(second);
  CHECK(second->body == "ok");
}

TEST_CASE("a server that speaks something else is a broken connection", "[net]") {
  SocketWorld world;
  const ScriptedServer server(world, {{"SSH-2.0-OpenSSH_9.2p1\r\n\r\n"}});
  const auto transport = world.transport(server.options());
  const auto response = world.get(*transport, "/");
  REQUIRE_FALSE(response);
  CHECK(response.error().is(Disposition::Transient));
}

TEST_CASE("a refused connection is Transient and names where", "[net]") {
  SocketWorld world;
  world.listen();
  TransportOptions options;
  options.url = world.url();
  const std::string port = std::to_string(world.server->port());
  world.loop.run_real(world.server->stop());
  const auto transport = world.transport(std::move(options));
  const auto response = world.get(*transport, "/");
  REQUIRE_FALSE(response);
  CHECK(response.error().is(Disposition::Transient));
  CHECK(has(response.error().message(), "127.0.0.1:" + port));
  CHECK(has(response.error().message(), "refused"));
}

TEST_CASE("localhost is resolved, and a name that does not exist is Transient", "[net]") {
  SocketWorld world;
  world.listen();
  TransportOptions options;
  options.url = "http://localhost:" + std::to_string(world.server->port());
  CHECK(world.get(*world.transport(std::move(options)), "/"));
  TransportOptions nowhere;
  nowhere.url = "http://nowhere.invalid:1";
  const auto response = world.get(*world.transport(std::move(nowhere)), "/");
  REQUIRE_FALSE(response);
  CHECK((response.error().is(Disposition::Transient) || response.error().is(Disposition::Timeout)));
  CHECK(has(response.error().message(), "nowhere.invalid"));
}

TEST_CASE("a deadline ends a request that gets no answer, and one that passed sends nothing", "[net]") {
  SocketWorld world;
  world.listen();
  const auto transport = world.transport();
  const auto late = world.loop.run_real(transport->send(Request("GET", "/hang"), world.clock.after(milliseconds(20))));
  REQUIRE_FALSE(late);
  CHECK(late.error().is(Disposition::Timeout));
  const auto past = world.loop.run_real(transport->send(Request("GET", "/a"), Deadline{world.clock.now()}));
  REQUIRE_FALSE(past);
  CHECK(past.error().is(Disposition::Timeout));
  CHECK(world.state->calls == 1);
}

TEST_CASE("a cancelled request ends at once with Canceled and its connection is closed", "[net]") {
  SocketWorld world;
  world.listen();
  const auto transport = world.transport();
  std::optional<Result<Response>> out;
  async::TaskGroup group(world.loop.executor());
  group.spawn("request", note_result(transport, Request("GET", "/hang"), &out));
  REQUIRE(world.eventually([&] { return world.state->hanging == 1; }));
  world.loop.run_real(group.stop());
  REQUIRE(out);
  REQUIRE_FALSE(*out);
  CHECK(out->error().is(Disposition::Canceled));
}

TEST_CASE("a stream brings pieces as they come, then its end", "[net]") {
  SocketWorld world;
  world.listen();
  const auto transport = world.transport();
  auto response = world.open(*transport, "/stream");
  REQUIRE(response);
  CHECK(response->status == 200);
  REQUIRE(response->stream);
  for (const std::string line : {"one\n", "two\n"}) {
    world.feed->push(line);
    CHECK(world.read(*response).value() == line);
  }
  world.feed->end();
  CHECK(world.read(*response).value().empty());
  CHECK(world.read(*response).value().empty());
}

TEST_CASE("a body that comes at once can be read as a stream too", "[net]") {
  SocketWorld world;
  world.listen();
  auto response = world.open(*world.transport(), "/a");
  REQUIRE(response);
  CHECK(world.read(*response).value() == "GET /a []");
  CHECK(world.read(*response).value().empty());
}

TEST_CASE("dropping a stream is noticed by the server while the stream is idle", "[net]") {
  SocketWorld world;
  world.listen();
  auto response = world.open(*world.transport(), "/stream");
  REQUIRE(response);
  response->stream.reset();
  CHECK(world.eventually([&] { return world.feed->destroyed == 1; }));
  CHECK(world.feed->cancelled == 1);
  CHECK(world.eventually([&] { return world.server->connections() == 0; }));
}

TEST_CASE("a server that goes away is noticed by an idle stream, and the end is not taken for a clean one", "[net]") {
  SocketWorld world;
  world.listen();
  auto response = world.open(*world.transport(), "/stream");
  REQUIRE(response);
  world.feed->push("x");
  CHECK(world.read(*response).value() == "x");
  world.server->drop_connections();
  const auto piece = world.read(*response);
  REQUIRE_FALSE(piece);
  CHECK(piece.error().is(Disposition::Transient));
}

TEST_CASE("a read of a stream ends at its deadline, when it is cancelled, and when the stream is dropped under it", "[net]") {
  SocketWorld world;
  world.listen();
  const auto transport = world.transport();
  auto late = world.open(*transport, "/stream");
  REQUIRE(late);
  const auto piece = world.loop.run_real(late->stream->read(world.clock.after(milliseconds(10))));
  REQUIRE_FALSE(piece);
  CHECK(piece.error().is(Disposition::Timeout));

  auto cancelled = world.open(*transport, "/stream");
  REQUIRE(cancelled);
  std::optional<Result<std::string>> out;
  async::TaskGroup group(world.loop.executor());
  group.spawn("read", note_piece(cancelled->stream.get(), &out));
  world.loop.settle();
  world.loop.run_real(group.stop());
  REQUIRE(out);
  REQUIRE_FALSE(*out);
  CHECK(out->error().is(Disposition::Canceled));

  auto dropped = world.open(*transport, "/stream");
  REQUIRE(dropped);
  std::optional<Result<std::string>> dropped_out;
  async::TaskGroup second(world.loop.executor());
  second.spawn("read", note_piece(dropped->stream.get(), &dropped_out));
  world.loop.settle();
  dropped->stream.reset();
  world.loop.run_real(second.join());
  REQUIRE(dropped_out);
  CHECK_FALSE(*dropped_out);
}

TEST_CASE("stopping a server ends its handlers and streams and frees its port", "[net]") {
  SocketWorld world;
  world.listen();
  const auto transport = world.transport();
  auto stream = world.open(*transport, "/stream");
  REQUIRE(stream);
  std::optional<Result<Response>> out;
  async::TaskGroup group(world.loop.executor());
  group.spawn("request", note_result(transport, Request("GET", "/hang"), &out));
  REQUIRE(world.eventually([&] { return world.state->hanging == 1; }));
  const std::uint16_t port = world.server->port();
  world.loop.run_real(world.server->stop());
  CHECK(world.server->connections() == 0);
  CHECK(world.state->hanging == 0);
  CHECK(world.feed->destroyed == 1);
  world.loop.run_real(group.join());
  ServerOptions again;
  again.port = port;
  auto second = Server::listen(world.loop.executor(), world.clock, std::move(again), handler_of(world.state));
  REQUIRE(second);
  ServerOptions taken;
  taken.port = port;
  const auto third = Server::listen(world.loop.executor(), world.clock, std::move(taken), handler_of(world.state));
  REQUIRE_FALSE(third);
  CHECK(third.error().is(Disposition::Transient));
  world.loop.run_real((*second)->stop());
}

TEST_CASE("options that cannot work are refused with what is wrong", "[net]") {
  SocketWorld world;
  TransportOptions options;
  options.url = "localhost:6443";
  CHECK(make_transport(world.loop.executor(), world.clock, options).error().is(Disposition::Invalid));
  options.url = "https://localhost:6443";
  options.ca_pem = "no pem";
  CHECK(has(make_transport(world.loop.executor(), world.clock, options).error().message(), "CA"));
  ServerOptions server;
  server.address = "localhost";
  CHECK(Server::listen(world.loop.executor(), world.clock, std::move(server), handler_of(world.state)).error().is(Disposition::Invalid));
}

}  // namespace slipway::net
