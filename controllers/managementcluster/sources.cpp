#include "controllers/managementcluster/sources.h"

#include <utility>

#include "controllers/wanted.h"
#include "pkg/base/strings.h"
#include "pkg/providers/digest.h"

namespace slipway::controllers::managementcluster {
namespace {

constexpr std::string_view kComponentsKey = "components.yaml";

std::string version_of(const ObjectPtr& object) {
  return object ? std::string(kube::uid_of(*object)) + "@" + std::string(kube::resource_version_of(*object)) : "absent";
}

Resolved missing(std::string title, std::string reason, std::string message) {
  Resolved r;
  r.title = std::move(title);
  r.reason = std::move(reason);
  r.message = std::move(message);
  return r;
}

Resolved made(std::string title, Result<providers::Components> components, bool in_inventory) {
  if (!components) return missing(std::move(title), "InvalidComponents", components.error().message());
  Resolved r;
  r.title = std::move(title);
  r.in_inventory = in_inventory;
  json::Value all{json::Array()};
  for (const Object& object : components->objects) all.push_back(object);
  r.hash = hex(fnv1a(json::dump_canonical(all)));
  r.components = std::make_shared<const providers::Components>(std::move(*components));
  return r;
}

// The text of a source, or why there is none.
struct Text {
  std::string_view text;
  std::string reason;
  std::string message;
};
Text text_of(const Observed& observed, const std::string& ns, const std::string& field, const api::Source& source) {
  if (!source.url.empty() || !source.oci.empty() || !source.path.empty())
    return {{}, "Unsupported", field + ": this version reads components from ConfigMaps only; put them into one and name it in configMapRef"};
  if (!source.configMapRef)
    return {{}, "SourceMissing", field + ": this version has no built-in catalog; name a ConfigMap with the key components.yaml in configMapRef"};
  const ObjectKey key{ns, source.configMapRef->name};
  const ObjectPtr map = observed.hub.get(kube::res::kConfigMaps, key);
  if (!map) return {{}, "SourceMissing", field + ": ConfigMap " + key.to_string() + " does not exist; create it"};
  const std::string_view text = (*map)["data"][kComponentsKey].as_string();
  if (text.empty()) return {{}, "SourceMissing", field + ": ConfigMap " + key.to_string() + " has no key " + std::string(kComponentsKey) + "; add it"};
  return {text, {}, {}};
}

ObjectPtr map_of(const Observed& observed, const std::string& ns, const api::Source& source) {
  return source.configMapRef ? observed.hub.get(kube::res::kConfigMaps, {ns, source.configMapRef->name}) : nullptr;
}

std::map<std::string, std::string> variables_of(const ObjectPtr& secret) {
  std::map<std::string, std::string> out;
  if (!secret) return out;
  for (const json::Member& member : (*secret)["data"].object()) {
    std::string value;
    if (kube::secret_value(*secret, member.key, value)) out[member.key] = std::move(value);
  }
  return out;
}

Result<providers::Components> processed(const api::Provider& provider, std::string_view text, const ObjectPtr& secret) {
  const std::string digest = providers::sha256_digest(text);
  if (!provider.digest.empty() && provider.digest != digest)
    return fail(Disposition::Invalid, provider.type + " " + provider.name + " " + provider.version + ": components.yaml has digest " + digest +
                                          ", but the spec pins " + provider.digest + "; nothing was applied");
  return providers::process({provider.type, provider.name, provider.version, provider.namespace_, variables_of(secret)}, text);
}

}  // namespace

const Resolved& Sources::plain(const api::ManagementClusterRequest& request, const Observed& observed, const std::string& name, const std::string& version,
                               const api::Source& source) {
  Kept& kept = slot(request.uid, name);
  std::string stamp = version + "|" + std::to_string(request.generation) + "|" + version_of(map_of(observed, request.namespace_, source));
  if (kept.stamp == stamp) return kept.resolved;
  const std::string title = version.empty() ? name : name + " " + version;
  const std::string field = name == "cert-manager" ? "spec.certManager.source" : "spec.kappController.source";
  const Text text = text_of(observed, request.namespace_, field, source);
  kept.resolved = text.reason.empty() ? made(title, providers::process_plain(name, version, text.text), false) : missing(title, text.reason, text.message);
  kept.stamp = std::move(stamp);
  return kept.resolved;
}

const Resolved& Sources::provider(const api::ManagementClusterRequest& request, const Observed& observed, std::size_t index) {
  const api::Provider& provider = request.spec.providers[index];
  const api::Source source = provider.source.value_or(api::Source{});
  ObjectPtr secret;
  if (provider.variablesSecretRef) secret = observed.hub.get(kube::res::kSecrets, {request.namespace_, provider.variablesSecretRef->name});
  const std::string field = "spec.providers[" + std::to_string(index) + "]";
  Kept& kept = slot(request.uid, field);
  std::string stamp = std::to_string(request.generation) + "|" + version_of(map_of(observed, request.namespace_, source)) + "|" + version_of(secret);
  if (kept.stamp == stamp) return kept.resolved;
  const std::string title = provider.type + " " + provider.name + (provider.version.empty() ? "" : " " + provider.version);
  const Text text = text_of(observed, request.namespace_, field + ".source", source);
  kept.resolved = text.reason.empty() ? made(title, processed(provider, text.text, secret), true) : missing(title, text.reason, text.message);
  kept.stamp = std::move(stamp);
  return kept.resolved;
}

void Sources::resolve(const api::ManagementClusterRequest& request, Observed& observed) {
  const api::ManagementClusterRequestSpec& spec = request.spec;
  if (spec.kappController.source)
    observed.kapp_controller = plain(request, observed, "kapp-controller", spec.kappController.version, *spec.kappController.source);
  if (spec.certManager.mode == "Managed")
    observed.cert_manager = plain(request, observed, "cert-manager", spec.certManager.version, spec.certManager.source.value_or(api::Source{}));
  for (std::size_t i = 0; i < spec.providers.size(); ++i) observed.providers.push_back(provider(request, observed, i));
  if (!spec.cluster.manifestRef) return;
  auto manifest = manifest_of(observed.hub, cluster_key(request), spec.cluster.manifestRef->configMap);
  if (manifest) observed.manifest = std::move(*manifest);
  if (!manifest) observed.manifest_error = manifest.error().message();
}

void Sources::forget(const std::string& uid) { kept_.erase(uid); }

}  // namespace slipway::controllers::managementcluster
