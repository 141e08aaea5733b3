// kapp-controller, before everything that is a package (tanzu.md 1.1 steps 4 and 15).
#include "controllers/managementcluster/steps/steps.h"
#include "pkg/base/strings.h"

namespace slipway::controllers::managementcluster {
namespace {

// kapp-controller reads its settings from a Secret of this name beside its Deployment.
constexpr const char* kConfigName = "kapp-controller-config";

json::Value config_of(const api::ManagementClusterRequestSpec& spec) {
  json::Value config;
  if (spec.proxy) {
    if (!spec.proxy->http.empty()) config.set("httpProxy", spec.proxy->http);
    if (!spec.proxy->https.empty()) config.set("httpsProxy", spec.proxy->https);
    if (!spec.proxy->noProxy.empty()) config.set("noProxy", join(spec.proxy->noProxy, ","));
  }
  if (spec.kappController.config)
    for (const json::Member& member : spec.kappController.config->object()) config.set(member.key, member.value);
  return config;
}

}  // namespace

StepPlan kapp_controller(const Input& in, Role role) {
  const auto& set = in.observed.kapp_controller;
  if (!set) {
    if (in.request.spec.packages.install.empty() && !in.request.spec.packages.repository) return skipped("no packages are asked for");
    if (view_of(in, role).serves(kube::res::kPackageInstalls)) return done("ComponentsReady", "kapp-controller is there already");
    return failed("KappControllerMissing", "the spec asks for packages, but no kapp-controller is there; name its manifest in spec.kappController.source");
  }
  const Resolved* sets[] = {&*set};
  StepPlan plan = install(in, role, sets);
  if (const json::Value config = config_of(in.request.spec); !config.is_null() && set->components) {
    Object secret = kube::make_object("v1", "Secret", {set->components->ns.empty() ? "tkg-system" : set->components->ns, kConfigName});
    for (const json::Member& member : config.object())
      secret.ref("stringData").set(member.key, member.value.is_string() ? member.value.str() : json::dump(member.value));
    // Goes with the components: a stage after their Namespace, before their Deployment.
    for (std::size_t i = 0; i < plan.intents.size(); ++i) {
      const auto* apply = std::get_if<Apply>(&plan.intents[i]);
      if (apply == nullptr || kube::kind_of(apply->object) != "Deployment") continue;
      plan.intents.insert(plan.intents.begin() + static_cast<std::ptrdiff_t>(i), Apply{role, std::move(secret), apply->stage - 1});
      break;
    }
  }
  return plan;
}

}  // namespace slipway::controllers::managementcluster
