#include <string>
#include <string_view>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "pkg/base/strings.h"
#include "pkg/net/client.h"
#include "pkg/simcloud/issuing.h"
#include "pkg/simcloud/kinds.h"
#include "pkg/simcloud/reviews.h"
#include "pkg/simcloud/webhook_servers.h"
#include "test/unit/simcloud/demo_world.h"

namespace slipway::simcloud::test {
namespace {

// Of the Service below. Cases run side by side, each in a process: one that looks for silence must not hear another's webhook.
const std::string kAddress = "127.97." + std::to_string(getpid() / 250 % 250 + 1) + "." + std::to_string(getpid() % 250 + 1);
const std::string kUrl = "https://" + kAddress + ":18443";

net::Request post(std::string body) {
  net::Request request("POST", "/validate");
  request.headers.set("Content-Type", "application/json");
  request.body = std::move(body);
  return request;
}

json::Value answer_to(std::string_view yaml) {
  const net::Response response = answer_review(post(json::dump(object(yaml))));
  CHECK(response.status == 200);
  return json::parse(response.body).value_or(json::Value());
}

constexpr const char* kReview = "{apiVersion: admission.k8s.io/v1, kind: AdmissionReview, request: {uid: u-1, operation: CREATE, object: {kind: Thing}}}";

std::string program() {
  std::string text = R"(
- apiVersion: v1
  kind: Service
  metadata: {name: a, namespace: default}
  spec: {clusterIP: ADDRESS, selector: {app: a}, ports: [{port: 18443, targetPort: 9443}]}
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: a, namespace: default}
  spec:
    replicas: 1
    selector: {matchLabels: {app: a}}
    template:
      metadata: {labels: {app: a, more: b}}
      spec:
        containers: [{name: manager, image: a}]
        volumes: [{name: unrelated, emptyDir: {}}, {name: cert, secret: {secretName: pair}}]
- {apiVersion: cert-manager.io/v1, kind: Issuer, metadata: {name: self, namespace: default}, spec: {selfSigned: {}}}
- apiVersion: cert-manager.io/v1
  kind: Certificate
  metadata: {name: serving, namespace: default}
  spec: {dnsNames: [a.default.svc], secretName: pair, issuerRef: {name: self}}
- apiVersion: admissionregistration.k8s.io/v1
  kind: ValidatingWebhookConfiguration
  metadata: {name: v, annotations: {cert-manager.io/inject-ca-from: default/serving}}
  webhooks:
  - name: one.example.com
    admissionReviewVersions: [v1]
    sideEffects: None
    clientConfig: {service: {namespace: default, name: a, path: /validate, port: 18443}}
)";
  const std::string_view placeholder = "ADDRESS";
  return text.replace(text.find(placeholder), placeholder.size(), kAddress);
}

bool trusting(const Object& o) { return !o["webhooks"][0]["clientConfig"]["caBundle"].as_string().empty(); }
bool available(const Object& o) { return is_true(o, "Available"); }

Awaitable<std::string> ca_of_webhook(ClientPtr client) {
  const auto found = co_await client->get(kValidatingWebhooks, {"", "v"});
  std::string pem;
  if (!found || !base64_decode((*found)["webhooks"][0]["clientConfig"]["caBundle"].as_string(), pem)) throw std::runtime_error("no CA");
  co_return pem;
}

Awaitable<void> run_program(DemoWorld* demo, ClientPtr client) {
  co_await apply_all(demo, client, components("20-cert-manager.yaml"));
  const Object objects = object(program());
  co_await apply_all(demo, client, {objects.array().begin(), objects.array().end()});
  co_await await_object(demo, client, kValidatingWebhooks, {"", "v"}, trusting);
  co_await await_object(demo, client, res::kDeployments, {"default", "a"}, available);
}

Awaitable<std::string> review(async::Executor executor, std::string ca_pem) {
  async::RealClock clock;
  net::TransportOptions options;
  options.url = kUrl;
  options.ca_pem = std::move(ca_pem);
  options.tls_server_name = "a.default.svc";
  auto transport = net::make_transport(executor, clock, std::move(options));
  if (!transport) throw std::runtime_error(transport.error().message());
  const auto response = co_await (*transport)->send(post(json::dump(object(kReview))), clock.after(std::chrono::seconds(10)));
  (*transport)->close();
  co_return response ? response->body : response.error().message();
}

struct Called {
  explicit Called(DemoWorld& demo_) : demo(demo_), client(demo_.attach_another()) {
    demo.loop.run(run_program(&demo, client));
    demo.loop.pass(std::chrono::seconds(1));
  }
  [[nodiscard]] std::string ask() {
    const std::string ca = demo.loop.run(ca_of_webhook(client));
    return demo.loop.run_real(review(demo.loop.executor(), ca));
  }
  template <class T>
  void then(Awaitable<Result<T>> change) {
    const auto done = demo.loop.run(std::move(change));
    REQUIRE(done);
    demo.loop.pass(std::chrono::seconds(5));
  }

  DemoWorld& demo;
  ClientPtr client;
};

}  // namespace

TEST_CASE("an admission review is allowed under its own uid, in its own version") {
  const json::Value answer = answer_to(kReview);
  CHECK(answer == object("{apiVersion: admission.k8s.io/v1, kind: AdmissionReview, response: {uid: u-1, allowed: true}}"));
}

TEST_CASE("a conversion review gets its objects back with nothing but their apiVersion changed") {
  const json::Value answer = answer_to(R"(
apiVersion: apiextensions.k8s.io/v1
kind: ConversionReview
request:
  uid: u-2
  desiredAPIVersion: example.com/v2
  objects:
  - {apiVersion: example.com/v1, kind: Thing, metadata: {name: a}, spec: {x: 1}}
  - {apiVersion: example.com/v1beta1, kind: Thing, metadata: {name: b}}
)");
  CHECK(answer["response"] == object(R"(
uid: u-2
result: {status: Success}
convertedObjects:
- {apiVersion: example.com/v2, kind: Thing, metadata: {name: a}, spec: {x: 1}}
- {apiVersion: example.com/v2, kind: Thing, metadata: {name: b}}
)"));
}

TEST_CASE("what is no review is refused") {
  CHECK(answer_review(net::Request("GET", "/validate")).status == 405);
  const char* body = GENERATE("", "{", "[]", "null", R"({"kind":"AdmissionReview"})", R"({"kind":"AdmissionReview","request":{"uid":7}})",
                              R"({"kind":"TokenReview","request":{"uid":"u"}})");
  CAPTURE(body);
  CHECK(answer_review(post(body)).status == 400);
}

TEST_CASE("only addresses of 127.0.0.0/8 are loopback") {
  for (const char* yes : {"127.0.0.1", "127.97.41.7", "127.255.255.255"}) CHECK(is_loopback(yes));
  for (const char* no : {"", "127", "127.0.0", "127.0.0.", "127.0.0.1.", "127.0.0.256", "127.0.0.01", "127.0.0.1 ", "128.0.0.1", "10.96.0.1", "0.0.0.0", "::1",
                         "localhost", "None", "127.0.0.1.example.com"})
    CHECK_FALSE(is_loopback(no));
}

TEST_CASE("nothing is bound outside of loopback, and loopback is given back") {
  slipway::test::Loop loop;
  async::RealClock clock;
  WebhookServers servers(loop.executor(), clock);
  const auto issued = issue(object("{metadata: {name: c}, spec: {dnsNames: [a.default.svc]}}"));
  REQUIRE(issued);
  const kube::ObjectKey service{"default", "a"};
  for (const char* address : {"0.0.0.0", "10.96.0.10", "::1", "None", ""}) {
    loop.run_real(servers.serve(service, {.address = address, .ports = {0}, .certificate = "1", .pair = issued->pair}));
    CHECK(servers.listening(service).empty());
  }
  loop.run_real(servers.serve(service, {.address = kAddress, .ports = {0}, .certificate = "1", .pair = issued->pair}));
  const auto first = servers.listening(service);
  REQUIRE(first.size() == 1);
  CHECK(first.front().starts_with(kAddress + ":"));
  loop.run_real(servers.serve(service, {.address = kAddress, .ports = {0}, .certificate = "1", .pair = issued->pair}));
  CHECK(servers.listening(service) == first);  // the same plan, the same listener
  loop.run_real(servers.stop(service));
  CHECK(servers.listening(service).empty());
}

TEST_CASE("an address that is taken is no harm, and is served once it is free") {
  slipway::test::Loop loop;
  async::RealClock clock;
  WebhookServers theirs(loop.executor(), clock);
  WebhookServers ours(loop.executor(), clock);
  const auto issued = issue(object("{metadata: {name: c}, spec: {dnsNames: [a.default.svc]}}"));
  REQUIRE(issued);
  const kube::ObjectKey service{"default", "a"};
  const Serving serving{.address = kAddress, .ports = {18444}, .certificate = "1", .pair = issued->pair};
  loop.run_real(theirs.serve(service, serving));
  loop.run_real(ours.serve(service, serving));
  CHECK(ours.listening(service).empty());
  loop.run_real(theirs.stop_all());
  loop.run_real(ours.serve(service, serving));
  CHECK(ours.listening(service).size() == 1);
  loop.run_real(ours.stop_all());
}

TEST_CASE("on an API server that is not the world's own, a webhook is answered at its Service's ClusterIP, with the certificate that its callers trust") {
  DemoWorld demo;
  Called called(demo);
  CHECK(called.ask().contains(R"("allowed":true)"));

  SECTION("a renewed certificate is served") {
    const auto renewed = issue(object("{metadata: {name: c}, spec: {dnsNames: [a.default.svc]}}"));
    REQUIRE(renewed);
    json::Value patch;
    patch.ref({"data", "ca.crt"}) = base64_encode(renewed->ca_pem);
    patch.ref({"data", "tls.crt"}) = base64_encode(renewed->pair.cert_pem);
    patch.ref({"data", "tls.key"}) = base64_encode(renewed->pair.key_pem);
    called.then(called.client->patch(res::kSecrets, {"default", "pair"}, kube::PatchType::Merge, patch, {}));
    CHECK(demo.loop.run(ca_of_webhook(called.client)) == renewed->ca_pem);
    CHECK(called.ask().contains(R"("allowed":true)"));
  }
  SECTION("it ends with its Service") {
    called.then(called.client->remove(res::kServices, {"default", "a"}, {}));
    CHECK(called.ask().contains("Connection refused"));
  }
  SECTION("it ends with its Deployment") {
    called.then(called.client->remove(res::kDeployments, {"default", "a"}, {}));
    CHECK(called.ask().contains("Connection refused"));
  }
  SECTION("it ends when nobody calls it any longer") {
    const std::string ca = demo.loop.run(ca_of_webhook(called.client));
    called.then(called.client->remove(kValidatingWebhooks, {"", "v"}, {}));
    CHECK(demo.loop.run_real(review(demo.loop.executor(), ca)).contains("Connection refused"));
  }
}

TEST_CASE("on the world's own API servers, which call no webhooks, none is answered") {
  DemoWorld demo;
  const ClientPtr hub = demo.world.hub().local_client();
  demo.loop.run(run_program(&demo, hub));
  demo.loop.pass(std::chrono::seconds(5));
  const std::string ca = demo.loop.run(ca_of_webhook(hub));
  CHECK(demo.loop.run_real(review(demo.loop.executor(), ca)).contains("Connection refused"));
}

}  // namespace slipway::simcloud::test
