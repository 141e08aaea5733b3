#include "pkg/simcloud/brought.h"

#include <algorithm>

#include "pkg/base/strings.h"
#include "pkg/simcloud/crds.h"
#include "pkg/simcloud/objects.h"

namespace slipway::simcloud {
namespace {

constexpr std::string_view kSystem = kSystemNamespace;

Object make_namespace(std::string_view name) { return kube::make_object("v1", "Namespace", {"", std::string(name)}); }

Object app_labelled(Object object, std::string_view app) {
  object.ref({"metadata", "labels", "kapp.k14s.io/app"}) = std::to_string(fnv1a(app) % 10'000'000'000ULL);
  object.ref({"metadata", "labels", "kapp.k14s.io/association"}) = "v1." + hex(fnv1a(std::string(app) + std::string(kube::name_of(object))));
  return object;
}

}  // namespace

Object make_deployment(const ObjectKey& key) {
  Object deployment = kube::make_object("apps/v1", "Deployment", key);
  const json::Value labels = object_of({{"app", key.name}});
  deployment.set("spec",
                 object_of({{"replicas", 1},
                            {"selector", object_of({{"matchLabels", labels}})},
                            {"template", object_of({{"metadata", object_of({{"labels", labels}})},
                                                    {"spec", object_of({{"containers", list_of({object_of({
                                                                                           {"name", "manager"},
                                                                                           {"image", "registry.example.com/tkg/" + key.name + ":v0.28.0"},
                                                                                       })})}})}})}}));
  return deployment;
}

std::vector<Brought> app_records(const Object& owner) {
  const ObjectKey install = kube::key_of(owner);
  std::vector<Brought> out;
  Object record =
      make_config_map({install.ns, install.name + "-ctrl"}, {{"spec", "{\"labelKey\":\"kapp.k14s.io/app\",\"labelValue\":\"" + install.name + "\"}"}});
  record.ref({"metadata", "labels", "kapp.k14s.io/is-app"}) = "";
  add_owner(record, owner, true);
  out.push_back({res::kConfigMaps, std::move(record)});
  Object fetch = make_secret({install.ns, install.name + "-fetch-0"}, "kubernetes.io/dockerconfigjson", {{".dockerconfigjson", "{\"auths\":{}}"}});
  fetch.ref({"metadata", "annotations", "secretgen.carvel.dev/image-pull-secret"}) = "";
  add_owner(fetch, owner, true);
  out.push_back({res::kSecrets, std::move(fetch)});
  return out;
}

std::vector<Brought> objects_of(const PackageRow& row) {
  std::vector<Brought> out;
  for (const std::string_view name : row.namespaces) out.push_back({res::kNamespaces, make_namespace(name)});
  if (row.brings == PackageRow::Brings::ReleaseKinds)
    for (Object& crd : release_crds()) out.push_back({res::kCrds, std::move(crd)});
  if (row.brings == PackageRow::Brings::AddonKinds)
    for (Object& crd : addons_crds()) out.push_back({res::kCrds, std::move(crd)});
  if (row.brings == PackageRow::Brings::ClusterClass) {
    const auto infras = infra_kinds();
    const auto infra = std::ranges::find_if(infras, [&](const InfraKind& kind) { return kind.name == row.infra; });
    for (Brought& brought : cluster_class_objects(*infra)) out.push_back({brought.gvr, app_labelled(std::move(brought.object), row.name)});
  }
  if (!row.parent.empty())
    out.push_back({res::kSecrets, make_secret({std::string(kSystem), std::string(row.name) + "-values"}, "Opaque", {{"values.yaml", "---\n"}})});
  for (const std::string_view name : row.tls_secrets)
    out.push_back({res::kSecrets, make_secret({std::string(kSystem), std::string(name)}, "kubernetes.io/tls",
                                              {{"tls.crt", placeholder_pem("CERTIFICATE", name)}, {"tls.key", placeholder_pem("PRIVATE KEY", name)}})});
  for (const std::string_view name : row.config_maps) out.push_back({res::kConfigMaps, make_config_map(split_key(name), {{"config.yaml", "{}\n"}})});
  for (const std::string_view name : row.deployments) out.push_back({res::kDeployments, make_deployment(split_key(name))});
  return out;
}

std::vector<Brought> kapp_controller_objects() {
  std::vector<Brought> out;
  out.push_back({res::kNamespaces, make_namespace(kSystem)});
  for (Object& crd : kapp_controller_crds()) out.push_back({res::kCrds, std::move(crd)});
  out.push_back({res::kDeployments, make_deployment(manager::kKapp)});
  return out;
}

}  // namespace slipway::simcloud
