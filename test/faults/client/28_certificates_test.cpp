// Scenario 28: the client's certificate and the CA are replaced under a running client; a certificate expires.
#include <catch2/catch_test_macros.hpp>

#include "pkg/kube/detail/auth_transport.h"
#include "test/faults/client/support.h"
#include "test/unit/net/socket_world.h"

namespace slipway::test {
namespace {

using namespace std::chrono_literals;

async::Awaitable<net::Response> tell_caller(std::shared_ptr<net::Feed> feed, net::Request request) {
  if (request.target == "/stream") {
    net::Response response(200, "text/plain", "");
    response.stream = std::make_unique<net::FeedStream>(std::move(feed));
    co_return response;
  }
  co_return net::Response(200, "text/plain", request.peer.certificate_cn + " from " + request.peer.address);
}

// A TLS server that tells who called, and a client whose credentials are files.
struct CertificateWorld : net::SocketWorld {
  Folder folder;
  net::KeyPair ca = net::make_ca("first CA").value();
  kube::ClusterConfig config;

  void serve(const net::KeyPair& server_ca, std::uint16_t port) {
    const net::KeyPair pair = certificate(server_ca, "server", true);
    net::ServerOptions options;
    options.port = port;
    options.tls = std::make_unique<net::ServerTls>();
    options.tls->cert_pem = pair.cert_pem;
    options.tls->key_pem = pair.key_pem;
    options.tls->client_ca_pem = ca.cert_pem;
    auto made = net::Server::listen(loop.executor(), clock, std::move(options), [this](net::Request request) { return tell_caller(feed, std::move(request)); });
    if (!made) throw std::runtime_error(made.error().message());
    server = std::move(*made);
  }
  void login_as(const std::string& name) {
    const net::KeyPair pair = certificate(ca, name, false);
    config.client_cert_file = folder.write("tls.crt", pair.cert_pem);
    config.client_key_file = folder.write("tls.key", pair.key_pem);
  }
  CertificateWorld() {
    serve(ca, 0);
    login_as("jane");
    config.ca_file = folder.write("ca.crt", ca.cert_pem);
    config.server = url("https");
  }
  [[nodiscard]] std::shared_ptr<net::Transport> client() {
    net::TransportOptions options;
    options.url = config.server;
    options.tls_source = kube::detail::tls_source_of(config, nullptr);
    options.retry_wait = 1ms;
    return transport(std::move(options));
  }
  std::string caller(net::Transport& transport) {
    auto response = get(transport, "/");
    return response ? response->body : response.error().message();
  }
};

TEST_CASE("28 a rotated client certificate is used for new connections, and those of the old one are closed") {
  CertificateWorld world;
  const auto transport = world.client();
  const std::string first = world.caller(*transport);
  CHECK(first.starts_with("jane from "));
  CHECK(world.caller(*transport) == first);  // the same connection
  auto stream = world.open(*transport, "/stream");
  REQUIRE(stream);
  world.login_as("joe");
  CHECK(world.caller(*transport) == first);  // nobody looked yet
  transport->refresh();                      // what the five minutes' alarm does
  const auto cut = world.read(*stream);
  REQUIRE_FALSE(cut);
  CHECK(cut.error().is(Disposition::Transient));  // so the watch is resumed
  CHECK(has(cut.error().message(), "the credentials have changed"));
  CHECK(world.caller(*transport).starts_with("joe from "));
  transport->close();
}

TEST_CASE("28 a certificate that is rotated while nothing but a watch runs is noticed within five minutes") {
  CertificateWorld world;
  net::TransportOptions options;
  options.url = world.config.server;
  options.tls_source = kube::detail::tls_source_of(world.config, nullptr);
  const auto transport = net::make_transport(world.loop.executor(), world.loop.clock, std::move(options)).value();
  auto stream = world.loop.run_real(transport->open(net::Request("GET", "/stream"), async::Deadline::never()));
  REQUIRE(stream);
  world.loop.pass(5min);
  world.feed->push("still here");
  CHECK(world.loop.run_real(stream->stream->read(async::Deadline::never())).value() == "still here");
  world.login_as("joe");
  world.loop.pass(5min);
  const auto cut = world.loop.run_real(stream->stream->read(async::Deadline::never()));
  REQUIRE_FALSE(cut);
  CHECK(has(cut.error().message(), "the credentials have changed"));
  stream->stream.reset();
  transport->close();
  CHECK(world.loop.clock.sleepers() == 0);
}

TEST_CASE("28 idle connections are let go after a minute, whether anybody asks again or not") {
  CertificateWorld world;
  net::TransportOptions options;
  options.url = world.config.server;
  options.ca_pem = world.ca.cert_pem;
  const auto transport = net::make_transport(world.loop.executor(), world.loop.clock, std::move(options)).value();
  REQUIRE(world.loop.run_real(transport->send(net::Request("GET", "/"), async::Deadline::never())));
  world.loop.pass(59s);
  CHECK(world.server->connections() == 1);
  world.loop.pass(1s);
  REQUIRE(world.eventually([&] { return world.server->connections() == 0; }));
  CHECK(world.loop.clock.sleepers() == 0);
}

TEST_CASE("28 a new connection uses the certificate that stands in the files at that moment") {
  CertificateWorld world;
  const auto transport = world.client();
  CHECK(world.caller(*transport).starts_with("jane from "));
  world.login_as("joe");
  world.server->drop_connections();
  REQUIRE(world.eventually([&] { return world.server->connections() == 0; }));
  CHECK(world.caller(*transport).starts_with("joe from "));
  transport->close();
}

TEST_CASE("28 half of a new pair, or none of it, leaves the old pair in use") {
  CertificateWorld world;
  const auto transport = world.client();
  const std::string first = world.caller(*transport);
  const net::KeyPair joe = certificate(world.ca, "joe", false);
  world.folder.write("tls.crt", joe.cert_pem);
  transport->refresh();
  CHECK(world.caller(*transport) == first);
  world.folder.remove("tls.crt");
  transport->refresh();
  CHECK(world.caller(*transport) == first);
  world.folder.write("tls.crt", joe.cert_pem);
  world.folder.write("tls.key", joe.key_pem);
  transport->refresh();
  CHECK(world.caller(*transport).starts_with("joe from "));
  transport->close();
}

TEST_CASE("28 a rotated CA is trusted without a restart, and streams that run are left alone") {
  CertificateWorld world;
  const auto transport = world.client();
  CHECK(world.caller(*transport).starts_with("jane from "));
  auto stream = world.open(*transport, "/stream");
  REQUIRE(stream);
  const net::KeyPair second = net::make_ca("second CA").value();
  world.folder.write("ca.crt", world.ca.cert_pem + second.cert_pem);
  transport->refresh();
  world.feed->push("still here");
  const auto piece = world.read(*stream);
  REQUIRE(piece);
  CHECK(*piece == "still here");
  const std::uint16_t port = world.server->port();
  world.loop.run_real(world.server->stop());
  world.serve(second, port);
  CHECK(world.caller(*transport).starts_with("jane from "));
  transport->close();
}

TEST_CASE("28 a server of an unknown CA is refused with a sentence, and trusted when the file says so") {
  CertificateWorld world;
  const auto transport = world.client();
  const std::uint16_t port = world.server->port();
  world.loop.run_real(world.server->stop());
  const net::KeyPair second = net::make_ca("second CA").value();
  world.serve(second, port);
  CHECK(has(world.caller(*transport), "certificate is refused"));
  world.folder.write("ca.crt", second.cert_pem);
  CHECK(world.caller(*transport).starts_with("jane from "));
  transport->close();
}

TEST_CASE("28 an expired client certificate is named in the error") {
  CertificateWorld world;
  net::CertificateRequest request;
  request.common_name = "jane";
  request.client_auth = true;
  request.now = async::RealClock().wall() - std::chrono::days(30);
  request.validity = std::chrono::days(10);
  const auto expired = net::issue_certificate(world.ca, request);
  REQUIRE(expired);
  world.folder.write("tls.crt", expired->cert_pem);
  world.folder.write("tls.key", expired->key_pem);
  const auto transport = world.client();
  const std::string error = world.caller(*transport);
  CHECK(has(error, "the client's certificate expired at 20"));
  world.login_as("jane");
  CHECK(world.caller(*transport).starts_with("jane from "));
  transport->close();
}

}  // namespace
}  // namespace slipway::test
