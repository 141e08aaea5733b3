// Scenarios 56 and 58: names that do not resolve, or resolve to other or dead addresses; a clock on the wall that jumps.
#include <catch2/catch_test_macros.hpp>

#include "pkg/kube/detail/auth_transport.h"
#include "pkg/net/detail/address_book.h"
#include "test/faults/client/support.h"
#include "test/unit/kube/fake.h"
#include "test/unit/net/socket_world.h"

namespace slipway::test {
namespace {

using namespace std::chrono_literals;
using Addresses = std::vector<std::string>;

// A name whose addresses the test decides.
struct NameWorld : net::SocketWorld {
  Addresses addresses{"127.0.0.1"};
  bool hangs = false;
  int lookups = 0;
  static async::Awaitable<Result<Addresses>> look_up(NameWorld* world, async::Clock* clock, async::Deadline deadline) {
    ++world->lookups;
    if (world->hangs) {
      async::Event never(world->loop.executor());
      auto waited = co_await never.wait(*clock, deadline);
      co_return fail(std::move(waited).error());
    }
    if (world->addresses.empty()) co_return fail(Disposition::Transient, "Host not found");
    co_return world->addresses;
  }
  [[nodiscard]] std::shared_ptr<net::Transport> by_name(async::Clock& on, std::uint16_t port) {
    net::TransportOptions options;
    options.url = "http://cluster.example:" + std::to_string(port);
    options.resolve = [this, c = &on](std::string, async::Deadline deadline) { return look_up(this, c, deadline); };
    options.retry_wait = 1ms;
    auto made = net::make_transport(loop.executor(), on, std::move(options));
    if (!made) throw std::runtime_error(made.error().message());
    return std::move(*made);
  }
  static async::Awaitable<void> send_into(std::shared_ptr<net::Transport> transport, async::Deadline deadline, std::optional<Result<net::Response>>* out) {
    auto response = co_await transport->send(net::Request("GET", "/"), deadline);
    out->emplace(std::move(response));
  }
};

TEST_CASE("56 a name that hangs ends with the request's deadline, and does not hold up the loop") {
  NameWorld world;
  world.hangs = true;
  const auto transport = world.by_name(world.loop.clock, 1);
  const auto response = world.loop.run(transport->send(net::Request("GET", "/"), world.loop.clock.after(10s)));
  REQUIRE_FALSE(response);
  CHECK(response.error().is(Disposition::Timeout));
  CHECK(has(response.error().message(), "cluster.example"));
}

TEST_CASE("56 while a name hangs or fails its last known addresses serve") {
  for (const bool hangs : {true, false}) {
    CAPTURE(hangs);
    NameWorld world;
    world.listen();
    const auto transport = world.by_name(world.loop.clock, world.server->port());
    REQUIRE(world.loop.run_real(transport->send(net::Request("GET", "/"), async::Deadline::never())));
    world.hangs = hangs;
    world.addresses.clear();
    world.server->drop_connections();
    REQUIRE(world.eventually([&] { return world.server->connections() == 0; }));
    std::optional<Result<net::Response>> out;
    world.tasks.spawn("request", NameWorld::send_into(transport, world.loop.clock.after(30s), &out));
    world.loop.settle();
    if (hangs) world.loop.pass(5s);
    REQUIRE(world.eventually([&] { return out.has_value(); }));
    CHECK(out->has_value());
    CHECK(world.lookups == 2);
    transport->close();
  }
}

TEST_CASE("56 a name is looked up for each new connection, so a server that moved is found") {
  NameWorld world;
  world.listen();
  const auto transport = world.by_name(world.clock, world.server->port());
  REQUIRE(world.get(*transport, "/"));
  net::ServerOptions options;
  options.address = "127.0.0.2";
  options.port = world.server->port();
  auto moved = net::Server::listen(world.loop.executor(), world.clock, std::move(options), net::handler_of(world.state));
  REQUIRE(moved);
  world.loop.run_real(world.server->stop());
  world.addresses = {"127.0.0.2"};
  CHECK(world.get(*transport, "/"));
  CHECK((*moved)->connections() == 1);
  transport->close();
  world.loop.run_real((*moved)->stop());
}

TEST_CASE("56 a cluster with IPv6 only is reached, by name and by address") {
  NameWorld world;
  net::ServerOptions options;
  options.address = "::1";
  auto made = net::Server::listen(world.loop.executor(), world.clock, std::move(options), net::handler_of(world.state));
  if (!made) SKIP("this machine has no IPv6 on loopback: " + made.error().message());
  world.server = std::move(*made);
  world.addresses = {"::1"};
  const auto named = world.by_name(world.clock, world.server->port());
  CHECK(world.get(*named, "/"));
  net::TransportOptions literal;
  literal.url = "http://[::1]:" + std::to_string(world.server->port());
  const auto direct = world.transport(std::move(literal));
  CHECK(world.get(*direct, "/"));
  named->close();
  direct->close();
}

// An address that takes no connection and refuses none: the queue of its listener is full.
struct DeadAddress {
  boost::asio::ip::tcp::acceptor acceptor;
  std::vector<boost::asio::ip::tcp::socket> fillers;
  DeadAddress(test::Loop& loop, const std::string& address, std::uint16_t port) : acceptor(loop.executor()) {
    const boost::asio::ip::tcp::endpoint endpoint(boost::asio::ip::make_address(address), port);
    acceptor.open(endpoint.protocol());
    acceptor.set_option(boost::asio::ip::tcp::acceptor::reuse_address(true));
    acceptor.bind(endpoint);
    acceptor.listen(0);
    for (int i = 0; i < 4; ++i) {
      boost::asio::ip::tcp::socket& filler = fillers.emplace_back(loop.executor());
      filler.open(endpoint.protocol());
      filler.native_non_blocking(true);
      static_cast<void>(::connect(filler.native_handle(), endpoint.data(), static_cast<socklen_t>(endpoint.size())));  // does not wait
    }
  }
};

TEST_CASE("56 of two addresses one is dead: the other is tried a moment later, whichever stands first") {
  NameWorld world;
  world.listen();
  const DeadAddress dead(world.loop, "127.0.0.3", world.server->port());
  for (const Addresses& addresses : {Addresses{"127.0.0.3", "127.0.0.1"}, Addresses{"127.0.0.1", "127.0.0.3"}}) {
    world.addresses = addresses;
    const auto transport = world.by_name(world.clock, world.server->port());
    CHECK(world.get(*transport, "/"));
    transport->close();
  }
}

TEST_CASE("56 a cancelled or late attempt at dead addresses leaves nothing open") {
  NameWorld world;
  const DeadAddress dead(world.loop, "127.0.0.3", 0);
  const auto port = dead.acceptor.local_endpoint().port();
  const DeadAddress another(world.loop, "127.0.0.4", port);
  world.addresses = {"127.0.0.3", "127.0.0.4"};
  const auto transport = world.by_name(world.loop.clock, port);
  std::optional<Result<net::Response>> out;
  world.tasks.spawn("request", NameWorld::send_into(transport, world.loop.clock.after(10s), &out));
  world.loop.pass(9s);
  CHECK_FALSE(out.has_value());
  world.loop.pass(1s);
  REQUIRE(out.has_value());
  REQUIRE_FALSE(out->has_value());
  CHECK(out->error().is(Disposition::Timeout));
  CHECK(has(out->error().message(), "cluster.example"));
  CHECK(world.loop.clock.sleepers() == 0);
}

async::Awaitable<void> open_into(std::shared_ptr<net::Transport> transport, std::string target, async::Deadline deadline,
                                 std::optional<Result<net::Response>>* out) {
  auto response = co_await transport->open(net::Request("GET", std::move(target)), deadline);
  out->emplace(std::move(response));
}

TEST_CASE("04 a server that takes the connection and never answers is given up after 30 s, and the next attempt goes to another address") {
  NameWorld world;
  world.listen();
  net::ServerOptions options;
  options.address = "127.0.0.3";
  options.port = world.server->port();
  const auto mute = std::make_shared<net::Echo>(net::Echo{world.feed, 0, 0, {}, {}, false});
  auto second = net::Server::listen(world.loop.executor(), world.clock, std::move(options), net::handler_of(mute));
  REQUIRE(second);
  world.addresses = {"127.0.0.3", "127.0.0.1"};
  const auto transport = world.by_name(world.loop.clock, world.server->port());
  std::optional<Result<net::Response>> out;
  world.tasks.spawn("watch", open_into(transport, "/hang", world.loop.clock.after(30s), &out));
  REQUIRE(world.eventually([&] { return mute->hanging == 1; }));
  world.loop.pass(29s);
  CHECK_FALSE(out.has_value());
  world.loop.pass(1s);
  REQUIRE(out.has_value());
  REQUIRE_FALSE(out->has_value());
  CHECK(out->error().is(Disposition::Timeout));
  out.reset();
  world.tasks.spawn("watch again", open_into(transport, "/stream", world.loop.clock.after(30s), &out));
  REQUIRE(world.eventually([&] { return out.has_value(); }));
  CHECK(out->has_value());
  CHECK(world.state->calls == 1);
  CHECK(mute->calls == 1);
  out.reset();
  transport->close();
  world.loop.run_real((*second)->stop());
}

TEST_CASE("56 addresses take turns by family, and the one that failed last comes last for a minute") {
  net::detail::AddressBook book;
  book.resolved({"10.0.0.1", "10.0.0.2", "fd00::1", "fd00::2"});
  const auto now = async::TimePoint() + 1h;
  CHECK(book.in_order(now) == Addresses{"fd00::1", "10.0.0.1", "fd00::2", "10.0.0.2"});
  book.failed("fd00::1", now);
  book.failed("10.0.0.1", now + 1s);
  CHECK(book.in_order(now + 2s) == Addresses{"fd00::2", "10.0.0.2", "fd00::1", "10.0.0.1"});
  book.worked("fd00::1");
  CHECK(book.in_order(now + 2s) == Addresses{"fd00::1", "fd00::2", "10.0.0.2", "10.0.0.1"});
  CHECK(book.in_order(now + 61s) == Addresses{"fd00::1", "10.0.0.1", "fd00::2", "10.0.0.2"});
}

// A plugin whose token is good for an hour by the clock on the wall.
struct ClockWorld {
  Loop loop;
  JumpingClock clock{loop.clock};
  FakeServer server{loop};
  int runs = 0;
  std::shared_ptr<net::Transport> transport;
  ClockWorld() {
    server.answer = [](const net::Request& request) { return net::Response(200, "text/plain", std::string(request.headers.get("Authorization"))); };
    kube::ClusterConfig config;
    config.exec.emplace();
    config.exec->api_version = "client.authentication.k8s.io/v1";
    config.exec->command = "plugin";
    kube::detail::AuthOptions options;
    options.exec = std::make_shared<kube::detail::ExecPlugin>([this](proc::Command) { return run(this); }, clock, config);
    transport = kube::detail::make_auth_transport(server.transport(), clock, std::move(options));
  }
  static async::Awaitable<Result<proc::Output>> run(ClockWorld* world) {
    ++world->runs;
    proc::Output out;
    out.out = R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":")" + std::to_string(world->runs) +
              R"(","expirationTimestamp":")" + to_rfc3339(world->clock.wall() + 1h) + "\"}}";
    co_return out;
  }
  std::string sent() { return loop.run(transport->send(net::Request("GET", "/"), clock.after(30s)))->body; }
};

TEST_CASE("58 when the clock on the wall jumps ahead, credentials that have expired by it are replaced; when it jumps back they serve on") {
  ClockWorld world;
  CHECK(world.sent() == "Bearer 1");
  world.clock.jump(24h);
  CHECK(world.sent() == "Bearer 2");
  world.clock.jump(-48h);
  CHECK(world.sent() == "Bearer 2");
  CHECK(world.runs == 2);
}

TEST_CASE("58 neither a token file's age nor a wait for the server follows the clock on the wall") {
  ClockWorld world;
  const Folder folder;
  folder.write("token", "one");
  const auto transport = kube::detail::make_auth_transport(world.server.transport(), world.clock, "", folder.file("token"));
  const auto sent = [&] { return world.loop.run(transport->send(net::Request("GET", "/"), async::Deadline::never()))->body; };
  CHECK(sent() == "Bearer one");
  folder.write("token", "two");
  for (const auto jump : {24h, -48h}) {
    world.clock.jump(jump);
    CHECK(sent() == "Bearer one");
  }
  int asked = 0;
  world.server.answer = [&](const net::Request&) {
    world.clock.jump(24h);
    auto response = ++asked == 1 ? status_response(429, "TooManyRequests", "later") : json_response(200, R"({"kind":"ConfigMap"})");
    if (asked == 1) response.headers.set("Retry-After", "3");
    return response;
  };
  const auto client = kube::make_client(world.server.transport(), world.clock, "https://fake");
  const auto begun = world.clock.now();
  CHECK(world.loop.run(client->get(kube::res::kConfigMaps, {"x", "a"})));
  CHECK(world.clock.now() - begun >= 3s);
  CHECK(world.clock.now() - begun <= 3300ms);
}

}  // namespace
}  // namespace slipway::test
