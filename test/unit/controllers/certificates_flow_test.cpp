// The whole flow without cert-manager, in memory: from the samples to Ready, and on to the first renewal of the webhooks' certificates.
#include <algorithm>

#include <catch2/catch_test_macros.hpp>

#include "demo.h"
#include "pkg/base/strings.h"
#include "pkg/net/pki.h"

using namespace slipway;
using namespace slipway::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* kHooks = R"(
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: capi-validating, annotations: {cert-manager.io/inject-ca-from: capi-system/capi-serving-cert}}
webhooks:
- name: validation.cluster.cluster.x-k8s.io
  admissionReviewVersions: [v1]
  sideEffects: None
  clientConfig: {service: {name: capi-webhook-service, namespace: capi-system, path: /validate}}
  rules: [{apiGroups: [cluster.x-k8s.io], apiVersions: [v1beta1], operations: [CREATE], resources: [clusters]}]
)";
const kube::ObjectKey kCoreComponents{"tkg-system", "cluster-api-v1.2.8"};
const kube::ObjectKey kCoreSecret{"capi-system", "capi-webhook-service-cert"};

void without_cert_manager(Demo& demo) {
  demo.apply_samples([](kube::Object& request) { request.ref({"spec", "certManager"}) = json::Object{{"mode", "None"}, {"version", "v1.9.1"}}; }, false);
  const auto map = demo.loop.run(demo.hub->get(kube::res::kConfigMaps, kCoreComponents));
  REQUIRE(map);
  json::Value body;
  body.ref({"data", "components.yaml"}) = (*map)["data"]["components.yaml"].str() + kHooks;
  demo.patch(kube::res::kConfigMaps, kCoreComponents, std::move(body));
}

kube::Object get(Demo& demo, const kube::GroupVersionResource& gvr, const kube::ObjectKey& key) {
  auto found = demo.loop.run(demo.client_of(kTargetServer)->get(gvr, key));
  if (!found) throw std::runtime_error(found.error().message());
  return std::move(*found);
}

std::string ca_of(Demo& demo) {
  const kube::Object hooks = get(demo, kube::res::kValidatingWebhookConfigurations, {"", "capi-validating"});
  return hooks["webhooks"].array().front()["clientConfig"]["caBundle"].str();
}

// Of the Secrets that Slipway issued.
std::vector<std::size_t> sizes_of_bundles(Demo& demo) {
  std::vector<std::size_t> out;
  for (const kube::Object& secret : demo.list(kTargetServer, kube::res::kSecrets)) {
    std::string pem;
    if (kube::annotation(secret, "slipway.dev/issued").empty() || !kube::secret_value(secret, "ca.crt", pem)) continue;
    std::size_t count = 0;
    for (std::size_t at = pem.find("BEGIN"); at != std::string::npos; at = pem.find("BEGIN", at + 1)) ++count;
    out.push_back(count);
  }
  return out;
}

std::string decoded(const std::string& base64) {
  std::string out;
  REQUIRE(base64_decode(base64, out));
  return out;
}

}  // namespace

TEST_CASE("without cert-manager the samples come to Ready, and the certificates are renewed in time") {
  Demo demo;
  without_cert_manager(demo);
  demo.start_operator();
  demo.until("the request is Ready", [&] { return ready(demo.request()); });
  CHECK(sizes_of_bundles(demo) == std::vector<std::size_t>{1, 1, 1, 1});  // nothing was issued twice
  const auto crds = demo.list(kTargetServer, kube::res::kCrds);
  CHECK(std::ranges::none_of(crds, [](const kube::Object& c) { return kube::name_of(c).ends_with("cert-manager.io"); }));
  const kube::Object secret = get(demo, kube::res::kSecrets, kCoreSecret);
  CHECK_FALSE(ca_of(demo).empty());
  CHECK(ca_of(demo) == secret["data"]["ca.crt"].as_string());
  for (const json::Value& step : (*demo.request())["status"]["steps"].array())
    if (step["name"].as_string() == "target-cert-manager") CHECK(step["message"].str().find("Slipway issues and renews") != std::string::npos);

  SECTION("a restarted operator issues nothing anew") {
    demo.stop_operator();
    auto count = std::make_shared<Fuse>();
    demo.start_operator(count);
    demo.loop.pass(1min);
    CHECK(count->writes == 0);
  }
  SECTION("after two thirds of a year there is a new certificate, at that very time, and both CAs are trusted") {
    const auto first = net::validity_of(decoded(secret["data"]["tls.crt"].str()));
    REQUIRE(first);
    const WallTime due = first->from + (first->until - first->from) * 2 / 3;
    demo.loop.clock.advance(std::chrono::duration_cast<async::Duration>(due - demo.loop.clock.wall()) - 2min);
    demo.loop.pass(110s);  // whatever else so long a time brings
    CHECK(get(demo, kube::res::kSecrets, kCoreSecret)["data"] == secret["data"]);
    demo.loop.pass(15s);
    CHECK(get(demo, kube::res::kSecrets, kCoreSecret)["data"] != secret["data"]);
    demo.until("all is well again", [&] { return ready(demo.request()); });
    const kube::Object renewed = get(demo, kube::res::kSecrets, kCoreSecret);
    CHECK(renewed["data"]["tls.crt"] != secret["data"]["tls.crt"]);
    CHECK(renewed["data"]["tls.key"] != secret["data"]["tls.key"]);
    CHECK(decoded(renewed["data"]["ca.crt"].str()).ends_with(decoded(secret["data"]["ca.crt"].str())));
    CHECK(ca_of(demo) == renewed["data"]["ca.crt"].as_string());
    CHECK(sizes_of_bundles(demo) == std::vector<std::size_t>{2, 2, 2, 2});
    const auto validity = net::validity_of(decoded(renewed["data"]["tls.crt"].str()));
    REQUIRE(validity);
    CHECK(validity->until > demo.loop.clock.wall() + std::chrono::days(360));
  }
}

TEST_CASE("an operator that is killed again and again issues one certificate for each, and comes to the same end") {
  Demo demo;
  without_cert_manager(demo);
  std::uint64_t at = 17;
  auto fuse = std::make_shared<Fuse>();
  fuse->blows_after = at;
  demo.start_operator(fuse);
  demo.until(
      "the request is Ready",
      [&] {
        if (fuse->blown()) {
          demo.stop_operator();
          fuse = std::make_shared<Fuse>();
          fuse->blows_after = ++at;
          demo.start_operator(fuse);
        }
        return ready(demo.request());
      },
      30min);
  CHECK(at > 20);
  CHECK(sizes_of_bundles(demo) == std::vector<std::size_t>{1, 1, 1, 1});
  const kube::Object secret = get(demo, kube::res::kSecrets, kCoreSecret);
  CHECK(ca_of(demo) == secret["data"]["ca.crt"].as_string());
  demo.stop_operator();
}
