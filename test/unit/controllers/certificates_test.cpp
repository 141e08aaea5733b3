// certManager.mode None: a provider's installation whose webhook certificates Slipway issues itself, pass by pass.
#include "controllers/certificates.h"

#include <catch2/catch_test_macros.hpp>

#include "controllers/apply.h"
#include "controllers/pass.h"
#include "installation.h"
#include "pkg/base/strings.h"
#include "pkg/kubesim/server.h"
#include "test/support/loop.h"

using namespace slipway;
using namespace slipway::controllers;
using namespace slipway::controllers::managementcluster;
using namespace slipway::test;

namespace {

constexpr const char* kProvider = R"(
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
  versions: [{name: v1beta1, served: true, storage: true}]
  conversion: {strategy: Webhook, webhook: {clientConfig: {service: {name: w, namespace: capi-system}}}}
---
apiVersion: cert-manager.io/v1
kind: Issuer
metadata: {name: selfsigned, namespace: capi-system}
spec: {selfSigned: {}}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: serving, namespace: capi-system}
spec: {secretName: serving-cert, dnsNames: [w.capi-system.svc], issuerRef: {name: selfsigned}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: capi, annotations: {cert-manager.io/inject-ca-from: capi-system/serving}}
webhooks: [{name: a.example.com, clientConfig: {service: {name: w, namespace: capi-system}}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: capi-controller-manager, namespace: capi-system}
spec:
  selector: {matchLabels: {app: capi}}
  template: {spec: {containers: [{name: manager, image: registry.example.com/capi:v1}]}}
)";

const ObjectKey kSecret{"capi-system", "serving-cert"};
const ObjectKey kHooks{"", "capi"};
const ObjectKey kCrd{"", "clusters.cluster.x-k8s.io"};

struct SelfIssued : InstallFixture {
  SelfIssued() : InstallFixture(kProvider) {
    request.spec.certManager.mode = "None";
    Resolved& set = observed.providers.front();
    set.components = without.of("uid", "0", set.components).value();
  }
  [[nodiscard]] std::string secret_ca() { return (*view().get(kube::res::kSecrets, kSecret))["data"]["ca.crt"].str(); }
  [[nodiscard]] std::string hook_ca() {
    return (*view().get(kube::res::kMutatingWebhookConfigurations, kHooks))["webhooks"].array().front()["clientConfig"]["caBundle"].str();
  }
  [[nodiscard]] std::string crd_ca() { return (*view().get(kube::res::kCrds, kCrd))["spec"]["conversion"]["webhook"]["clientConfig"]["caBundle"].str(); }
  WithoutCertManager without;
};

}  // namespace

TEST_CASE("the certificate is issued into its Namespace before anything else, and webhooks and CRDs carry its CA from the first") {
  SelfIssued f;
  CHECK(f.to_the_end() == std::vector<std::string>{
                              "apply Namespace capi-system on bootstrap",
                              "issue Certificate capi-system/serving into Secret capi-system/serving-cert on bootstrap",
                              "apply CustomResourceDefinition providers.clusterctl.cluster.x-k8s.io on bootstrap",
                              "apply CustomResourceDefinition clusters.cluster.x-k8s.io on bootstrap", "apply MutatingWebhookConfiguration capi on bootstrap",
                              "apply Deployment capi-system/capi-controller-manager on bootstrap", "ask the webhooks of cluster-api on bootstrap",
                              "apply Provider capi-system/cluster-api on bootstrap", "apply Secret capi-system/slipway-installed-cluster-api on bootstrap"});
  CHECK_FALSE(f.secret_ca().empty());
  CHECK(f.hook_ca() == f.secret_ca());
  CHECK(f.crd_ca() == f.secret_ca());
}

TEST_CASE("an installation without cert-manager that was interrupted after any write goes on from there, with the same certificate") {
  SelfIssued whole;
  const std::size_t writes = whole.to_the_end().size();
  for (std::size_t k = 1; k < writes; ++k) {
    INFO("after " << k << " writes");
    SelfIssued f;
    for (std::size_t left = k; left > 0;) {
      StepPlan plan = f.plan();
      if (plan.intents.size() > left) plan.intents.resize(left);
      left -= plan.intents.size();
      f.carry_out(plan);
    }
    const ObjectPtr issued = f.view().get(kube::res::kSecrets, kSecret);
    AppliedMemory another_process;
    f.observed.applied = &another_process;
    f.to_the_end();
    if (issued) CHECK(*issued == *f.view().get(kube::res::kSecrets, kSecret));
    CHECK(f.hook_ca() == f.secret_ca());
    CHECK(f.crd_ca() == f.secret_ca());
  }
}

TEST_CASE("a plan of ours carries no key") {
  SelfIssued f;
  f.carry_out(f.plan());
  REQUIRE(f.view().get(kube::res::kSecrets, kSecret));
  const std::string key = (*f.view().get(kube::res::kSecrets, kSecret))["data"]["tls.key"].str();
  REQUIRE_FALSE(key.empty());
  for (int pass = 0; pass < 10; ++pass) {
    const StepPlan plan = f.plan();
    CHECK(applies(plan, "Secret", kSecret.name) == nullptr);
    for (const Intent& intent : plan.intents)
      if (const auto* apply = std::get_if<Apply>(&intent)) CHECK(json::dump(apply->object).find(key) == std::string::npos);
    f.carry_out(plan);
  }
}

TEST_CASE("a CA that somebody took away or replaced is put right, in webhooks and CRDs alike") {
  SelfIssued f;
  f.to_the_end();
  Object hooks = *f.view().get(kube::res::kMutatingWebhookConfigurations, kHooks);
  hooks.ref("webhooks").make_array().front().ref("clientConfig").erase("caBundle");
  f.view().add(kube::res::kMutatingWebhookConfigurations, hooks);
  StepPlan plan = f.plan();
  REQUIRE(applies(plan, "MutatingWebhookConfiguration") != nullptr);
  CHECK(plan.intents.size() == 1);
  f.carry_out(plan);
  CHECK(f.hook_ca() == f.secret_ca());

  Object crd = *f.view().get(kube::res::kCrds, kCrd);
  crd.ref({"spec", "conversion", "webhook", "clientConfig", "caBundle"}) = "Q0E=";
  f.view().add(kube::res::kCrds, crd);
  plan = f.plan();
  REQUIRE(applies(plan, "CustomResourceDefinition") != nullptr);
  CHECK(applies(plan, "CustomResourceDefinition")->object["spec"]["versions"].size() == 1);  // whole, not only what was compared
  f.carry_out(plan);
  CHECK(f.crd_ca() == f.secret_ca());
  CHECK(f.plan().state == StepState::Done);
}

TEST_CASE("a certificate is renewed when it is due, the earlier CA stays trusted, and nothing is restarted") {
  SelfIssued f;
  f.to_the_end();
  const StepPlan before = f.plan();
  REQUIRE(before.again);
  CHECK(*before.again > f.env.now + std::chrono::days(243));
  const std::string old_ca = f.secret_ca();
  f.env.now = *before.again;
  CHECK(f.to_the_end() == std::vector<std::string>{"issue Certificate capi-system/serving into Secret capi-system/serving-cert on bootstrap",
                                                   "apply CustomResourceDefinition clusters.cluster.x-k8s.io on bootstrap",
                                                   "apply MutatingWebhookConfiguration capi on bootstrap"});
  CHECK(f.secret_ca() != old_ca);
  std::string was;
  std::string now;
  REQUIRE(base64_decode(old_ca, was));
  REQUIRE(base64_decode(f.secret_ca(), now));
  CHECK(now.ends_with(was));
  CHECK(f.hook_ca() == f.secret_ca());
  CHECK(f.crd_ca() == f.secret_ca());
  CHECK(*f.plan().again > f.env.now + std::chrono::days(243));
}

TEST_CASE("a Secret that is gone is issued again, and is never taken for a left-over") {
  SelfIssued f;
  f.to_the_end();
  CHECK(left_over(f.view(), *f.observed.providers.front().components).empty());
  f.view().remove(kube::res::kSecrets, kSecret);
  CHECK(intent_of<IssueCertificate>(f.plan()) != nullptr);
}

TEST_CASE("where cert-manager issued before, its Certificate goes before the Secret is taken over, and its Issuer in the end") {
  SelfIssued f;
  {
    InstallFixture managed(kProvider);
    managed.to_the_end();
    f.observed.bootstrap = managed.observed.bootstrap;
  }
  f.observed.providers.front().hash = "another";
  const std::vector<std::string> done = f.to_the_end();
  REQUIRE(done.size() > 3);
  CHECK(done[0] == "apply Provider capi-system/cluster-api on bootstrap");  // the note that a change has begun
  CHECK(done[1] == "delete certificates capi-system/serving on bootstrap");
  CHECK(done[2] == "issue Certificate capi-system/serving into Secret capi-system/serving-cert on bootstrap");
  CHECK(std::ranges::find(done, "delete issuers capi-system/selfsigned on bootstrap") != done.end());
  CHECK(f.hook_ca() == f.secret_ca());
}

TEST_CASE("where cert-manager issues from now on, the Secret is left to it") {
  SelfIssued f;
  f.to_the_end();
  f.use("v1.2.8", kProvider);
  f.observed.providers.front().hash = "another";
  const std::vector<std::string> done = f.to_the_end();
  CHECK(std::ranges::find(done, "apply Certificate capi-system/serving on bootstrap") != done.end());
  CHECK(std::ranges::none_of(done, [](const std::string& one) { return one.starts_with("delete "); }));
}

TEST_CASE("a Certificate of the same name that is nobody's component is not deleted") {
  SelfIssued f;
  f.view().add(kube::res::kCertificates, kube::make_object("cert-manager.io/v1", "Certificate", {"capi-system", "serving"}));
  const StepPlan plan = f.plan();
  CHECK(plan.state == StepState::Failed);
  CHECK(plan.reason == "CertManagerForeign");
  CHECK(plan.intents.empty());
}

TEST_CASE("a plan made from a cache that lags behind issues nothing twice") {
  test::Loop loop;
  kubesim::ApiServer server(loop.executor(), loop.clock);
  ApplyContext context;
  context.hub = server.local_client("test");
  kube::Mapper mapper(context.hub);
  context.hub_mapper = &mapper;
  const providers::ServingCertificate wanted{{"default", "serving"}, {"default", "serving-cert"}, "cluster-api", {"w.default.svc"}, {}};
  const auto issued = [&] {
    REQUIRE(loop.run(apply_intents(context, {IssueCertificate{Role::Hub, wanted}})));
    return loop.run(context.hub->get(kube::res::kSecrets, wanted.secret)).value();
  };
  const Object first = issued();
  CHECK(first == issued());
  CHECK(loop.clock.wall() < providers::renewal_of(wanted, &first));
  loop.clock.advance(std::chrono::days(245));
  const Object second = issued();
  CHECK(second["data"]["tls.crt"] != first["data"]["tls.crt"]);
  CHECK(second == issued());
  loop.run(server.stop());
}

TEST_CASE("a set is worked out once for each content, and what cannot be done is told again and again") {
  WithoutCertManager without;
  const auto made = [](std::string_view yaml) {
    return std::make_shared<const providers::Components>(providers::process({"CoreProvider", "cluster-api", "v1.2.8", "", {}}, yaml).value());
  };
  const auto set = made(kProvider);
  CHECK(without.of("uid", "0", set).value() == without.of("uid", "0", set).value());
  CHECK(without.of("uid", "0", made(kProvider)).value() != without.of("uid", "1", set).value());
  const auto bad = made(with(kProvider, "selfSigned: {}", "ca: {secretName: x}"));
  for (int i = 0; i < 2; ++i) CHECK_FALSE(without.of("uid", "0", bad));
}

TEST_CASE("a pass comes back at the first time that a step asks for, unless it stalls or the time has come") {
  const WallTime now{std::chrono::seconds(1'767'225'600)};
  Pass pass;
  CHECK_FALSE(until_again(pass, now));
  pass.walk.plans.resize(3, done("AllStepsDone"));
  pass.walk.plans[0].again = now + std::chrono::hours(2);
  pass.walk.plans[1].again = now + std::chrono::hours(1);
  pass.walk.plans[2].again = now;
  CHECK(until_again(pass, now) == std::chrono::hours(1));
  pass.stall = Stall{"DeadlineExceeded", "too late"};
  CHECK_FALSE(until_again(pass, now));
}

TEST_CASE("before a CRD loses a version that may be stored, what is stored is migrated") {
  InstallFixture f(kProvider);
  f.to_the_end();
  Object live = *f.view().get(kube::res::kCrds, kCrd);
  live.ref({"status", "storedVersions"}) = json::Value(json::Array{"v1alpha4", "v1beta1"});
  f.view().add(kube::res::kCrds, live);
  CHECK(intent_of<MigrateStorage>(f.plan()) == nullptr);  // it is there as it is wanted: nobody applies it
  f.use("v1.3.0", with(kProvider, "names: {kind: Cluster,", "names: {kind: Cluster, shortNames: [cl],"));
  f.carry_out(f.plan());  // the note that a change has begun
  const StepPlan plan = f.plan();
  REQUIRE(plan.intents.size() == 2);
  const auto* migrate = std::get_if<MigrateStorage>(&plan.intents.front());
  REQUIRE(migrate != nullptr);
  CHECK(migrate->crd == "clusters.cluster.x-k8s.io");
  CHECK(migrate->versions == std::vector<std::string>{"v1beta1"});
  CHECK(applies(plan, "CustomResourceDefinition") != nullptr);

  f.use("v1.3.0", with(kProvider, "versions: [{", "versions: [{name: v1alpha4, served: false, storage: false}, {"));
  CHECK(intent_of<MigrateStorage>(f.plan()) == nullptr);  // both versions stay
}
