#include "pkg/net/tls.h"

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "pkg/metrics/metrics.h"
#include "pkg/net/pki.h"
#include "test/unit/net/socket_world.h"

namespace slipway::net {
namespace {

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

KeyPair certificate(const KeyPair& ca, CertificateRequest request) {
  auto made = issue_certificate(ca, request);
  if (!made) throw std::runtime_error(made.error().message());
  return std::move(*made);
}

// A server with a certificate for 127.0.0.1 and localhost, that verifies client certificates of the same CA.
struct TlsWorld : SocketWorld {
  KeyPair ca = make_ca("test CA").value();
  KeyPair other_ca = make_ca("another CA").value();

  explicit TlsWorld(const std::vector<std::string>& dns = {"localhost"}, const std::vector<std::string>& ips = {"127.0.0.1"}) {
    CertificateRequest request;
    request.common_name = "server";
    request.dns_names = dns;
    request.ip_addresses = ips;
    request.server_auth = true;
    const KeyPair server_pair = certificate(ca, request);
    auto tls = std::make_unique<ServerTls>();
    tls->cert_pem = server_pair.cert_pem;
    tls->key_pem = server_pair.key_pem;
    tls->client_ca_pem = ca.cert_pem;
    listen(std::move(tls));
  }
  [[nodiscard]] TransportOptions options() const {
    TransportOptions out;
    out.url = url("https");
    out.ca_pem = ca.cert_pem;
    return out;
  }
  [[nodiscard]] TransportOptions with_client(const KeyPair& issuer) const {
    CertificateRequest request;
    request.common_name = "jane, the \xc3\xa4\xc3\xb6";
    request.organizations = {"system:masters", "devs"};
    request.client_auth = true;
    const KeyPair client = certificate(issuer, request);
    TransportOptions out = options();
    out.client_cert_pem = client.cert_pem;
    out.client_key_pem = client.key_pem;
    return out;
  }
};

}  // namespace

TEST_CASE("a request over TLS is answered, on one connection for many", "[net]") {
  TlsWorld world;
  const auto transport = world.transport(world.options());
  for (int i = 0; i < 3; ++i) {
    const auto response = world.get(*transport, "/a");
    REQUIRE(response);
    CHECK(response->body == "GET /a []");
  }
  CHECK(world.server->connections() == 1);
  CHECK(world.state->last.peer.certificate_cn.empty());
}

TEST_CASE("the server sees name and groups of a client certificate", "[net]") {
  TlsWorld world;
  REQUIRE(world.get(*world.transport(world.with_client(world.ca)), "/a"));
  CHECK(world.state->last.peer.certificate_cn == "jane, the \xc3\xa4\xc3\xb6");
  CHECK(world.state->last.peer.certificate_o == std::vector<std::string>{"system:masters", "devs"});
  CHECK(world.state->last.peer.address.starts_with("127.0.0.1:"));
}

TEST_CASE("a client certificate of a strange CA gets no connection", "[net]") {
  TlsWorld world;
  const auto response = world.get(*world.transport(world.with_client(world.other_ca)), "/a");
  REQUIRE_FALSE(response);
  CHECK(response.error().is(Disposition::Transient));
  CHECK(world.state->calls == 0);
}

TEST_CASE("a server certificate of a strange CA is refused, and the error says so", "[net]") {
  TlsWorld world;
  TransportOptions options = world.options();
  options.ca_pem = world.other_ca.cert_pem;
  const auto response = world.get(*world.transport(options), "/a");
  REQUIRE_FALSE(response);
  CAPTURE(response.error().message());
  CHECK(response.error().is(Disposition::Transient));
  CHECK(has(response.error().message(), "certificate is refused: "));
  CHECK(has(response.error().message(), "127.0.0.1"));
  CHECK(world.state->calls == 0);
}

TEST_CASE("a bundle of several CAs is searched for the right one", "[net]") {
  TlsWorld world;
  TransportOptions options = world.options();
  options.ca_pem = "# first\n" + world.other_ca.cert_pem + "\n# second\n" + world.ca.cert_pem;
  CHECK(world.get(*world.transport(options), "/a"));
}

TEST_CASE("a certificate for another host is refused, and the error names both", "[net]") {
  TlsWorld world({"api.example.com", "*.cluster.local"}, {"10.0.0.1"});
  const auto response = world.get(*world.transport(world.options()), "/a");
  REQUIRE_FALSE(response);
  CAPTURE(response.error().message());
  CHECK(has(response.error().message(), "it is for api.example.com, *.cluster.local, 10.0.0.1, not for 127.0.0.1"));
}

TEST_CASE("tls-server-name is what the certificate is compared with", "[net]") {
  TlsWorld world({"api.example.com"}, {});
  TransportOptions options = world.options();
  options.tls_server_name = "api.example.com";
  CHECK(world.get(*world.transport(options), "/a"));
  options.tls_server_name = "other.example.com";
  CHECK_FALSE(world.get(*world.transport(options), "/a"));
}

TEST_CASE("a client that speaks plain HTTP to a TLS port, or TLS to a plain one, gets an error", "[net]") {
  TlsWorld world;
  TransportOptions plain;
  plain.url = world.url();
  CHECK_FALSE(world.get(*world.transport(plain), "/a"));
  SocketWorld other;
  other.listen();
  TransportOptions tls;
  tls.url = other.url("https");
  const auto response = other.get(*other.transport(tls), "/a");
  REQUIRE_FALSE(response);
  CHECK(has(response.error().message(), "TLS handshake with 127.0.0.1"));
}

TEST_CASE("a handshake that gets no answer ends at the deadline", "[net]") {
  SocketWorld world;
  const ScriptedServer server(world, {{"", true}});
  TransportOptions options = server.options();
  options.url.replace(0, 4, "https");
  const auto transport = world.transport(options);
  const auto response = world.loop.run_real(transport->send(Request("GET", "/"), world.clock.after(std::chrono::milliseconds(30))));
  REQUIRE_FALSE(response);
  CHECK(response.error().is(Disposition::Timeout));
}

TEST_CASE("a large body passes over TLS both ways", "[net]") {
  TlsWorld world;
  Request request("PUT", "/x");
  request.body = std::string(3'000'000, 'b');
  const auto response = world.send(*world.transport(world.options()), request);
  REQUIRE(response);
  CHECK(response->body.size() > 3'000'000);
}

TEST_CASE("a watch over TLS: pieces arrive while the connection idles, and the server notices that the client has gone", "[net]") {
  TlsWorld world;
  auto watch = world.open(*world.transport(world.with_client(world.ca)), "/stream");
  REQUIRE(watch);
  for (const std::string line : {"{\"type\":\"ADDED\"}\n", "{\"type\":\"DELETED\"}\n"}) {
    world.feed->push(line);
    CHECK(world.read(*watch).value() == line);
  }
  watch->stream.reset();
  CHECK(world.eventually([&] { return world.feed->destroyed == 1; }));
  CHECK(world.feed->cancelled == 1);
  CHECK(world.eventually([&] { return world.server->connections() == 0; }));
}

TEST_CASE("a watch over TLS: the client notices that the server has gone", "[net]") {
  TlsWorld world;
  auto watch = world.open(*world.transport(world.options()), "/stream");
  REQUIRE(watch);
  world.server->drop_connections();
  const auto piece = world.read(*watch);
  REQUIRE_FALSE(piece);
  CHECK(piece.error().is(Disposition::Transient));
}

TEST_CASE("a watch over TLS ends cleanly where the stream does", "[net]") {
  TlsWorld world;
  auto watch = world.open(*world.transport(world.options()), "/stream");
  REQUIRE(watch);
  world.feed->push("last\n");
  CHECK(world.read(*watch).value() == "last\n");
  world.feed->end();
  CHECK(world.read(*watch).value().empty());
}

TEST_CASE("PEM that cannot be used is refused with its role, never its content", "[net]") {
  const KeyPair ca = make_ca("CA").value();
  const KeyPair other = make_ca("other").value();
  struct Case {
    const char* name;
    Result<TlsContextPtr> made;
    const char* word;
  };
  const std::string half = ca.cert_pem.substr(0, ca.cert_pem.size() / 2);
  const Case cases[] = {
      {"no CA", make_client_tls("hello", "", ""), "CA bundle holds no"},
      {"a CA that is cut", make_client_tls(half, "", ""), "CA bundle holds no"},
      {"a bundle whose second is cut", make_client_tls(ca.cert_pem + half, "", ""), "broken certificate after the first 1"},
      {"a certificate without key", make_client_tls("", ca.cert_pem, ""), "together"},
      {"a key for a certificate", make_client_tls("", ca.key_pem, ca.key_pem), "client's certificate"},
      {"a key of another", make_client_tls("", ca.cert_pem, other.key_pem), "client's key"},
      {"a server without key", make_server_tls(ca.cert_pem, "", ""), "server's key"},
      {"a server with a bad client CA", make_server_tls(ca.cert_pem, ca.key_pem, "x"), "client CA"},
      {"an encrypted key", make_server_tls(ca.cert_pem, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGj\n-----END ENCRYPTED PRIVATE KEY-----\n", ""),
       "server's key"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    REQUIRE_FALSE(c.made);
    CHECK(c.made.error().is(Disposition::Invalid));
    CHECK(has(c.made.error().message(), c.word));
    CHECK_FALSE(has(c.made.error().message(), "BEGIN"));
  }
}

TEST_CASE("a second connection resumes the session of the first, and still says who called", "[net]") {
  TlsWorld world;
  const auto resumed = [] {
    const std::string text = metrics::registry().expose();
    const std::string name = "slipway_tls_client_handshakes_total{resumed=\"true\"} ";
    const auto at = text.find(name);
    return at == std::string::npos ? 0.0 : std::stod(text.substr(at + name.size()));
  };
  const auto transport = world.transport(world.with_client(world.ca));
  const double before = resumed();
  REQUIRE(world.get(*transport, "/a"));
  CHECK(world.state->last.peer.certificate_cn.starts_with("jane"));
  CHECK(resumed() == before);
  world.server->drop_connections();
  REQUIRE(world.eventually([&] { return world.server->connections() == 0; }));
  REQUIRE(world.get(*transport, "/b"));
  CHECK(resumed() == before + 1);
  CHECK(world.state->last.peer.certificate_cn.starts_with("jane"));
  CHECK(world.state->last.peer.certificate_o == std::vector<std::string>{"system:masters", "devs"});
  auto stream = world.open(*transport, "/stream");
  REQUIRE(stream);
  CHECK(resumed() == before + 2);
  transport->close();
}

}  // namespace slipway::net
