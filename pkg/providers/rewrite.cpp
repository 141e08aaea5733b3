#include "pkg/providers/detail/rewrite.h"

#include "pkg/base/strings.h"
#include "pkg/providers/providers.h"

namespace slipway::providers::detail {
namespace {

using json::Value;

// Serving certificates name the Service with its namespace: "capi-webhook-service.capi-system.svc".
void move_dns_names(Value& certificate, std::string_view from, std::string_view to) {
  Value* spec = certificate.find_mut("spec");
  Value* names = spec == nullptr ? nullptr : spec->find_mut("dnsNames");
  if (names == nullptr || from.empty()) return;
  const std::string old = "." + std::string(from) + ".";
  for (Value& name : names->make_array()) {
    std::string text = name.str();
    const auto at = text.find(old);
    if (at != std::string::npos) name = text.replace(at, old.size(), "." + std::string(to) + ".");
  }
}

void move_service_references(Value& object, std::string_view from, std::string_view to) {
  if (from.empty()) return;  // they name nobody's
  if (Value* webhooks = object.find_mut("webhooks"))
    for (Value& webhook : webhooks->make_array())
      if (webhook["clientConfig"]["service"]["namespace"].as_string() == from) webhook.ref({"clientConfig", "service", "namespace"}) = to;
  if (object["spec"]["conversion"]["webhook"]["clientConfig"]["service"]["namespace"].as_string() == from)
    object.ref({"spec", "conversion", "webhook", "clientConfig", "service", "namespace"}) = to;
}

}  // namespace

Kinds cluster_scoped(const std::vector<kube::Object>& objects) {
  Kinds kinds{"Namespace",
              "Node",
              "CustomResourceDefinition",
              "ClusterRole",
              "ClusterRoleBinding",
              "MutatingWebhookConfiguration",
              "ValidatingWebhookConfiguration",
              "ValidatingAdmissionPolicy",
              "ValidatingAdmissionPolicyBinding",
              "APIService",
              "PriorityClass",
              "PodSecurityPolicy",
              "CertificateSigningRequest",
              "VolumeAttachment",
              "CSIDriver",
              "CSINode",
              "RuntimeClass",
              "StorageClass",
              "ClusterIssuer",
              "PersistentVolume",
              "FlowSchema",
              "PriorityLevelConfiguration",
              "IngressClass"};
  for (const kube::Object& object : objects)
    if (kube::kind_of(object) == "CustomResourceDefinition" && object["spec"]["scope"].as_string() == "Cluster")
      kinds.insert(object["spec"]["names"]["kind"].str());
  return kinds;
}

void move_namespace(Value& object, const Kinds& without_namespace, std::string_view from, std::string_view to) {
  if (kube::kind_of(object) == "Namespace" && kube::name_of(object) == from) {
    object.ref({"metadata", "name"}) = to;
    return;
  }
  if (!without_namespace.contains(kube::kind_of(object)) && (kube::namespace_of(object) == from || kube::namespace_of(object).empty()))
    object.ref({"metadata", "namespace"}) = to;
  if (Value* subjects = object.find_mut("subjects"); subjects != nullptr && !from.empty())
    for (Value& subject : subjects->make_array())
      if (subject["namespace"].as_string() == from) subject.set("namespace", to);
  move_service_references(object, from, to);
  if (const auto inject = kube::annotation(object, kInjectAnnotation); !from.empty() && inject.starts_with(std::string(from) + "/"))
    object.ref({"metadata", "annotations", kInjectAnnotation}) = std::string(to) + std::string(inject.substr(from.size()));
  if (kube::kind_of(object) == "Certificate") move_dns_names(object, from, to);
}

void leave_ca_to_injector(Value& object) {
  if (kube::annotation(object, kInjectAnnotation).empty()) return;
  if (Value* webhooks = object.find_mut("webhooks"))
    for (Value& webhook : webhooks->make_array())
      if (Value* config = webhook.find_mut("clientConfig")) config->erase("caBundle");
  if (!object["spec"]["conversion"]["webhook"]["clientConfig"]["caBundle"].is_null())
    object.ref({"spec", "conversion", "webhook", "clientConfig"}).erase("caBundle");
}

void leave_rules_to_aggregation(Value& object) {
  if (!object["aggregationRule"].is_null()) object.erase("rules");
}

void mark(Value& object, std::string_view set) {
  object.ref({"metadata", "labels", kComponentLabel}) = set;
  if (kube::kind_of(object) == "Secret") {
    // As the server keeps it: what is there can then be compared with what is wanted.
    for (const json::Member& member : object["stringData"].object()) object.ref({"data", member.key}) = base64_encode(member.value.as_string());
    object.erase("stringData");
    return;
  }
  std::string hash = hex(fnv1a(json::dump_canonical(object)));
  object.ref({"metadata", "annotations", kIntentAnnotation}) = std::move(hash);
}

}  // namespace slipway::providers::detail
