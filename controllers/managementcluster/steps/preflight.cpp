// Everything that the spec refers to is there, before anything is touched.
#include "pkg/providers/preflight.h"

#include "controllers/managementcluster/steps/steps.h"
#include "pkg/base/strings.h"

namespace slipway::controllers::managementcluster {
namespace {

constexpr std::size_t kMaxMessage = 8'192;  // a condition takes 32,768 characters

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

std::vector<const Resolved*> unresolved(const Observed& observed) {
  std::vector<const Resolved*> out;
  for (const auto* one : {&observed.kapp_controller, &observed.cert_manager})
    if (*one && !(*one)->components) out.push_back(&**one);
  for (const Resolved& provider : observed.providers)
    if (!provider.components) out.push_back(&provider);
  return out;
}

// What only a person can put right comes first; then what is tried again; then what is under way.
std::optional<StepPlan> sources_ready(const Observed& observed) {
  const std::vector<const Resolved*> sets = unresolved(observed);
  const Resolved* failing = nullptr;
  std::string messages;
  for (const Resolved* set : sets) {
    if (!set->pending) return stuck(set->reason, set->message);
    if (failing == nullptr && set->reason == "FetchFailed") failing = set;
    messages += (messages.empty() ? "" : "; ") + set->message;
  }
  if (failing != nullptr) return waiting(failing->reason, failing->message);
  if (!sets.empty()) return waiting(sets.front()->reason, shorten(messages, kMaxMessage));
  return std::nullopt;
}

// A source without metadata.yaml says nothing about contracts, so there is nothing to compare. What is installed is none of this: another version is an upgrade
// here, and the installation knows how.
std::string incompatible(const Observed& observed) {
  std::vector<providers::PlannedProvider> planned;
  for (const Resolved& set : observed.providers) {
    const auto type = set.metadata ? providers::parse_provider_type(set.components->type) : std::nullopt;
    if (type) planned.push_back({{*type, set.components->name}, set.components->ns, set.components->version, *set.metadata, set.components->objects});
  }
  std::vector<std::string> sentences;
  for (const providers::Problem& problem : providers::preflight({}, planned)) {
    const bool about_planned = std::ranges::any_of(planned, [&](const providers::PlannedProvider& p) { return p.id == problem.provider; });
    if (about_planned) sentences.push_back(problem.sentence);  // a core provider may be there without the spec's saying so
  }
  return shorten(join(sentences, "; "), kMaxMessage);
}

// What the schema admits but this version cannot do; refused by name instead of being ignored.
std::string unsupported(const api::ManagementClusterRequestSpec& spec) {
  if (spec.maintenance && !spec.maintenance->windows.empty()) return "spec.maintenance.windows: this version starts changes at any time; leave the windows out";
  if (spec.registry && spec.registry->caSecretRef)
    return "spec.registry.caSecretRef: this version does not spread CA certificates; put the CA into the node images, or into cluster.variables.trust";
  if (spec.addons.identity && (*spec.addons.identity)["pinniped"].as_string("Auto") != "Auto")
    return "spec.addons.identity: this version leaves identity to the release; write {pinniped: Auto} or leave it out";
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
  for (std::size_t i = 0; i < in.request.spec.providers.size(); ++i)
    if (const auto& ref = in.request.spec.providers[i].variablesConfigMapRef; ref && !o.hub.get(kube::res::kConfigMaps, {in.request.namespace_, ref->name}))
      return stuck("SourceMissing", "spec.providers[" + std::to_string(i) + "].variablesConfigMapRef: ConfigMap " +
                                        ObjectKey{in.request.namespace_, ref->name}.to_string() + " does not exist; create it");
  if (auto plan = sources_ready(o)) return std::move(*plan);
  if (std::string problems = incompatible(o); !problems.empty()) return stuck("IncompatibleProviders", std::move(problems));
  if (!o.manifest_error.empty()) return stuck("InvalidManifest", o.manifest_error);
  std::size_t objects = 0;
  for (const Resolved& provider : o.providers) objects += provider.components->objects.size();
  return done("PreflightPassed", "everything that the spec refers to is there; " + std::to_string(o.providers.size()) + " providers bring " +
                                     std::to_string(objects) + " objects");
}

}  // namespace slipway::controllers::managementcluster
