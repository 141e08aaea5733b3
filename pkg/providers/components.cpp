#include <algorithm>
#include <array>
#include <set>

#include <openssl/evp.h>

#include "pkg/base/strings.h"
#include "pkg/providers/providers.h"
#include "pkg/providers/substitute.h"
#include "pkg/yaml/yaml.h"

namespace slipway::providers {
namespace {

using json::Value;

constexpr std::string_view kManaged = "clusterctl.cluster.x-k8s.io";  // clusterctl.md 1.3: the entry ticket for move discovery
constexpr std::string_view kProviderLabel = "cluster.x-k8s.io/provider";
constexpr std::size_t kMaxObjects = 2'000;

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr);
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out = "sha256:";
  for (unsigned i = 0; i < length; ++i) out.append({kDigits[digest[i] >> 4U], kDigits[digest[i] & 0xFU]});
  return out;
}

bool cluster_scoped(std::string_view kind) {
  static const std::set<std::string, std::less<>> kKinds{"Namespace",
                                                         "CustomResourceDefinition",
                                                         "ClusterRole",
                                                         "ClusterRoleBinding",
                                                         "MutatingWebhookConfiguration",
                                                         "ValidatingWebhookConfiguration",
                                                         "APIService",
                                                         "PriorityClass",
                                                         "StorageClass",
                                                         "ClusterIssuer",
                                                         "PersistentVolume",
                                                         "ValidatingAdmissionPolicy",
                                                         "IngressClass",
                                                         "ValidatingAdmissionPolicyBinding"};
  return kKinds.contains(kind);
}

// Every place where components name their own namespace. Instances elsewhere (a Role in kube-system for leader election) keep theirs.
void move_namespace(Value& object, std::string_view from, std::string_view to) {
  if (kube::kind_of(object) == "Namespace" && kube::name_of(object) == from) {
    object.ref({"metadata", "name"}) = to;
    return;
  }
  if (!cluster_scoped(kube::kind_of(object)) && (kube::namespace_of(object) == from || kube::namespace_of(object).empty()))
    object.ref({"metadata", "namespace"}) = to;
  if (Value* subjects = object.find_mut("subjects"))
    for (Value& subject : subjects->make_array())
      if (subject["namespace"].as_string() == from) subject.set("namespace", to);
  if (Value* webhooks = object.find_mut("webhooks"))
    for (Value& webhook : webhooks->make_array())
      if (webhook["clientConfig"]["service"]["namespace"].as_string() == from) webhook.ref({"clientConfig", "service", "namespace"}) = to;
  if (object["spec"]["conversion"]["webhook"]["clientConfig"]["service"]["namespace"].as_string() == from)
    object.ref({"spec", "conversion", "webhook", "clientConfig", "service", "namespace"}) = to;
  constexpr std::string_view kInject = "cert-manager.io/inject-ca-from";
  if (const auto inject = kube::annotation(object, kInject); inject.starts_with(std::string(from) + "/"))
    object.ref({"metadata", "annotations", kInject}) = std::string(to) + std::string(inject.substr(from.size()));
}

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
  }
  return objects;
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
  static const std::map<std::string, std::string, std::less<>> kPrefix{
      {"BootstrapProvider", "bootstrap-"}, {"ControlPlaneProvider", "control-plane-"},         {"InfrastructureProvider", "infrastructure-"},
      {"IPAMProvider", "ipam-"},           {"RuntimeExtensionProvider", "runtime-extension-"}, {"AddonProvider", "addon-"}};
  const auto prefix = kPrefix.find(type);
  return prefix == kPrefix.end() ? name : prefix->second + name;
}

Result<Components> process(const api::Provider& provider, std::string_view components_yaml, const std::map<std::string, std::string>& variables) {
  const std::string source = provider.type + " " + provider.name + " " + provider.version + ": components.yaml";
  Components components;
  components.type = provider.type;
  components.name = provider.name;
  components.version = provider.version;
  components.digest = sha256(components_yaml);
  if (!provider.digest.empty() && provider.digest != components.digest)
    return fail(Disposition::Invalid, source + " has digest " + components.digest + ", but the spec pins " + provider.digest + "; nothing was applied");
  auto text = substitute(components_yaml, variables);
  if (!text) return fail(std::move(text).error().in(source));
  auto objects = parse_objects(*text, source);
  if (!objects) return fail(std::move(objects).error());
  auto own = own_namespace(*objects, source);
  if (!own) return fail(std::move(own).error());
  components.ns = provider.namespace_.empty() ? *own : provider.namespace_;
  if (components.ns.empty()) return fail(Disposition::Invalid, source + ": holds no Namespace; set the provider's namespace");
  for (kube::Object& object : *objects) {
    if (components.ns != *own || own->empty()) move_namespace(object, *own, components.ns);
    object.ref({"metadata", "labels", kManaged}) = "";
    object.ref({"metadata", "labels", kProviderLabel}) = components.manifest_label();
  }
  components.objects = std::move(*objects);
  return components;
}

Result<Components> process_plain(std::string_view name, std::string_view version, std::string_view components_yaml) {
  const std::string source = std::string(name) + " " + std::string(version) + ": components.yaml";
  Components components;
  components.name = name;
  components.version = version;
  components.digest = sha256(components_yaml);
  auto objects = parse_objects(components_yaml, source);
  if (!objects) return fail(std::move(objects).error());
  auto own = own_namespace(*objects, source);
  if (!own) return fail(std::move(own).error());
  components.ns = *own;
  // clusterctl labels what it installs of cert-manager, so that its CRDs are in the scope of a move; kapp-controller's are not.
  if (name == "cert-manager")
    for (kube::Object& object : *objects) {
      object.ref({"metadata", "labels", kManaged}) = "";
      object.ref({"metadata", "labels", "clusterctl.cluster.x-k8s.io/core"}) = "cert-manager";
      object.ref({"metadata", "annotations", "cert-manager.clusterctl.cluster.x-k8s.io/version"}) = version;
    }
  components.objects = std::move(*objects);
  return components;
}

std::vector<std::vector<kube::Object>> stages(const Components& components) {
  std::vector<std::vector<kube::Object>> out(3);
  for (const kube::Object& object : components.objects) {
    const auto kind = kube::kind_of(object);
    out[kind == "CustomResourceDefinition" ? 0 : kind == "Namespace" ? 1 : 2].push_back(object);
  }
  std::erase_if(out, [](const auto& stage) { return stage.empty(); });
  return out;
}

}  // namespace slipway::providers
