#include <algorithm>

#include <catch2/catch_test_macros.hpp>

#include "pkg/simcloud/client_configs.h"
#include "pkg/simcloud/kinds.h"
#include "test/unit/simcloud/demo_world.h"

namespace slipway::simcloud::test {
namespace {

const Object kCertificate = object(R"(
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: serving, namespace: default}
spec: {dnsNames: [a.default.svc], secretName: pair, issuerRef: {name: self}}
)");
const Object kIssuer = object("{apiVersion: cert-manager.io/v1, kind: Issuer, metadata: {name: self, namespace: default}, spec: {selfSigned: {}}}");

Object validating(std::string_view name, std::string_view annotations) {
  Object out = object(R"(
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
webhooks:
- {name: one.example.com, admissionReviewVersions: [v1], sideEffects: None, clientConfig: {service: {namespace: default, name: a, path: /one}}}
- {name: two.example.com, admissionReviewVersions: [v1], sideEffects: None, clientConfig: {service: {namespace: default, name: a, path: /two}}}
)");
  out.ref({"metadata", "name"}) = name;
  out.ref({"metadata", "annotations"}) = object(annotations);
  return out;
}

Object mutating() {
  Object out = validating("m", "{cert-manager.io/inject-ca-from: default/serving}");
  out.set("kind", "MutatingWebhookConfiguration");
  return out;
}

Object converted_kind() {
  return object(R"(
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com, annotations: {cert-manager.io/inject-ca-from: default/serving}}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Thing, plural: things}
  conversion:
    strategy: Webhook
    webhook: {conversionReviewVersions: [v1], clientConfig: {service: {namespace: default, name: a, path: /convert}}}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
)");
}

bool trusting(const Object& o) {
  const auto configs = client_configs(o);
  for (const ClientConfig& config : configs)
    if (config.ca_bundle.empty()) return false;
  return !configs.empty();
}

std::vector<std::string> bundles(const Object& o) {
  std::vector<std::string> out;
  for (const ClientConfig& config : client_configs(o)) out.push_back(config.ca_bundle);
  return out;
}

bool has_manager(const Object& o, std::string_view name) {
  return std::ranges::any_of(o["metadata"]["managedFields"].array(), [&](const json::Value& entry) { return entry["manager"].as_string() == name; });
}

Awaitable<ClientPtr> install_cert_manager(DemoWorld* demo) {
  ClientPtr hub = demo->world.hub().local_client();
  co_await apply_all(demo, hub, components("20-cert-manager.yaml"));
  co_return hub;
}

Awaitable<std::string> ca_in(ClientPtr client, kube::ObjectKey key) {
  const auto secret = co_await client->get(res::kSecrets, key);
  co_return secret ? (*secret)["data"]["ca.crt"].str() : secret.error().message();
}

Awaitable<void> inject_everywhere(DemoWorld* demo) {
  const ClientPtr hub = co_await install_cert_manager(demo);
  co_await apply_all(
      demo, hub,
      {converted_kind(), validating("v", "{cert-manager.io/inject-ca-from: default/serving}"), mutating(), validating("n", "{}"), kIssuer, kCertificate});
  const Object v = co_await await_object(demo, hub, kValidatingWebhooks, {"", "v"}, trusting);
  const Object m = co_await await_object(demo, hub, kMutatingWebhooks, {"", "m"}, trusting);
  const Object c = co_await await_object(demo, hub, res::kCrds, {"", "things.example.com"}, trusting);
  const std::string ca = co_await ca_in(hub, {"default", "pair"});
  CHECK(bundles(v) == std::vector{ca, ca});
  CHECK(bundles(m) == std::vector{ca, ca});
  CHECK(bundles(c) == std::vector{ca});
  for (const Object& o : {v, m, c}) CHECK(has_manager(o, "cert-manager-cainjector"));
  const auto n = co_await hub->get(kValidatingWebhooks, {"", "n"});
  REQUIRE(n);
  CHECK(bundles(*n) == std::vector<std::string>{"", ""});
}

Awaitable<void> take_out(DemoWorld* demo) {
  const ClientPtr hub = co_await install_cert_manager(demo);
  co_await apply_all(demo, hub, {validating("v", "{cert-manager.io/inject-ca-from: default/serving}"), kIssuer, kCertificate});
  const Object before = co_await await_object(demo, hub, kValidatingWebhooks, {"", "v"}, trusting);
  const json::Value patch = object("[{op: remove, path: /webhooks/1/clientConfig/caBundle}]");
  const auto patched = co_await hub->patch(kValidatingWebhooks, {"", "v"}, kube::PatchType::Json, patch, {});
  REQUIRE(patched);
  CHECK_FALSE(trusting(*patched));
  const Object after = co_await await_object(demo, hub, kValidatingWebhooks, {"", "v"}, trusting);
  CHECK(bundles(after) == bundles(before));
}

Awaitable<void> ask_a_secret(DemoWorld* demo) {
  const ClientPtr hub = co_await install_cert_manager(demo);
  co_await apply_all(demo, hub,
                     {validating("own", "{cert-manager.io/inject-ca-from-secret: cert-manager/cert-manager-webhook-ca}"),
                      validating("greedy", "{cert-manager.io/inject-ca-from-secret: default/private}"),
                      object("{apiVersion: v1, kind: Secret, metadata: {name: private, namespace: default}, data: {ca.crt: QQ==}}")});
  const Object own = co_await await_object(demo, hub, kValidatingWebhooks, {"", "own"}, trusting);
  const std::string ca = co_await ca_in(hub, {"cert-manager", "cert-manager-webhook-ca"});
  CHECK(bundles(own) == std::vector{ca, ca});
  const auto greedy = co_await hub->get(kValidatingWebhooks, {"", "greedy"});
  REQUIRE(greedy);
  CHECK(bundles(*greedy) == std::vector<std::string>{"", ""});
}

bool ready(const Object& o) { return is_true(o, "Ready"); }

Awaitable<void> wait_for_injector(DemoWorld* demo) {
  const ClientPtr hub = co_await install_cert_manager(demo);
  co_await apply_all(demo, hub, {validating("v", "{cert-manager.io/inject-ca-from: default/serving}"), kIssuer, kCertificate});
  co_await await_object(demo, hub, res::kCertificates, {"default", "serving"}, ready);
  co_await demo->loop.clock.sleep_until(demo->loop.clock.now() + std::chrono::minutes(1));
  const auto before = co_await hub->get(kValidatingWebhooks, {"", "v"});
  REQUIRE(before);
  CHECK_FALSE(trusting(*before));
  const json::Value cure = object("[{op: replace, path: /spec/template/spec/containers/0/image, value: other}]");
  const auto cured = co_await hub->patch(res::kDeployments, {"cert-manager", "cert-manager-cainjector"}, kube::PatchType::Json, cure, {});
  REQUIRE(cured);
  co_await await_object(demo, hub, kValidatingWebhooks, {"", "v"}, trusting);
}

// cert-manager without a cainjector of its own.
Awaitable<Object> inject_by_cert_manager(DemoWorld* demo) {
  const ClientPtr hub = demo->world.hub().local_client();
  std::vector<Object> parts = components("20-cert-manager.yaml");
  std::erase_if(parts, [](const Object& o) { return kube::kind_of(o) == "Deployment" && kube::name_of(o) == "cert-manager-cainjector"; });
  co_await apply_all(demo, hub, std::move(parts));
  co_await apply_all(demo, hub, {validating("v", "{cert-manager.io/inject-ca-from: default/serving}"), kIssuer, kCertificate});
  co_return co_await await_object(demo, hub, kValidatingWebhooks, {"", "v"}, trusting);
}

}  // namespace

TEST_CASE("the CA of a Certificate comes into every webhook and conversion that asks for it, and into no other") {
  DemoWorld demo;
  demo.loop.run(inject_everywhere(&demo));
}

TEST_CASE("a CA that somebody takes out is put in again") {
  DemoWorld demo;
  demo.loop.run(take_out(&demo));
}

TEST_CASE("the CA of cert-manager's own webhook comes from its Secret, and no Secret gives away what it does not allow") {
  DemoWorld demo;
  demo.loop.run(ask_a_secret(&demo));
}

TEST_CASE("no CA is handed out while cainjector does not run, and all are when it starts") {
  DemoWorld demo({.speed = 1, .tls = false, .fail = "image:cert-manager-cainjector"});
  demo.loop.run(wait_for_injector(&demo));
}

TEST_CASE("where there is no Deployment of cainjector, cert-manager hands out CAs") {
  DemoWorld demo;
  CHECK(trusting(demo.loop.run(inject_by_cert_manager(&demo))));
}

}  // namespace slipway::simcloud::test
