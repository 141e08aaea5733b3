// Scenario 57: an HTTP proxy between the client and the server.
#include <catch2/catch_test_macros.hpp>

#include "pkg/base/strings.h"
#include "pkg/kube/config.h"
#include "pkg/net/proxy.h"
#include "test/faults/client/proxy.h"
#include "test/faults/client/support.h"

namespace slipway::test {
namespace {

using namespace std::chrono_literals;

struct ProxyWorld : net::SocketWorld {
  net::KeyPair ca = net::make_ca("test CA").value();
  ProxyWorld() {
    const net::KeyPair pair = certificate(ca, "server", true);
    auto tls = std::make_unique<net::ServerTls>();
    tls->cert_pem = pair.cert_pem;
    tls->key_pem = pair.key_pem;
    listen(std::move(tls));
  }
  [[nodiscard]] net::TransportOptions through(const Proxy& proxy) const {
    net::TransportOptions options;
    options.url = url("https");
    options.ca_pem = ca.cert_pem;
    options.proxy = "http://127.0.0.1:" + std::to_string(proxy.port);
    options.retry_wait = 1ms;
    return options;
  }
};

TEST_CASE("57 requests and streams go through a proxy by CONNECT, and the proxy sees no request") {
  ProxyWorld world;
  const Proxy proxy(world);
  const auto transport = world.transport(world.through(proxy));
  REQUIRE(world.get(*transport, "/secret-path"));
  REQUIRE(world.get(*transport, "/again"));
  auto stream = world.open(*transport, "/stream");
  REQUIRE(stream);
  world.feed->push("event");
  CHECK(world.read(*stream).value() == "event");
  const std::string target = "127.0.0.1:" + std::to_string(world.server->port());
  REQUIRE(proxy.heads().size() == 2);  // one for the pool, one for the stream
  for (const std::string& head : proxy.heads()) {
    CHECK(head.starts_with("CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n"));
    CHECK_FALSE(has(head, "secret-path"));
  }
  transport->close();
}

TEST_CASE("57 the user and password of a proxy are sent to it, and never shown") {
  ProxyWorld world;
  const Proxy proxy(world);
  auto options = world.through(proxy);
  options.proxy = "http://jane:p%40ss@127.0.0.1:" + std::to_string(proxy.port);
  const auto transport = world.transport(options);
  REQUIRE(world.get(*transport, "/"));
  CHECK(has(proxy.heads().front(), "Proxy-Authorization: Basic " + base64_encode("jane:p@ss") + "\r\n"));
  proxy.refuse("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
  transport->close();
  const auto second = world.transport(options);
  const auto refused = world.get(*second, "/");
  REQUIRE_FALSE(refused);
  CHECK(has(refused.error().message(), "the proxy wants a user and password (407)"));
  CHECK_FALSE(has(refused.error().message(), "p@ss"));
  CHECK_FALSE(has(refused.error().message(), "p%40ss"));
}

TEST_CASE("57 a proxy that refuses, breaks off or speaks something else is an error that names it") {
  for (const char* answer :
       {"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 502 Bad Gateway\r\n\r\nan <html> page", "SSH-2.0-x\r\n\r\n", ""}) {
    CAPTURE(answer);
    ProxyWorld world;
    const Proxy proxy(world);
    proxy.refuse(answer);
    const auto transport = world.transport(world.through(proxy));
    const auto response = world.get(*transport, "/");
    REQUIRE_FALSE(response);
    CHECK(response.error().is(Disposition::Transient));
    CHECK(has(response.error().message(), "through http://127.0.0.1:" + std::to_string(proxy.port)));
  }
}

TEST_CASE("57 a proxy that never answers ends with the deadline for connecting") {
  ProxyWorld world;
  const Proxy proxy(world);
  proxy.hang();
  auto options = world.through(proxy);
  options.connect_timeout = 1s;
  const auto response = world.get(*world.transport(options), "/");
  REQUIRE_FALSE(response);
  CHECK(response.error().is(Disposition::Timeout));
}

TEST_CASE("57 when the proxy cuts idle connections, the next request and the broken stream go on over new ones") {
  ProxyWorld world;
  const Proxy proxy(world);
  const auto transport = world.transport(world.through(proxy));
  REQUIRE(world.get(*transport, "/"));
  auto stream = world.open(*transport, "/stream");
  REQUIRE(stream);
  proxy.cut();  // as a proxy does after 50 s without a byte
  const auto broken = world.read(*stream);
  REQUIRE_FALSE(broken);
  CHECK(broken.error().is(Disposition::Transient));
  const auto posted = world.send(*transport, net::Request("POST", "/b"));
  REQUIRE(posted);
  CHECK(posted->body == "POST /b []");
  CHECK(world.state->calls == 3);  // the POST came once
  CHECK(world.open(*transport, "/stream"));
  transport->close();
}

TEST_CASE("57 NO_PROXY names hosts, subdomains, addresses and networks that are reached directly") {
  struct Row {
    const char* no_proxy;
    const char* host;
    bool direct;
  };
  for (const Row& row : {
           Row{"", "example.com", false},
           Row{"*", "example.com", true},
           Row{"example.com", "example.com", true},
           Row{"example.com", "api.example.com", true},
           Row{"example.com", "badexample.com", false},
           Row{".example.com", "api.example.com", true},
           Row{".example.com", "example.com", false},
           Row{"*.example.com", "api.example.com", true},
           Row{"EXAMPLE.com", "Api.Example.Com.", true},
           Row{"example.com:6443", "example.com", true},
           Row{"example.com:443", "example.com", false},
           Row{"10.0.0.0/8", "10.9.8.7", true},
           Row{"10.1.2.3/8", "10.9.8.7", true},
           Row{"10.0.0.0/8", "11.0.0.1", false},
           Row{"10.0.0.0/8", "10.example.com", false},
           Row{"10.0.0.1", "10.0.0.1", true},
           Row{"10.0.0.1:6443", "10.0.0.1", true},
           Row{"fd00::/8", "fd12::1", true},
           Row{"fd00::/8", "2001:db8::1", false},
           Row{"fd12::1", "fd12:0::1", true},
           Row{"[fd12::1]:6443", "fd12::1", true},
           Row{"a, b ,,10.0.0.0/99, svc", "kubernetes.default.svc", true},
           Row{"nonsense/24", "nonsense", false},
           Row{"", "localhost", true},
           Row{"", "127.0.0.2", true},
           Row{"", "::1", true},
       }) {
    INFO(row.no_proxy << " " << row.host);
    CHECK(net::bypasses_proxy(row.no_proxy, row.host, 6443) == row.direct);
  }
}

TEST_CASE("57 the environment's proxy is taken for what it is meant for") {
  std::map<std::string, std::string> env{{"https_proxy", "http://lower:1"}, {"NO_PROXY", "10.0.0.0/8"}, {"HTTP_PROXY", "http://plain:2"}};
  const auto read = [&](const char* name) { return env.contains(name) ? env[name] : std::string(); };
  CHECK(net::proxy_from_environment("https://example.com:6443", read) == "http://lower:1");
  CHECK(net::proxy_from_environment("http://example.com", read) == "http://plain:2");
  CHECK(net::proxy_from_environment("https://10.1.1.1:6443", read).empty());
  CHECK(net::proxy_from_environment("https://127.0.0.1:6443", read).empty());
  env["HTTPS_PROXY"] = "upper:3";
  CHECK(net::proxy_from_environment("https://example.com", read) == "upper:3");
  CHECK(net::parse_proxy("upper:3")->origin() == "http://upper:3");
  CHECK_FALSE(net::parse_proxy("http://host/path"));
  CHECK_FALSE(has(net::parse_proxy("http://jane:hunter2@host:x").error().message(), "hunter2"));
}

}  // namespace
}  // namespace slipway::test
