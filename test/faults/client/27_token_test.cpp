// Scenario 27: a token file that is rotated, refused, empty or gone.
#include <catch2/catch_test_macros.hpp>

#include "pkg/async/task_group.h"
#include "pkg/kube/detail/auth_transport.h"
#include "pkg/log/log.h"
#include "test/faults/client/support.h"
#include "test/unit/kube/fake.h"

namespace slipway::test {
namespace {

using namespace std::chrono_literals;

// A server that tells which token came, and refuses the one named here.
struct TokenWorld {
  Loop loop;
  Folder folder;
  FakeServer server{loop};
  std::string refused;
  std::shared_ptr<net::Transport> transport;

  TokenWorld() {
    server.answer = [this](const net::Request& request) {
      const std::string sent(request.headers.get("Authorization"));
      return net::Response(sent == "Bearer " + refused ? 401 : 200, "text/plain", sent);
    };
    transport = kube::detail::make_auth_transport(server.transport(), loop.clock, "", folder.file("token"));
  }
  Result<net::Response> get() { return loop.run(transport->send(net::Request("GET", "/"), loop.clock.after(30s))); }
  std::string sent() {
    auto response = get();
    return response ? response->body : response.error().message();
  }
};

TEST_CASE("27 a rotated token file is used with the next request after 50 s") {
  TokenWorld world;
  world.folder.write("token", "one\n");
  CHECK(world.sent() == "Bearer one");
  world.folder.write("token", "two\n");
  world.loop.pass(49s);
  CHECK(world.sent() == "Bearer one");
  world.loop.pass(1s);
  CHECK(world.sent() == "Bearer two");
}

TEST_CASE("27 after a 401 the token file is read again for the next request, and nothing is replayed") {
  TokenWorld world;
  world.folder.write("token", "one");
  CHECK(world.sent() == "Bearer one");
  world.folder.write("token", "two");
  world.refused = "one";
  const auto response = world.get();
  REQUIRE(response);
  CHECK(response->status == 401);
  CHECK(world.server.requests.size() == 2);
  CHECK(world.sent() == "Bearer two");
}

async::Awaitable<void> send_into(std::shared_ptr<net::Transport> transport, async::Deadline deadline, int* status) {
  auto response = co_await transport->send(net::Request("GET", "/slow"), deadline);
  *status = response ? response->status : -1;
}

async::Awaitable<net::Response> answer_slowly(Loop* loop, net::Request request) {
  const std::string sent(request.headers.get("Authorization"));
  if (request.target == "/slow") co_await loop->clock.sleep_until(loop->clock.now() + 5s);
  co_return net::Response(request.target == "/slow" ? 401 : 200, "text/plain", sent);
}

TEST_CASE("27 a 401 for a request that began before the token was read does not spoil the new one") {
  Loop loop;
  const Folder folder;
  folder.write("token", "one");
  const auto inner = net::make_memory_transport([&](net::Request request) { return answer_slowly(&loop, std::move(request)); });
  const auto transport = kube::detail::make_auth_transport(inner, loop.clock, "", folder.file("token"));
  const auto sent = [&] { return loop.run(transport->send(net::Request("GET", "/"), async::Deadline::never()))->body; };
  CHECK(sent() == "Bearer one");
  loop.pass(48s);
  int status = 0;
  async::TaskGroup group(loop.executor());
  group.spawn("slow", send_into(transport, async::Deadline::never(), &status));  // with the first token
  loop.settle();
  folder.write("token", "two");
  loop.pass(2s);
  CHECK(sent() == "Bearer two");
  folder.write("token", "three");
  loop.pass(3s);  // the first token's 401 arrives
  CHECK(status == 401);
  CHECK(sent() == "Bearer two");
  loop.run(group.join());
}

TEST_CASE("27 while the token file is gone or empty the last good token stays, and the tenth failure is an alarm") {
  for (const bool gone : {true, false}) {
    CAPTURE(gone);
    TokenWorld world;
    world.folder.write("token", "one");
    CHECK(world.sent() == "Bearer one");
    if (gone)
      world.folder.remove("token");
    else
      world.folder.write("token", " \n");
    std::string text;
    {
      const log::Capture capture(text);
      world.loop.pass(50s);
      for (int i = 0; i < 12; ++i) CHECK(world.sent() == "Bearer one");
    }
    CHECK(has(text, "the last good token stays in use"));
    CHECK(has(text, "the token will soon be refused"));
    CHECK_FALSE(has(text, "Bearer"));
    world.folder.write("token", "two");
    CHECK(world.sent() == "Bearer two");
  }
}

TEST_CASE("27 a token file that never held a token is an error that names it") {
  TokenWorld world;
  CHECK(has(world.sent(), world.folder.file("token")));
  world.folder.write("token", "");
  const auto response = world.get();
  REQUIRE_FALSE(response);
  CHECK(response.error().is(Disposition::Unauthorized));
  CHECK(has(response.error().message(), "is empty"));
  CHECK(world.server.requests.empty());
}

}  // namespace
}  // namespace slipway::test
