#include "pkg/kubesim/strategies.h"

#include <algorithm>
#include <array>
#include <span>

#include "pkg/base/strings.h"

namespace slipway::kubesim {
namespace {

using Issues = std::vector<FieldIssue>;

void set_default(json::Value& object, std::string_view key, json::Value value) {
  if (object[key].is_null()) object.set(key, std::move(value));
}

void default_pod_spec(json::Value& spec) {
  set_default(spec, "restartPolicy", "Always");
  set_default(spec, "terminationGracePeriodSeconds", 30);
  set_default(spec, "dnsPolicy", "ClusterFirst");
  set_default(spec, "schedulerName", "default-scheduler");
  set_default(spec, "securityContext", json::Object{});
  for (const std::string_view list : {"containers", "initContainers"}) {
    json::Value* containers = spec.find_mut(list);
    if (containers == nullptr || !containers->is_array()) continue;
    for (auto& container : containers->make_array()) {
      if (!container.is_object()) continue;
      set_default(container, "terminationMessagePath", "/dev/termination-log");
      set_default(container, "terminationMessagePolicy", "File");
      set_default(container, "resources", json::Object{});
      const bool latest = !container["image"].as_string().contains(':') || container["image"].as_string().ends_with(":latest");
      set_default(container, "imagePullPolicy", latest ? "Always" : "IfNotPresent");
      if (json::Value* ports = container.find_mut("ports"); ports != nullptr && ports->is_array())
        for (auto& port : ports->make_array())
          if (port.is_object()) set_default(port, "protocol", "TCP");
    }
  }
}

void default_deployment(json::Value& object) {
  json::Value& spec = object.ref("spec");
  set_default(spec, "replicas", 1);
  set_default(spec, "revisionHistoryLimit", 10);
  set_default(spec, "progressDeadlineSeconds", 600);
  json::Value& strategy = spec.ref("strategy");
  set_default(strategy, "type", "RollingUpdate");
  if (strategy["type"].as_string() == "RollingUpdate") {
    json::Value& rolling = strategy.ref("rollingUpdate");
    set_default(rolling, "maxSurge", "25%");
    set_default(rolling, "maxUnavailable", "25%");
  }
}

void default_service(json::Value& object) {
  json::Value& spec = object.ref("spec");
  set_default(spec, "type", "ClusterIP");
  set_default(spec, "sessionAffinity", "None");
  if (spec["type"].as_string() != "ExternalName") set_default(spec, "internalTrafficPolicy", "Cluster");
  json::Value* ports = spec.find_mut("ports");
  if (ports == nullptr || !ports->is_array()) return;
  for (auto& port : ports->make_array()) {
    if (!port.is_object()) continue;
    set_default(port, "protocol", "TCP");
    if (port["targetPort"].is_null() && !port["port"].is_null()) port.set("targetPort", json::Value(port["port"]));
  }
}

void default_secret(json::Value& object) {
  set_default(object, "type", "Opaque");
  const json::Value plain = object["stringData"];
  for (const auto& [key, value] : plain.object())
    if (value.is_string()) object.ref("data").set(key, base64_encode(value.as_string()));
  object.erase("stringData");
}

void default_rbac(json::Value& object) {
  constexpr std::string_view kGroup = "rbac.authorization.k8s.io";
  if (json::Value* subjects = object.find_mut("subjects"); subjects != nullptr && subjects->is_array())
    for (auto& subject : subjects->make_array())
      if (subject["kind"].as_string() == "User" || subject["kind"].as_string() == "Group") set_default(subject, "apiGroup", kGroup);
  if (json::Value* role = object.find_mut("roleRef"); role != nullptr && role->is_object()) set_default(*role, "apiGroup", kGroup);
}

// 10.96.0.0/12 as kubeadm has it; derived from the uid, so that no allocator has to be kept.
std::string cluster_ip(std::string_view uid) {
  const auto h = fnv1a(uid);
  return "10." + std::to_string(96 + h % 16) + "." + std::to_string((h >> 8U) % 256) + "." + std::to_string(1 + (h >> 16U) % 254);
}

void check_immutable_data(const json::Value& object, const json::Value& old, Issues& out) {
  if (!old["immutable"].as_bool()) return;
  if (!object["immutable"].as_bool()) out.push_back(forbidden_value("immutable", "field is immutable when `immutable` is set"));
  for (const std::string_view key : {"data", "binaryData"})
    if (object[key] != old[key]) out.push_back(forbidden_value(std::string(key), "field is immutable when `immutable` is set"));
}

constexpr std::size_t kMaxData = 1024UL * 1024;  // core.MaxSecretSize

void check_data(const json::Value& object, bool secret, Issues& out) {
  std::size_t size = 0;
  std::string decoded;
  for (const auto& [key, value] : object["data"].object()) {
    if (secret && !base64_decode(value.as_string(), decoded)) out.push_back(invalid_value("data[" + key + "]", "\"<value omitted>\"", "must be base64"));
    size += secret ? decoded.size() : value.as_string().size();
  }
  for (const auto& [key, value] : object["binaryData"].object())
    if (base64_decode(value.as_string(), decoded)) size += decoded.size();
  // A ConfigMap's field is the empty path.
  if (size > kMaxData) out.push_back({secret ? "data" : "[]", "FieldValueTooLong", "Too long: may not be more than " + std::to_string(kMaxData) + " bytes"});
}

void check_deployment(const json::Value& object, const json::Value* old, Issues& out) {
  const json::Value& selector = object["spec"]["selector"];
  const json::Value& labels = object["spec"]["template"]["metadata"]["labels"];
  if (selector.is_null()) out.push_back(required_value("spec.selector", ""));
  const auto& wanted = selector["matchLabels"].object();
  if (!std::ranges::all_of(wanted, [&](const json::Member& m) { return labels[m.key] == m.value; }))
    out.push_back(invalid_value("spec.template.metadata.labels", json::dump(labels), "`selector` does not match template `labels`"));
  if (object["spec"]["replicas"].as_int() < 0)
    out.push_back(invalid_value("spec.replicas", json::dump(object["spec"]["replicas"]), "must be greater than or equal to 0"));
  if (old != nullptr && (*old)["spec"]["selector"] != selector) out.push_back(invalid_value("spec.selector", json::dump(selector), "field is immutable"));
}

void check_lease(const json::Value& object, Issues& out) {
  const json::Value &duration = object["spec"]["leaseDurationSeconds"], &transitions = object["spec"]["leaseTransitions"];
  if (!duration.is_null() && duration.as_int() <= 0) out.push_back(invalid_value("spec.leaseDurationSeconds", json::dump(duration), "must be greater than 0"));
  if (!transitions.is_null() && transitions.as_int() < 0)
    out.push_back(invalid_value("spec.leaseTransitions", json::dump(transitions), "must be greater than or equal to 0"));
}

struct Named {
  std::string_view group, resource;
};
bool among(std::span<const Named> kinds, const ResourceDef& def) {
  return !def.is_crd && std::ranges::any_of(kinds, [&](const Named& n) { return n.group == def.gvr.group && n.resource == def.gvr.resource; });
}
constexpr std::string_view kRbac = "rbac.authorization.k8s.io";

}  // namespace

bool creates_on_update(const ResourceDef& def) noexcept {
  static constexpr auto kKinds = std::to_array<Named>({{"", "endpoints"},
                                                       {"", "events"},
                                                       {"", "limitranges"},
                                                       {"", "services"},
                                                       {"coordination.k8s.io", "leases"},
                                                       {"events.k8s.io", "events"},
                                                       {"node.k8s.io", "runtimeclasses"},
                                                       {kRbac, "clusterrolebindings"},
                                                       {kRbac, "clusterroles"},
                                                       {kRbac, "rolebindings"},
                                                       {kRbac, "roles"}});
  return among(kKinds, def);
}

bool updates_unconditionally(const ResourceDef& def) noexcept {
  static constexpr auto kNot = std::to_array<Named>({{"admissionregistration.k8s.io", "mutatingwebhookconfigurations"},
                                                     {"admissionregistration.k8s.io", "validatingadmissionpolicies"},
                                                     {"admissionregistration.k8s.io", "validatingadmissionpolicybindings"},
                                                     {"admissionregistration.k8s.io", "validatingwebhookconfigurations"},
                                                     {"apiextensions.k8s.io", "customresourcedefinitions"},
                                                     {"apiregistration.k8s.io", "apiservices"},
                                                     {"coordination.k8s.io", "leases"},
                                                     {"node.k8s.io", "runtimeclasses"},
                                                     {"policy", "poddisruptionbudgets"},
                                                     {"storage.k8s.io", "csidrivers"},
                                                     {"storage.k8s.io", "csinodes"},
                                                     {"storage.k8s.io", "volumeattachments"}});
  return !def.is_crd && !among(kNot, def);
}

void default_builtin(const ResourceDef& def, json::Value& object) {
  if (is_kind(def, "", "secrets")) default_secret(object);
  if (is_kind(def, "", "services")) default_service(object);
  if (is_kind(def, "", "pods")) default_pod_spec(object.ref("spec"));
  if (is_kind(def, "apps", "deployments")) default_deployment(object);
  if (object["spec"]["template"]["spec"].is_object() && !def.is_crd) default_pod_spec(object.ref({"spec", "template", "spec"}));
  if (def.gvr.group == "rbac.authorization.k8s.io") default_rbac(object);
  if (is_kind(def, "apiextensions.k8s.io", "customresourcedefinitions")) default_crd(object);
}

void prepare_create(const ResourceDef& def, json::Value& object) {
  if (def.has_status) object.set("status", json::Object{});
  if (is_kind(def, "", "namespaces")) {
    object.ref({"metadata", "labels"}).set("kubernetes.io/metadata.name", object["metadata"]["name"]);
    object.ref("spec").set("finalizers", json::Array{json::Value("kubernetes")});
    object.set("status", json::Object{{"phase", "Active"}});
  }
  if (is_kind(def, "", "services") && object["spec"]["type"].as_string() != "ExternalName" && object["spec"]["clusterIP"].as_string().empty()) {
    const std::string ip = cluster_ip(object["metadata"]["uid"].as_string());
    object.ref("spec").set("clusterIP", ip);
    object.ref("spec").set("clusterIPs", json::Array{json::Value(ip)});
  }
  if (is_kind(def, "", "services")) object.set("status", json::Object{{"loadBalancer", json::Object{}}});
  if (is_kind(def, "", "pods")) object.set("status", json::Object{{"phase", "Pending"}});
}

Issues validate_builtin(const ResourceDef& def, const json::Value& object, const json::Value* old) {
  Issues out;
  if (is_kind(def, "", "secrets")) {
    check_data(object, true, out);
    if (old != nullptr && object["type"] != (*old)["type"]) out.push_back(invalid_value("type", json::dump(object["type"]), "field is immutable"));
  }
  if (is_kind(def, "", "configmaps")) check_data(object, false, out);
  if (old != nullptr && (is_kind(def, "", "secrets") || is_kind(def, "", "configmaps"))) check_immutable_data(object, *old, out);
  if (is_kind(def, "apps", "deployments")) check_deployment(object, old, out);
  if (is_kind(def, "coordination.k8s.io", "leases")) check_lease(object, out);
  if (is_kind(def, "apiextensions.k8s.io", "customresourcedefinitions")) out = validate_crd(object, old);
  const bool binding = def.gvr.group == "rbac.authorization.k8s.io" && def.gvr.resource.ends_with("bindings");
  if (binding && old != nullptr && object["roleRef"] != (*old)["roleRef"])
    out.push_back(invalid_value("roleRef", json::dump(object["roleRef"]), "cannot change roleRef"));
  return out;
}

}  // namespace slipway::kubesim
