#include "controllers/wanted.h"

#include <utility>

#include "pkg/yaml/yaml.h"

namespace slipway::controllers {
namespace {

constexpr std::string_view kManifestKey = "cluster.yaml";

}  // namespace

std::vector<Intent> unsettled(const ClusterView& view, const AppliedMemory* applied, Role role, const std::vector<Object>& wanted) {
  std::vector<Intent> out;
  bool any = false;
  for (const Object& object : wanted) any = any || (gvr_of_kind(kube::gvk_of(object)) != nullptr && !settled(view, applied, object));
  if (!any) return out;
  int stage = 0;
  for (const Object& object : wanted)
    if (!settled(view, applied, object)) out.push_back(Apply{role, object, ++stage});
  return out;
}

void ensure_namespace(const ClusterView& view, Role role, const std::string& ns, std::vector<Intent>& intents) {
  if (!view.get(kube::res::kNamespaces, {"", ns})) intents.push_back(Apply{role, kube::make_object("v1", "Namespace", {"", ns}), 0});
}

void ensure_secret(SecretCopy copy, std::vector<Intent>& intents) {
  const ObjectPtr want = copy.hub.get(kube::res::kSecrets, copy.source);
  const ObjectPtr have = copy.view.get(kube::res::kSecrets, copy.target);
  if (!want || (have && (*have)["data"] == (*want)["data"])) return;
  intents.push_back(CopySecret{Role::Hub, std::move(copy.source), copy.role, std::move(copy.target), std::move(copy.labels), false});
}

Result<std::vector<Object>> manifest_of(const ClusterView& hub, const ObjectKey& owner, const std::string& config_map) {
  const ObjectKey key{owner.ns, config_map};
  const std::string where = "spec.cluster.manifestRef: ConfigMap " + key.to_string();
  const ObjectPtr map = hub.get(kube::res::kConfigMaps, key);
  if (!map) return fail(Disposition::Invalid, where + " does not exist; create it");
  const std::string_view text = (*map)["data"][kManifestKey].as_string();
  if (text.empty()) return fail(Disposition::Invalid, where + " has no key " + std::string(kManifestKey) + "; add it");
  auto parsed = yaml::parse_all(text, "ConfigMap " + key.to_string() + ", " + std::string(kManifestKey));
  if (!parsed) return fail(std::move(parsed).error().in("spec.cluster.manifestRef"));
  std::size_t clusters = 0;
  for (Object& object : *parsed) {
    if (kube::kind_of(object).empty() || kube::name_of(object).empty())
      return fail(Disposition::Invalid, where + " holds a document that is no Kubernetes object");
    if (kube::namespace_of(object).empty()) object.ref({"metadata", "namespace"}) = owner.ns;
    if (kube::kind_of(object) != "Cluster") continue;
    ++clusters;
    if (kube::key_of(object) != owner)
      return fail(Disposition::Invalid, where + " names its Cluster " + kube::key_of(object).to_string() + "; name it " + owner.to_string());
  }
  if (clusters != 1) return fail(Disposition::Invalid, where + " holds " + std::to_string(clusters) + " Clusters; it must hold one");
  return std::move(*parsed);
}

}  // namespace slipway::controllers
