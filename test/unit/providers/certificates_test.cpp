#include "pkg/providers/certificates.h"

#include <algorithm>

#include <catch2/catch_test_macros.hpp>

#include "pkg/base/strings.h"
#include "pkg/net/pki.h"
#include "pkg/providers/readiness.h"
#include "test/unit/net/socket_world.h"

namespace slipway::providers {
namespace {

using namespace std::chrono_literals;

constexpr const char* kComponents = R"(
apiVersion: v1
kind: Namespace
metadata: {name: capi-system}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: clusters.cluster.x-k8s.io, annotations: {cert-manager.io/inject-ca-from: capi-system/serving}}
spec:
  group: cluster.x-k8s.io
  names: {kind: Cluster, plural: clusters}
  versions: [{name: v1beta1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
  conversion: {strategy: Webhook, webhook: {clientConfig: {caBundle: Cg==, service: {name: w, namespace: capi-system}}}}
---
apiVersion: cert-manager.io/v1
kind: Issuer
metadata: {name: selfsigned, namespace: capi-system}
spec: {selfSigned: {}}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: serving, namespace: capi-system}
spec:
  dnsNames: [w.capi-system.svc, w.capi-system.svc.cluster.local]
  issuerRef: {kind: Issuer, name: selfsigned}
  secretName: webhook-cert
  subject: {organizations: [k8s-sig-cluster-lifecycle]}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: capi, annotations: {cert-manager.io/inject-ca-from: capi-system/serving}}
webhooks:
- {name: a.example.com, clientConfig: {service: {name: w, namespace: capi-system}}}
- {name: b.example.com, clientConfig: {service: {name: w, namespace: capi-system}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: capi-controller-manager, namespace: capi-system}
spec: {template: {spec: {volumes: [{name: cert, secret: {secretName: webhook-cert}}]}}}
)";

Components with_cert_manager(const std::string& from = "", const std::string& to = "", const std::string& ns = "") {
  std::string yaml = kComponents;
  if (!from.empty()) {
    const auto at = yaml.find(from);
    REQUIRE(at != std::string::npos);
    yaml.replace(at, from.size(), to);
  }
  auto made = process({"CoreProvider", "cluster-api", "v1.2.8", ns, {}}, yaml);
  REQUIRE(made);
  return std::move(*made);
}

Components without() { return without_cert_manager(with_cert_manager()).value(); }

const kube::Object& object(const Components& set, std::string_view kind) {
  const auto found = std::ranges::find_if(set.objects, [&](const kube::Object& o) { return kube::kind_of(o) == kind; });
  REQUIRE(found != set.objects.end());
  return *found;
}

std::string refusal(const std::string& from, const std::string& to) {
  const auto made = without_cert_manager(with_cert_manager(from, to));
  REQUIRE_FALSE(made);
  CHECK(made.error().is(Disposition::Invalid));
  return made.error().message();
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

const WallTime kNow{std::chrono::seconds(1'767'225'600)};

std::string text_of(const kube::Object& secret, std::string_view key) {
  std::string out;
  REQUIRE(kube::secret_value(secret, key, out));
  return out;
}

std::size_t certificates_in(const std::string& pem) {
  std::size_t count = 0;
  for (std::size_t at = pem.find("BEGIN CERTIFICATE"); at != std::string::npos; at = pem.find("BEGIN CERTIFICATE", at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("issuers and certificates go out of a set, which tells instead what is to be issued") {
  const Components set = without();
  for (const kube::Object& o : set.objects) CHECK_FALSE(has(o["apiVersion"].as_string(), "cert-manager.io"));
  CHECK(set.objects.size() == 4);
  REQUIRE(set.certificates.size() == 1);
  const ServingCertificate& one = set.certificates.front();
  CHECK(one.certificate.to_string() == "capi-system/serving");
  CHECK(one.secret.to_string() == "capi-system/webhook-cert");
  CHECK(one.set == "cluster-api");
  CHECK(one.dns_names == std::vector<std::string>{"w.capi-system.svc", "w.capi-system.svc.cluster.local"});
}

TEST_CASE("nobody else is asked for a CA, and the intent hash tells so") {
  const Components before = with_cert_manager();
  const Components set = without();
  for (const std::string_view kind : {"CustomResourceDefinition", "ValidatingWebhookConfiguration"}) {
    const kube::Object& o = object(set, kind);
    CHECK(asks_ca_of(o) == "capi-system/serving");
    CHECK(kube::annotation(o, kInjectAnnotation).empty());
    CHECK_FALSE(kube::annotation(o, kIntentAnnotation).empty());
    CHECK(kube::annotation(o, kIntentAnnotation) != kube::annotation(object(before, kind), kIntentAnnotation));
  }
  CHECK(object(set, "Deployment") == object(before, "Deployment"));
}

TEST_CASE("a namespace that was moved moves the certificate and its names") {
  const auto set = without_cert_manager(with_cert_manager("", "", "elsewhere"));
  REQUIRE(set);
  CHECK(set->certificates.front().secret.to_string() == "elsewhere/webhook-cert");
  CHECK(set->certificates.front().dns_names.front() == "w.elsewhere.svc");
  CHECK(asks_ca_of(object(*set, "ValidatingWebhookConfiguration")) == "elsewhere/serving");
}

TEST_CASE("what a self-signed issuer of the set would not give is refused by name") {
  CHECK(
      refusal("selfSigned: {}", "ca: {secretName: root}") ==
      "Certificate capi-system/serving: its issuer Issuer capi-system/selfsigned is not self-signed; Slipway cannot issue that itself: set certManager.mode to "
      "Managed or External");
  CHECK(has(refusal("name: selfsigned}\n  secretName", "name: other}\n  secretName"), "its issuer Issuer other is not among the components"));
  CHECK(has(refusal("issuerRef: {kind: Issuer", "issuerRef: {kind: ClusterIssuer"), "its issuer ClusterIssuer selfsigned is not among the components"));
  CHECK(has(refusal("secretName: webhook-cert\n", "secretName: webhook-cert\n  isCA: true\n"), "spec.isCA asks for a CA"));
  CHECK(has(refusal("secretName: webhook-cert\n", "secretName: webhook-cert\n  usages: [client auth]\n"), "spec.usages has \"client auth\""));
  CHECK(has(refusal("secretName: webhook-cert\n", "secretName: webhook-cert\n  keystores: {jks: {create: true}}\n"), "spec.keystores"));
  CHECK(has(refusal("  secretName: webhook-cert\n", ""), "name both"));
  CHECK(has(refusal("  dnsNames: [w.capi-system.svc, w.capi-system.svc.cluster.local]\n", ""), "add spec.dnsNames"));
  CHECK(has(refusal("cert-manager.io/inject-ca-from: capi-system/serving", "cert-manager.io/inject-ca-from: capi-system/other"),
            "names Certificate capi-system/other, which is not among the components"));
  CHECK(has(refusal("cert-manager.io/inject-ca-from: capi-system/serving", "cert-manager.io/inject-ca-from-secret: capi-system/x"), "a CA from elsewhere"));
  CHECK(has(refusal("kind: Issuer\nmetadata", "kind: CertificateRequest\nmetadata"), "only cert-manager knows what to do with it"));
}

TEST_CASE("a Secret is issued again two thirds into the life of its certificate, and at once where it is not as it was issued") {
  const ServingCertificate wanted = without().certificates.front();
  CHECK(renewal_of(wanted, nullptr) == WallTime{});
  const kube::Object secret = issue(wanted, nullptr, kNow).value();
  CHECK(secret["type"].as_string() == "kubernetes.io/tls");
  CHECK(kube::label(secret, kComponentLabel) == "cluster-api");
  const WallTime due = renewal_of(wanted, &secret);
  CHECK(due > kNow + std::chrono::days(243));
  CHECK(due < kNow + std::chrono::days(244));

  ServingCertificate renamed = wanted;
  renamed.dns_names.emplace_back("another.capi-system.svc");
  CHECK(renewal_of(renamed, &secret) == WallTime{});
  for (const std::string_view key : {"tls.crt", "tls.key", "ca.crt"}) {
    kube::Object changed = secret;
    changed.ref({"data"}).erase(key);
    CHECK(renewal_of(wanted, &changed) == WallTime{});
  }
  kube::Object unlabelled = secret;
  unlabelled.ref("metadata").erase("labels");
  CHECK(renewal_of(wanted, &unlabelled) == WallTime{});
  kube::Object foreign = issue(wanted, nullptr, kNow).value();
  foreign.ref({"metadata", "annotations"}) = secret["metadata"]["annotations"];
  CHECK(renewal_of(wanted, &foreign) == WallTime{});
}

TEST_CASE("a bundle holds the CA of today and the one before it, never more, and nothing that is no certificate") {
  const ServingCertificate wanted = without().certificates.front();
  const kube::Object first = issue(wanted, nullptr, kNow).value();
  CHECK(certificates_in(text_of(first, "ca.crt")) == 1);
  const kube::Object second = issue(wanted, &first, kNow + std::chrono::days(245)).value();
  CHECK(certificates_in(text_of(second, "ca.crt")) == 2);
  CHECK(text_of(second, "ca.crt").ends_with(text_of(first, "ca.crt")));
  const kube::Object third = issue(wanted, &second, kNow + std::chrono::days(490)).value();
  CHECK(certificates_in(text_of(third, "ca.crt")) == 2);
  CHECK_FALSE(has(text_of(third, "ca.crt"), text_of(first, "ca.crt")));

  kube::Object broken = first;
  broken.ref({"data", "ca.crt"}) = base64_encode("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  CHECK(certificates_in(text_of(issue(wanted, &broken, kNow).value(), "ca.crt")) == 1);
  CHECK(certificates_in(text_of(issue(wanted, &first, kNow + std::chrono::days(3700)).value(), "ca.crt")) == 1);  // it has expired
}

TEST_CASE("a name that no certificate can have is an error that names the certificate") {
  ServingCertificate wanted = without().certificates.front();
  wanted.dns_names = {"not a name"};
  const auto secret = issue(wanted, nullptr, kNow);
  REQUIRE_FALSE(secret);
  CHECK(secret.error().is(Disposition::Invalid));
  CHECK(secret.error().message() == "Certificate capi-system/serving: \"not a name\" is no DNS name");
}

TEST_CASE("a CA goes into every webhook and conversion webhook, and another CA is another intent") {
  const Components set = without();
  const kube::Object hooks = with_ca(object(set, "ValidatingWebhookConfiguration"), "Q0E=");
  for (const json::Value& hook : hooks["webhooks"].array()) CHECK(hook["clientConfig"]["caBundle"].as_string() == "Q0E=");
  const kube::Object& crd = object(set, "CustomResourceDefinition");
  const kube::Object whole = with_ca(crd, "Q0E=");
  CHECK(whole["spec"]["conversion"]["webhook"]["clientConfig"]["caBundle"].as_string() == "Q0E=");
  CHECK(whole["spec"]["conversion"]["webhook"]["clientConfig"]["service"]["name"].as_string() == "w");
  CHECK(whole["spec"]["versions"] == crd["spec"]["versions"]);
  const kube::Object light = with_ca(crd, "Q0E=", Schemas::LeaveOut);
  CHECK(light["spec"]["versions"].is_null());
  CHECK(light["metadata"] == whole["metadata"]);
  CHECK(light["spec"]["conversion"] == whole["spec"]["conversion"]);
  CHECK(kube::annotation(with_ca(crd, "Q0Ey"), kIntentAnnotation) != kube::annotation(whole, kIntentAnnotation));
  CHECK(kube::annotation(crd, kIntentAnnotation) != kube::annotation(whole, kIntentAnnotation));
}

TEST_CASE("readiness waits for a CA of ours by name") {
  const Components set = without();
  Look look{[](const auto&, const auto&) { return nullptr; }, [](const auto&) { return std::vector<kube::ObjectPtr>{}; }};
  Components only;
  only.objects = {object(set, "ValidatingWebhookConfiguration")};
  const auto waiting = installed(only, look);
  CHECK(waiting.reason == "CANotInjected");
  CHECK(has(waiting.message, "ValidatingWebhookConfiguration capi waits for the CA that Slipway issues for Certificate capi-system/serving"));
  look.get = [&](const auto&, const auto&) { return std::make_shared<const kube::Object>(with_ca(only.objects.front(), "Q0E=")); };
  CHECK(installed(only, look).ready);
}

TEST_CASE("a server with the issued pair is trusted through the injected bundle, before and after a renewal") {
  ServingCertificate wanted = without().certificates.front();
  const WallTime now = async::RealClock().wall();
  const kube::Object first = issue(wanted, nullptr, now).value();
  const kube::Object second = issue(wanted, &first, now).value();
  const kube::Object stranger = issue(wanted, nullptr, now).value();
  const auto bundle_of = [&](const kube::Object& secret) {  // as an API server reads it out of the webhook
    const kube::Object hooks = with_ca(object(without(), "ValidatingWebhookConfiguration"), secret["data"]["ca.crt"].as_string());
    std::string pem;
    REQUIRE(base64_decode(hooks["webhooks"].array().front()["clientConfig"]["caBundle"].as_string(), pem));
    return pem;
  };
  const auto answers = [&](const kube::Object& serving, const std::string& bundle, const std::string& name = "w.capi-system.svc") {
    net::SocketWorld world;
    auto tls = std::make_unique<net::ServerTls>();
    tls->cert_pem = text_of(serving, "tls.crt");
    tls->key_pem = text_of(serving, "tls.key");
    world.listen(std::move(tls));
    net::TransportOptions options;
    options.url = world.url("https");
    options.ca_pem = bundle;
    options.tls_server_name = name;
    const auto transport = world.transport(std::move(options));
    return world.get(*transport, "/validate").has_value();
  };
  CHECK(answers(first, bundle_of(first)));
  CHECK(answers(second, bundle_of(second)));
  CHECK(answers(first, bundle_of(second)));  // a Pod that has not read the Secret again
  CHECK_FALSE(answers(second, bundle_of(first)));
  CHECK_FALSE(answers(stranger, bundle_of(second)));
  CHECK_FALSE(answers(first, bundle_of(first), "other.capi-system.svc"));
}

}  // namespace slipway::providers
