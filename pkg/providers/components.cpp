#include <algorithm>
#include <set>

#include "pkg/base/strings.h"
#include "pkg/providers/detail/rewrite.h"
#include "pkg/providers/identity.h"
#include "pkg/providers/providers.h"
#include "pkg/providers/sources/digest.h"
#include "pkg/providers/substitute.h"
#include "pkg/yaml/yaml.h"

namespace slipway::providers {
namespace {

using json::Value;

constexpr std::string_view kManaged = "clusterctl.cluster.x-k8s.io";  // clusterctl.md 1.3: the entry ticket for move discovery
constexpr std::string_view kProviderLabel = "cluster.x-k8s.io/provider";
constexpr std::size_t kMaxObjects = 2'000;

Result<std::vector<kube::Object>> parse_objects(std::string_view yaml, const std::string& source) {
  auto documents = yaml::parse_all(yaml, source, {.max_bytes = 16UL << 20U});
  if (!documents) return fail(std::move(documents).error());
  std::vector<kube::Object> objects;
  for (Value& document : *documents) {
    if (document["kind"].as_string() == "List") {
      for (const Value& item : document["items"].array()) objects.push_back(item);
    } else {
      objects.push_back(std::move(document));
    }
  }
  if (objects.empty()) return fail(Disposition::Invalid, source + ": holds no objects");
  if (objects.size() > kMaxObjects)
    return fail(Disposition::Invalid, source + ": holds " + std::to_string(objects.size()) + " objects; the limit is " + std::to_string(kMaxObjects));
  for (std::size_t i = 0; i < objects.size(); ++i) {
    const kube::Object& o = objects[i];
    if (!o.is_object() || o["apiVersion"].as_string().empty() || o["kind"].as_string().empty() || kube::name_of(o).empty())
      return fail(Disposition::Invalid,
                  source + ": document " + std::to_string(i + 1) + " is no Kubernetes object: apiVersion, kind and metadata.name are needed");
    for (const json::Member& member : o["stringData"].object())
      if (!member.value.is_string())
        return fail(Disposition::Invalid, source + ": " + kube::describe(o) + ": stringData." + member.key + " must be a string: put it into quotes");
  }
  return objects;
}

std::string title_of(const Recipe& recipe) { return recipe.type + " " + recipe.name + (recipe.version.empty() ? "" : " " + recipe.version); }

Components finished(Components components, std::vector<kube::Object> objects) {
  for (kube::Object& object : objects) {
    detail::leave_ca_to_injector(object);
    detail::leave_rules_to_aggregation(object);
    detail::mark(object, components.manifest_label());
  }
  components.objects = std::move(objects);
  return components;
}

Result<std::string> own_namespace(const std::vector<kube::Object>& objects, const std::string& source) {
  std::set<std::string> names;
  for (const kube::Object& o : objects)
    if (kube::kind_of(o) == "Namespace") names.insert(std::string(kube::name_of(o)));
  if (names.size() > 1) return fail(Disposition::Invalid, source + ": holds " + std::to_string(names.size()) + " Namespaces; a provider's components have one");
  return names.empty() ? std::string() : *names.begin();
}

}  // namespace

std::string Components::manifest_label() const {
  const auto known = parse_provider_type(type);
  return known ? providers::manifest_label(*known, name) : name;
}

Result<Components> process(const Recipe& recipe, std::string_view components_yaml) {
  const std::string source = title_of(recipe) + ": components.yaml";
  Components components;
  components.type = recipe.type;
  components.name = recipe.name;
  components.version = recipe.version;
  components.digest = sha256_digest(components_yaml);
  auto text = substitute(components_yaml, recipe.variables);
  if (!text) return fail(std::move(text).error().in(source));
  auto objects = parse_objects(*text, source);
  if (!objects) return fail(std::move(objects).error());
  if (Status images = override_images(*objects, components.manifest_label(), recipe.images); !images) return fail(std::move(images).error().in(source));
  auto own = own_namespace(*objects, source);
  if (!own) return fail(std::move(own).error());
  components.ns = recipe.ns.empty() ? *own : recipe.ns;
  if (components.ns.empty()) return fail(Disposition::Invalid, source + ": holds no Namespace; set the provider's namespace");
  if (own->empty()) objects->insert(objects->begin(), kube::make_object("v1", "Namespace", {"", components.ns}));
  const detail::Kinds without_namespace = detail::cluster_scoped(*objects);
  for (kube::Object& object : *objects) {
    if (components.ns != *own) detail::move_namespace(object, without_namespace, *own, components.ns);
    object.ref({"metadata", "labels", kManaged}) = "";
    object.ref({"metadata", "labels", kProviderLabel}) = components.manifest_label();
  }
  if (Status patched = apply_patches(*objects, recipe.patches); !patched) return fail(std::move(patched).error().in(title_of(recipe)));
  return finished(std::move(components), std::move(*objects));
}

Result<Components> process_plain(std::string_view name, std::string_view version, std::string_view components_yaml, std::span<const ImageRule> images) {
  const std::string source = std::string(name) + " " + std::string(version) + ": components.yaml";
  Components components;
  components.name = name;
  components.version = version;
  components.digest = sha256_digest(components_yaml);
  auto objects = parse_objects(components_yaml, source);
  if (!objects) return fail(std::move(objects).error());
  if (Status overridden = override_images(*objects, name, images); !overridden) return fail(std::move(overridden).error().in(source));
  // Of several Namespaces none is the one: nothing is moved here.
  if (auto own = own_namespace(*objects, source)) components.ns = *own;
  // clusterctl labels what it installs of cert-manager, so that its CRDs are in the scope of a move; kapp-controller's are not.
  if (name == "cert-manager")
    for (kube::Object& object : *objects) {
      object.ref({"metadata", "labels", kManaged}) = "";
      object.ref({"metadata", "labels", "clusterctl.cluster.x-k8s.io/core"}) = "cert-manager";
      object.ref({"metadata", "annotations", "cert-manager.clusterctl.cluster.x-k8s.io/version"}) = version;
    }
  return finished(std::move(components), std::move(*objects));
}

Components without_crds(Components components) {
  std::erase_if(components.objects, [](const kube::Object& object) { return kube::kind_of(object) == "CustomResourceDefinition"; });
  return components;
}

int stage_of(const kube::Object& object) {
  const auto kind = kube::kind_of(object);
  if (kind == "CustomResourceDefinition") return 0;
  if (kind == "Namespace") return 1;
  // So that its injector knows of them before it sees the webhooks and CRDs that ask for a CA.
  return object["apiVersion"].as_string().starts_with("cert-manager.io/") ? 2 : 3;
}

}  // namespace slipway::providers
