#include <optional>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include "pkg/async/task_group.h"
#include "pkg/net/client.h"
#include "test/support/loop.h"
#include "test/unit/net/handlers.h"

namespace slipway::net {
namespace {

struct World {
  test::Loop loop;
  std::shared_ptr<Feed> feed = std::make_shared<Feed>(loop.executor(), loop.clock);
  std::shared_ptr<Echo> state = std::make_shared<Echo>(Echo{feed, 0, 0, {}, {}, false});
  std::shared_ptr<Transport> transport = make_memory_transport(handler_of(state));
};

Awaitable<void> note_send(std::shared_ptr<Transport> transport, std::string target, std::optional<Result<Response>>* out) {
  *out = co_await transport->send(Request("GET", std::move(target)), Deadline::never());
}

Awaitable<void> note_read(BodyStream* stream, std::optional<Result<std::string>>* out) { *out = co_await stream->read(Deadline::never()); }

}  // namespace

TEST_CASE("the memory transport calls the handler and hands back its answer", "[net]") {
  World world;
  Request request("POST", "/x");
  request.body = "b";
  const auto response = world.loop.run(world.transport->send(request, Deadline::never()));
  REQUIRE(response);
  CHECK(response->body == "POST /x [b]");
}

TEST_CASE("the memory transport collects a stream for send and passes it through for open", "[net]") {
  World world;
  world.feed->push("abc");
  auto opened = world.loop.run(world.transport->open(Request("GET", "/stream"), Deadline::never()));
  REQUIRE(opened);
  CHECK(world.loop.run(opened->stream->read(Deadline::never())).value() == "abc");
  world.feed->end();
  CHECK(world.loop.run(opened->stream->read(Deadline::never())).value().empty());
  opened->stream.reset();
  CHECK(world.feed->destroyed == 1);
  auto whole = world.loop.run(world.transport->open(Request("GET", "/a"), Deadline::never()));
  REQUIRE(whole);
  CHECK(world.loop.run(whole->stream->read(Deadline::never())).value() == "GET /a []");
  CHECK(world.loop.run(whole->stream->read(Deadline::never())).value().empty());
}

TEST_CASE("a connection closed without an answer is Transient in memory too", "[net]") {
  World world;
  world.state->close_without_answer = true;
  const auto response = world.loop.run(world.transport->send(Request("GET", "/a"), Deadline::never()));
  REQUIRE_FALSE(response);
  CHECK(response.error().is(Disposition::Transient));
}

TEST_CASE("cancelling a caller of the memory transport reaches handlers and streams", "[net]") {
  World world;
  async::TaskGroup group(world.loop.executor());
  std::optional<Result<Response>> answer;
  std::optional<Result<std::string>> piece;
  auto opened = world.loop.run(world.transport->open(Request("GET", "/stream"), Deadline::never()));
  REQUIRE(opened);
  group.spawn("send", note_send(world.transport, "/hang", &answer));
  group.spawn("read", note_read(opened->stream.get(), &piece));
  world.loop.settle();
  CHECK(world.state->hanging == 1);
  world.loop.run(group.stop());
  CHECK(world.state->hanging == 0);
  REQUIRE(answer);
  CHECK_FALSE(*answer);
  CHECK(answer->error().is(Disposition::Canceled));
  REQUIRE(piece);
  REQUIRE_FALSE(*piece);
  CHECK(piece->error().is(Disposition::Canceled));
}

}  // namespace slipway::net
