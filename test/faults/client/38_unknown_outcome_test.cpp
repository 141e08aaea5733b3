// Scenarios 38, 39 and 59: writes whose answer is lost, writes that are refused, and connections that end between two requests.
#include <set>

#include <catch2/catch_test_macros.hpp>

#include "pkg/kube/patch_helper.h"
#include "test/faults/client/support.h"
#include "test/unit/kube/fake.h"
#include "test/unit/net/socket_world.h"

namespace slipway::test {
namespace {

using namespace std::chrono_literals;

// Creates what it is told to, and loses the answer as often as told.
struct LossyServer {
  std::set<std::string> names;
  int posts = 0;
  int lose = 0;
};

async::Awaitable<net::Response> answer(LossyServer* server, net::Request request) {
  net::Response lost;
  lost.status = 0;
  if (request.method == "GET") {
    const std::string name = request.target.substr(request.target.rfind('/') + 1);
    if (server->names.contains(name)) co_return json_response(200, R"({"kind":"ConfigMap","metadata":{"name":")" + name + "\"}}");
    co_return status_response(404, "NotFound", "not found");
  }
  ++server->posts;
  const auto object = json::parse(request.body);
  const bool created = server->names.insert(std::string(kube::name_of(*object))).second;
  if (server->lose-- > 0) co_return lost;
  co_return created ? json_response(201, request.body) : status_response(409, "AlreadyExists", "already exists");
}

TEST_CASE("38 a write whose answer is lost is not sent again; the one who reads it again finds it, and its name prevents a second") {
  net::SocketWorld world;
  LossyServer lossy;
  lossy.lose = 1;
  auto server = net::Server::listen(world.loop.executor(), world.clock, {}, [&](net::Request request) { return answer(&lossy, std::move(request)); });
  REQUIRE(server);
  kube::ClusterConfig config;
  config.server = "http://127.0.0.1:" + std::to_string((*server)->port());
  const auto client = kube::connect(world.loop.executor(), world.clock, config);
  REQUIRE(client);
  const auto object = kube::make_object("v1", "ConfigMap", {"x", "child-of-a"});
  const auto create = [&] { return world.loop.run_real((*client)->create(kube::res::kConfigMaps, object, {})); };
  const auto first = create();
  REQUIRE_FALSE(first);
  CHECK(first.error().is(Disposition::Transient));
  CHECK(lossy.posts == 1);
  CHECK(world.loop.run_real((*client)->get(kube::res::kConfigMaps, {"x", "child-of-a"})));
  CHECK(create().error().is(Disposition::AlreadyExists));
  CHECK(lossy.names.size() == 1);
  (*client)->close();
  world.loop.run_real((*server)->stop());
}

TEST_CASE("39 what a server says to a write decides what is done about it") {
  struct Row {
    int code;
    const char* reason;
    Disposition disposition;
    bool retryable;
  };
  for (const Row& row : {
           Row{409, "AlreadyExists", Disposition::AlreadyExists, false},
           Row{409, "Conflict", Disposition::Conflict, true},
           Row{404, "NotFound", Disposition::NotFound, false},
           Row{422, "Invalid", Disposition::Invalid, false},
           Row{403, "Forbidden", Disposition::Forbidden, false},
           Row{401, "Unauthorized", Disposition::Unauthorized, true},
           Row{413, "RequestEntityTooLarge", Disposition::Invalid, false},
           Row{415, "UnsupportedMediaType", Disposition::Invalid, false},
           Row{405, "MethodNotAllowed", Disposition::Unsupported, false},
           Row{410, "Expired", Disposition::Gone, true},
           Row{504, "ServerTimeout", Disposition::Transient, true},
           Row{500, "InternalError", Disposition::Transient, true},
       }) {
    INFO(row.reason);
    Loop loop;
    FakeServer server(loop);
    server.answer = [&](const net::Request&) { return status_response(row.code, row.reason, "the server's sentence"); };
    const auto client = server.client();
    const auto created = loop.run(client->create(kube::res::kConfigMaps, kube::make_object("v1", "ConfigMap", {"x", "a"}), {}));
    REQUIRE_FALSE(created);
    CHECK(created.error().is(row.disposition));
    CHECK(created.error().retryable() == row.retryable);
    CHECK(created.error().status()->reason == row.reason);
    CHECK(has(created.error().message(), "creating ConfigMap x/a: " + std::to_string(row.code)));
    CHECK(has(created.error().message(), "the server's sentence"));
    CHECK(server.requests.size() == 1);
  }
}

TEST_CASE("39 a body that is no Status is quoted for two KiB at most") {
  Loop loop;
  FakeServer server(loop);
  server.answer = [](const net::Request&) { return net::Response(502, "text/html", "<html>" + std::string(100'000, 'x')); };
  const auto got = loop.run(server.client()->get(kube::res::kConfigMaps, {"x", "a"}));
  REQUIRE_FALSE(got);
  CHECK(got.error().is(Disposition::Transient));
  CHECK(has(got.error().message(), "502: <html>xxx"));
  CHECK(got.error().message().size() < 2200);
}

TEST_CASE("39 an object that exists already is adopted by writing what one owns in it") {
  Loop loop;
  FakeServer server(loop);
  server.answer = [](const net::Request& request) {
    return request.method == "GET"
               ? json_response(200,
                               R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"namespace":"x","name":"a","resourceVersion":"7"},"data":{"theirs":"1"}})")
               : json_response(200, R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"namespace":"x","name":"a","resourceVersion":"8"}})");
  };
  const auto mutate = [](kube::Object& object) {
    object.ref({"data", "ours"}) = json::Value("2");
    return Status();
  };
  const auto written = loop.run(kube::create_or_patch(server.client(), kube::res::kConfigMaps, kube::make_object("v1", "ConfigMap", {"x", "a"}), mutate, {}));
  REQUIRE(written);
  CHECK(written->written == kube::Written::Changed);
  CHECK(server.last().method == "PATCH");
  CHECK(*json::parse(server.last().body) == *json::parse(R"({"data":{"ours":"2"},"metadata":{"resourceVersion":"7"}})"));
}

TEST_CASE("59 a connection that the server says it will close is not used again") {
  net::SocketWorld world;
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
  const net::ScriptedServer server(world, {{answer, true}, {answer, true}});
  const auto transport = world.transport(server.options());
  REQUIRE(world.send(*transport, net::Request("POST", "/a")));
  REQUIRE(world.send(*transport, net::Request("POST", "/b")));
  REQUIRE(server.requests().size() == 2);  // each on a connection of its own
  CHECK(server.requests().at(1).starts_with("POST /b "));
}

TEST_CASE("59 a POST after the server closed the idle connection goes on a new one, once") {
  net::SocketWorld world;
  world.listen();
  const auto transport = world.transport();
  REQUIRE(world.get(*transport, "/warm"));
  world.server->drop_connections();
  REQUIRE(world.eventually([&] { return world.server->connections() == 0; }));
  const auto posted = world.send(*transport, net::Request("POST", "/create"));
  REQUIRE(posted);
  CHECK(world.state->calls == 2);
}

TEST_CASE("59 a POST on whose connection the server hangs up in that very moment is an error, never a second POST") {
  net::SocketWorld world;
  world.listen();
  const auto transport = world.transport();
  REQUIRE(world.get(*transport, "/warm"));
  world.state->close_without_answer = true;
  const auto posted = world.send(*transport, net::Request("POST", "/create"));
  REQUIRE_FALSE(posted);
  CHECK(posted.error().is(Disposition::Transient));
  CHECK(world.state->calls == 2);
}

}  // namespace
}  // namespace slipway::test
