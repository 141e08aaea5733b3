#include <catch2/catch_test_macros.hpp>

#include "pkg/kube/config.h"
#include "pkg/net/server.h"
#include "test/support/loop.h"

using namespace slipway;
using namespace slipway::kube;

namespace {

async::Awaitable<net::Response> echo(net::Request request) {
  co_return net::Response(200, "text/plain", request.target + " " + std::string(request.headers.get("authorization")));
}

}  // namespace

TEST_CASE("connect reaches a server over a socket, with its prefix and its token") {
  test::Loop loop;
  async::RealClock clock;
  auto server = net::Server::listen(loop.io.get_executor(), clock, {}, [](net::Request request) { return echo(std::move(request)); });
  REQUIRE(server);
  ClusterConfig config;
  config.server = "http://127.0.0.1:" + std::to_string((*server)->port()) + "/prefix";
  config.token = "abc";
  auto client = connect(loop.io.get_executor(), clock, config);
  REQUIRE(client);
  const auto answer = loop.run_real((*client)->raw("GET", "/version", ""));
  REQUIRE(answer);
  CHECK(*answer == "/prefix/version Bearer abc");
  (*client)->close();
  loop.run_real((*server)->stop());
}

TEST_CASE("connect refuses what cannot be a cluster") {
  test::Loop loop;
  ClusterConfig config;
  for (const auto* server : {"", "nonsense", "https://", "ftp://x"}) {
    config.server = server;
    const auto client = connect(loop.io.get_executor(), loop.clock, config);
    REQUIRE_FALSE(client);
    CHECK(client.error().is(Disposition::Invalid));
  }
  config.server = "https://127.0.0.1:1";
  config.client_cert_pem = config.client_key_pem = "-----BEGIN CERTIFICATE-----\nhunter2\n-----END CERTIFICATE-----\n";
  const auto client = connect(loop.io.get_executor(), loop.clock, config);
  REQUIRE_FALSE(client);
  CHECK_FALSE(client.error().message().contains("hunter2"));
}
