// Everything that the spec refers to is there, before anything is touched.
#include "controllers/managementcluster/steps/steps.h"

namespace slipway::controllers::managementcluster {
namespace {

struct SecretUse {
  std::string field;
  std::string name;
  std::string key;  // empty: any
};

std::vector<SecretUse> secrets_of(const api::ManagementClusterRequestSpec& spec) {
  std::vector<SecretUse> out;
  if (spec.bootstrap.kubeconfigSecretRef)
    out.push_back({"spec.bootstrap.kubeconfigSecretRef", spec.bootstrap.kubeconfigSecretRef->name, spec.bootstrap.kubeconfigSecretRef->key});
  if (spec.infrastructure.credentialsSecretRef) out.push_back({"spec.infrastructure.credentialsSecretRef", spec.infrastructure.credentialsSecretRef->name, {}});
  for (std::size_t i = 0; i < spec.providers.size(); ++i)
    if (spec.providers[i].variablesSecretRef)
      out.push_back({"spec.providers[" + std::to_string(i) + "].variablesSecretRef", spec.providers[i].variablesSecretRef->name, {}});
  for (std::size_t i = 0; i < spec.packages.install.size(); ++i)
    if (spec.packages.install[i].valuesSecretRef)
      out.push_back({"spec.packages.install[" + std::to_string(i) + "].valuesSecretRef", spec.packages.install[i].valuesSecretRef->name, {}});
  return out;
}

const Resolved* first_unresolved(const Observed& observed) {
  if (observed.kapp_controller && !observed.kapp_controller->components) return &*observed.kapp_controller;
  if (observed.cert_manager && !observed.cert_manager->components) return &*observed.cert_manager;
  for (const Resolved& provider : observed.providers)
    if (!provider.components) return &provider;
  return nullptr;
}

// What the schema admits but this version cannot do; refused by name instead of being ignored.
std::string unsupported(const api::ManagementClusterRequestSpec& spec) {
  if (spec.maintenance && !spec.maintenance->windows.empty()) return "spec.maintenance.windows: this version starts changes at any time; leave the windows out";
  if (spec.registry && spec.registry->caSecretRef)
    return "spec.registry.caSecretRef: this version does not spread CA certificates; put the CA into the node images, or into cluster.variables.trust";
  if (spec.addons.identity && (*spec.addons.identity)["pinniped"].as_string("Auto") != "Auto")
    return "spec.addons.identity: this version leaves identity to the release; write {pinniped: Auto} or leave it out";
  for (std::size_t i = 0; i < spec.providers.size(); ++i)
    if (!spec.providers[i].patches.empty())
      return "spec.providers[" + std::to_string(i) + "].patches: this version applies components as they come; put the change into the source";
  return {};
}

}  // namespace

StepPlan preflight(const Input& in) {
  const Observed& o = in.observed;
  if (!o.bootstrap_refused.empty()) return stuck("Unsupported", o.bootstrap_refused);
  if (std::string sentence = unsupported(in.request.spec); !sentence.empty()) return stuck("Unsupported", std::move(sentence));
  if (const auto& secret = in.request.spec.bootstrap.kubeconfigSecretRef; secret && secret->name == kubeconfig_key(in.request).name)
    return stuck("InvalidSpec", "spec.bootstrap.kubeconfigSecretRef: the operator keeps the management cluster's own kubeconfig in Secret " + secret->name +
                                    "; give the bootstrap cluster's another name");
  for (const SecretUse& use : secrets_of(in.request.spec)) {
    const ObjectKey key{in.request.namespace_, use.name};
    const ObjectPtr secret = o.hub.get(kube::res::kSecrets, key);
    if (!secret) return stuck("SecretMissing", use.field + ": Secret " + key.to_string() + " does not exist; create it");
    if (!use.key.empty() && !(*secret)["data"].contains(use.key))
      return stuck("SecretMissing", use.field + ": Secret " + key.to_string() + " has no key \"" + use.key + "\"; add it");
  }
  if (const Resolved* missing = first_unresolved(o)) return stuck(missing->reason, missing->message);
  if (!o.manifest_error.empty()) return stuck("InvalidManifest", o.manifest_error);
  std::size_t objects = 0;
  for (const Resolved& provider : o.providers) objects += provider.components->objects.size();
  return done("PreflightPassed", "everything that the spec refers to is there; " + std::to_string(o.providers.size()) + " providers bring " +
                                     std::to_string(objects) + " objects");
}

}  // namespace slipway::controllers::managementcluster
