// The fetcher on real sockets: what only TLS, a proxy and a cut connection can show.
#include <catch2/catch_test_macros.hpp>

#include "pkg/net/pki.h"
#include "pkg/providers/sources/http_fetch.h"
#include "test/unit/net/socket_world.h"

namespace slipway::providers {
namespace {

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

struct Sockets : net::SocketWorld {
  Result<FetchResponse> get(std::string url, Access access = {}) {
    FetchRequest request(std::move(url));
    request.attempts = 1;
    return loop.run_real(HttpFetcher(loop.executor(), clock, std::move(access)).send(std::move(request), soon()));
  }
  void listen_with_certificate_of(const net::KeyPair& ca) {
    net::CertificateRequest request;
    request.common_name = "server";
    request.ip_addresses = {"127.0.0.1"};
    request.server_auth = true;
    const auto pair = net::issue_certificate(ca, request).value();
    auto tls = std::make_unique<net::ServerTls>();
    tls->cert_pem = pair.cert_pem;
    tls->key_pem = pair.key_pem;
    listen(std::move(tls));
  }
};

}  // namespace

TEST_CASE("a file comes over TLS from a server of the CA that was given") {
  Sockets world;
  const auto ca = net::make_ca("test CA").value();
  world.listen_with_certificate_of(ca);
  Access access;
  access.ca_pem = ca.cert_pem;
  const auto got = world.get(world.url("https") + "/a.yaml?x=1", access);
  REQUIRE(got);
  CHECK(got->body == "GET /a.yaml?x=1 []");
}

TEST_CASE("a server whose certificate is of another CA gets no request, and the error says why") {
  Sockets world;
  world.listen_with_certificate_of(net::make_ca("test CA").value());
  Access access;
  access.ca_pem = net::make_ca("another CA").value().cert_pem;
  const auto got = world.get(world.url("https") + "/a.yaml?sig=hunter2", access);
  REQUIRE_FALSE(got);
  CAPTURE(got.error().message());
  CHECK(got.error().is(Disposition::Transient));
  CHECK(has(got.error().message(), "GET " + world.url("https") + "/a.yaml: "));
  CHECK(has(got.error().message(), "certificate is refused: "));
  CHECK_FALSE(has(got.error().message(), "hunter2"));
  CHECK(world.state->calls == 0);
}

TEST_CASE("a CA that is no PEM is refused before anything is sent") {
  Sockets world;
  Access access;
  access.ca_pem = "nonsense";
  const auto got = world.get("https://127.0.0.1:1/a.yaml", access);
  REQUIRE_FALSE(got);
  CAPTURE(got.error().message());
  CHECK(got.error().is(Disposition::Invalid));
  CHECK(has(got.error().message(), "holds no PEM certificate"));
}

TEST_CASE("a proxy that refuses is named, its password is not") {
  Sockets world;
  const net::ScriptedServer proxy(world, {{"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"}, {"HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n"}});
  Access access;
  access.proxy = "http://jane:hunter2@127.0.0.1:" + std::to_string(proxy.port);
  const auto refused = world.get("https://files.example.com/a.yaml", access);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().is(Disposition::Transient));
  CHECK(has(refused.error().message(), "the proxy refuses the connection: 403 Forbidden"));
  CHECK(has(refused.error().message(), "through http://127.0.0.1:" + std::to_string(proxy.port)));
  CHECK(has(proxy.requests().at(0), "CONNECT files.example.com:443 HTTP/1.1\r\n"));
  const auto unknown = world.get("https://files.example.com/a.yaml", access);
  REQUIRE_FALSE(unknown);
  CHECK(has(unknown.error().message(), "the proxy wants a user and password (407)"));
  CHECK_FALSE(has(unknown.error().message(), "hunter2"));
}

TEST_CASE("a proxy that cannot be used is refused by name") {
  Sockets world;
  Access access;
  access.proxy = "socks5://jane:hunter2@127.0.0.1:1080";
  const auto got = world.get("https://files.example.com/a.yaml", access);
  REQUIRE_FALSE(got);
  CHECK(got.error().is(Disposition::Invalid));
  CHECK(has(got.error().message(), "GET https://files.example.com/a.yaml: "));
  CHECK(has(got.error().message(), "a proxy of kind socks5 is not supported"));
  CHECK_FALSE(has(got.error().message(), "hunter2"));
}

TEST_CASE("a connection that is cut in the middle of a file is an error, never a file") {
  for (const std::string answer :
       {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"}) {
    Sockets world;
    const net::ScriptedServer server(world, {{answer}});
    const auto got = world.get("http://127.0.0.1:" + std::to_string(server.port) + "/a.yaml?sig=hunter2");
    REQUIRE_FALSE(got);
    CAPTURE(got.error().message());
    CHECK(got.error().is(Disposition::Transient));
    CHECK(has(got.error().message(), "GET http://127.0.0.1:" + std::to_string(server.port) + "/a.yaml: "));
    CHECK_FALSE(has(got.error().message(), "hunter2"));
  }
}

TEST_CASE("a server that is not there is named") {
  Sockets world;
  world.listen();
  const std::string url = world.url() + "/a.yaml";
  world.loop.run_real(world.server->stop());
  const auto got = world.get(url);
  REQUIRE_FALSE(got);
  CHECK(got.error().is(Disposition::Transient));
  CHECK(has(got.error().message(), "GET " + url));
  CHECK(has(got.error().message(), "refused"));
}

}  // namespace slipway::providers
