#include <catch2/catch_test_macros.hpp>

#include "pkg/net/client.h"
#include "pkg/net/server.h"
#include "pkg/simcloud/issuing.h"
#include "pkg/simcloud/kinds.h"
#include "test/unit/simcloud/demo_world.h"

namespace slipway::simcloud::test {
namespace {

bool ready(const Object& o) { return is_true(o, "Ready"); }
bool failed(const Object& o) { return kube::condition(o, "Ready")["reason"].as_string() == "Failed"; }

Object certificate(std::string_view spec) {
  return object("{apiVersion: cert-manager.io/v1, kind: Certificate, metadata: {name: serving, namespace: default}, spec: " + std::string(spec) + "}");
}

Awaitable<ClientPtr> install_cert_manager(DemoWorld* demo) {
  ClientPtr hub = demo->world.hub().local_client();
  co_await apply_all(demo, hub, components("20-cert-manager.yaml"));
  co_await await_deployments(demo, hub, components("20-cert-manager.yaml"));
  co_await apply_all(demo, hub, {object("{apiVersion: cert-manager.io/v1, kind: Issuer, metadata: {name: self, namespace: default}, spec: {selfSigned: {}}}")});
  co_return hub;
}

Awaitable<Object> secret_of(DemoWorld* demo, Object wanted) {
  const ClientPtr hub = co_await install_cert_manager(demo);
  co_await apply_all(demo, hub, {wanted});
  co_await await_object(demo, hub, res::kCertificates, kube::key_of(wanted), ready);
  auto secret = co_await hub->get(res::kSecrets, {"default", wanted["spec"]["secretName"].str()});
  if (!secret) throw std::runtime_error(secret.error().message());
  co_return std::move(*secret);
}

Awaitable<Object> refused(DemoWorld* demo, Object wanted) {
  const ClientPtr hub = co_await install_cert_manager(demo);
  co_await apply_all(demo, hub, {wanted});
  co_return co_await await_object(demo, hub, res::kCertificates, kube::key_of(wanted), failed);
}

Awaitable<net::Response> hello(net::Request) { co_return net::Response(200, "text/plain", "hello"); }

// What a client says that trusts `ca_pem` and calls a server with this pair by this name.
Awaitable<std::string> shake_hands(async::Executor executor, async::Clock* clock, net::KeyPair pair, std::string ca_pem, std::string name) {
  net::ServerOptions serving;
  serving.tls = std::make_unique<net::ServerTls>();
  serving.tls->cert_pem = pair.cert_pem;
  serving.tls->key_pem = pair.key_pem;
  auto server = net::Server::listen(executor, *clock, std::move(serving), hello);
  if (!server) throw std::runtime_error(server.error().message());
  net::TransportOptions options;
  options.url = "https://127.0.0.1:" + std::to_string((*server)->port());
  options.ca_pem = std::move(ca_pem);
  options.tls_server_name = std::move(name);
  auto transport = net::make_transport(executor, *clock, std::move(options));
  if (!transport) throw std::runtime_error(transport.error().message());
  const auto response = co_await (*transport)->send({"POST", "/"}, clock->after(std::chrono::seconds(10)));
  (*transport)->close();
  co_await (*server)->stop();
  co_return response ? response->body : response.error().message();
}

std::string value(const Object& secret, std::string_view key) {
  std::string out;
  if (!kube::secret_value(secret, key, out)) throw std::runtime_error("the Secret has no " + std::string(key));
  return out;
}

}  // namespace

TEST_CASE("the Secret of a Certificate serves its names over TLS to those who trust its CA, and no other name") {
  DemoWorld demo;
  const Object secret = demo.loop.run(secret_of(&demo, certificate("{dnsNames: [a.default.svc], secretName: pair, issuerRef: {name: self}}")));
  CHECK(secret["type"].as_string() == "kubernetes.io/tls");
  async::RealClock clock;
  const net::KeyPair pair{value(secret, "tls.crt"), value(secret, "tls.key")};
  const std::string ca = value(secret, "ca.crt");
  CHECK(demo.loop.run_real(shake_hands(demo.loop.executor(), &clock, pair, ca, "a.default.svc")) == "hello");
  CHECK(demo.loop.run_real(shake_hands(demo.loop.executor(), &clock, pair, ca, "b.default.svc")).contains("certificate"));
  const auto other = issue(certificate("{dnsNames: [a.default.svc]}"));
  REQUIRE(other);
  CHECK(demo.loop.run_real(shake_hands(demo.loop.executor(), &clock, pair, other->ca_pem, "a.default.svc")).contains("certificate"));
}

TEST_CASE("a Certificate for what is no name says so, and gets no Secret") {
  DemoWorld demo;
  const Object said = demo.loop.run(refused(&demo, certificate("{dnsNames: ['a b'], secretName: pair, issuerRef: {name: self}}")));
  CHECK(kube::condition(said, "Ready")["message"].as_string() == "\"a b\" is no DNS name");
  CHECK_FALSE(demo.loop.run(demo.world.hub().local_client()->get(res::kSecrets, {"default", "pair"})));
}

TEST_CASE("a Certificate that is a CA is its own, and names of any length are certified") {
  const auto ca = issue(certificate("{isCA: true, commonName: root}"));
  REQUIRE(ca);
  CHECK(ca->ca_pem == ca->pair.cert_pem);
  net::CertificateRequest leaf;
  leaf.common_name = "leaf";
  leaf.server_auth = true;
  CHECK(net::issue_certificate(ca->pair, leaf));
  CHECK(issue(certificate("{dnsNames: [" + std::string(60, 'a') + "." + std::string(60, 'b') + ".svc]}")));
}

}  // namespace slipway::simcloud::test
