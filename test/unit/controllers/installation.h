// One provider on a bootstrap cluster, installed pass by pass against a view that is filled as a server and its controllers would.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "controllers/component_state.h"
#include "controllers/managementcluster/steps/steps.h"
#include "pkg/providers/certificates.h"
#include "support.h"

namespace slipway::test {

using controllers::ClusterView;
using controllers::Intent;
using controllers::StepPlan;

struct InstallFixture : Fixture {
  explicit InstallFixture(std::string_view yaml) {
    bootstrap_ready();
    use("v1.2.8", yaml);
  }
  void use(const std::string& version, std::string_view yaml) {
    controllers::managementcluster::Resolved r;
    r.title = "CoreProvider cluster-api " + version;
    r.hash = "hash of " + version;
    r.in_inventory = true;
    auto made = providers::process({"CoreProvider", "cluster-api", version, "", {}}, yaml);
    REQUIRE(made);
    r.components = std::make_shared<const providers::Components>(std::move(*made));
    observed.providers = {r};
  }
  [[nodiscard]] ClusterView& view() { return observed.bootstrap; }
  [[nodiscard]] StepPlan plan() { return controllers::managementcluster::install_providers(in(), Role::Bootstrap); }
  // Does what a server and its controllers would do with a plan's intents.
  void carry_out(const StepPlan& plan) {
    for (const Intent& intent : plan.intents) {
      if (const auto* apply = std::get_if<controllers::Apply>(&intent)) put(apply->object);
      if (const auto* gone = std::get_if<controllers::Delete>(&intent)) view().remove(gone->gvr, gone->key);
      if (const auto* merge = std::get_if<controllers::Merge>(&intent)) {
        Object live = *view().get(merge->gvr, merge->key);
        json::merge_patch(live, merge->body);
        view().add(merge->gvr, std::move(live));
      }
      if (const auto* issue = std::get_if<controllers::IssueCertificate>(&intent)) {
        const kube::ObjectPtr before = view().get(kube::res::kSecrets, issue->certificate.secret);
        auto secret = providers::issue(issue->certificate, before.get(), env.now);
        REQUIRE(secret);
        view().add(kube::res::kSecrets, std::move(*secret));
      }
    }
  }
  void put(Object live) {
    live.ref({"metadata", "uid"}) = "uid-of-" + kube::describe(live);
    live.ref({"metadata", "generation"}) = 1;
    const auto kind = kube::kind_of(live);
    if (kind == "CustomResourceDefinition") {
      live = with_conditions(std::move(live), {condition("Established", "True")});
    }
    // cert-manager's injector, where it is asked.
    if (!kube::annotation(live, providers::kInjectAnnotation).empty()) {
      if (!live["spec"]["conversion"].is_null()) live.ref({"spec", "conversion", "webhook", "clientConfig", "caBundle"}) = "Q0E=";
      if (json::Value* webhooks = live.find_mut("webhooks"))
        for (json::Value& webhook : webhooks->make_array()) webhook.ref({"clientConfig", "caBundle"}) = "Q0E=";
    }
    if (kind == "Deployment") {
      if (live["spec"]["replicas"].is_null()) live.ref({"spec", "replicas"}) = 1;
      live.ref({"status", "observedGeneration"}) = 1;
      live.ref({"status", "replicas"}) = 1;
      live = with_conditions(std::move(live), {condition("Available", "True")});
    }
    const kube::GroupVersionResource& gvr = *controllers::gvr_of_component(kube::gvk_of(live));
    view().add(gvr, std::move(live));
  }
  // Until nothing is left to do; the kinds of what was done, in order.
  std::vector<std::string> to_the_end() {
    std::vector<std::string> done;
    for (int pass = 0; pass < 20; ++pass) {
      const StepPlan next = plan();
      if (next.state == controllers::StepState::Done) return done;
      INFO(next.message);
      REQUIRE_FALSE(next.intents.empty());
      for (const Intent& intent : next.intents) done.push_back(describe(intent));
      carry_out(next);
    }
    FAIL("it does not come to an end");
    return done;
  }
};

inline std::string with(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace slipway::test
