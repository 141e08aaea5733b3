// The columns of `kubectl get` for built-in kinds, one table a kind.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "pkg/base/strings.h"
#include "pkg/kubesim/table.h"

namespace slipway::kubesim {

namespace {

using json::Value;
constexpr std::string_view kNone = "<none>";
constexpr std::string_view kUnset = "<unset>";

std::string or_none(std::string text) { return text.empty() ? std::string(kNone) : text; }

template <class Each>
std::string joined(const Value& list, Each each, std::string_view separator = ",") {
  std::vector<std::string> parts;
  for (const Value& item : list.array()) parts.push_back(each(item));
  return join(parts, separator);
}
std::string joined_names(const Value& list) {
  return joined(list, [](const Value& item) { return item["name"].str(); });
}
std::string joined_strings(const Value& list) {
  return joined(list, [](const Value& item) { return item.str(); });
}

Value name_cell(const Value& o, WallTime /*now*/) { return kube::name_of(o); }
Value age_cell(const Value& o, WallTime now) { return age_of(o["metadata"]["creationTimestamp"], now); }
Value created_cell(const Value& o, WallTime /*now*/) { return o["metadata"]["creationTimestamp"]; }

constexpr TableColumn kName{"Name", "string", 0, name_cell};
constexpr TableColumn kAge{"Age", "string", 0, age_cell};

std::int64_t count(const Value& v) { return static_cast<std::int64_t>(v.size()); }
std::string ratio(const Value& part, const Value& whole, std::int64_t fallback) {
  return std::to_string(part.as_int()) + "/" + std::to_string(whole.as_int(fallback));
}

const Value& pod_spec(const Value& o) { return o["spec"]["template"]["spec"]; }
Value containers_cell(const Value& o, WallTime /*now*/) { return joined_names(pod_spec(o)["containers"]); }
Value images_cell(const Value& o, WallTime /*now*/) {
  return joined(pod_spec(o)["containers"], [](const Value& c) { return c["image"].str(); });
}
Value selector_cell(const Value& o, WallTime /*now*/) { return selector_text(o["spec"]["selector"]); }
constexpr TableColumn kContainers{"Containers", "string", 1, containers_cell};
constexpr TableColumn kImages{"Images", "string", 1, images_cell};
constexpr TableColumn kSelector{"Selector", "string", 1, selector_cell};

std::string data_count(const Value& o) { return std::to_string(o["data"].size() + o["binaryData"].size()); }

// ------------------------------------------------------------------------------------------------------------------------------------------ core

std::string service_addresses(const Value& o) {
  std::string external = joined_strings(o["spec"]["externalIPs"]);
  const std::string_view type = o["spec"]["type"].as_string("ClusterIP");
  if (type == "ExternalName") return o["spec"]["externalName"].str();
  if (type != "LoadBalancer") return or_none(external);
  std::string balanced = joined(o["status"]["loadBalancer"]["ingress"], [](const Value& i) { return i["ip"].str(i["hostname"].as_string()); });
  if (!external.empty()) balanced += (balanced.empty() ? "" : ",") + external;
  return balanced.empty() ? "<pending>" : balanced;
}

std::string service_ports(const Value& o) {
  return or_none(joined(o["spec"]["ports"], [](const Value& p) {
    const std::string node = p["nodePort"].as_int() == 0 ? "" : ":" + std::to_string(p["nodePort"].as_int());
    return std::to_string(p["port"].as_int()) + node + "/" + p["protocol"].str("TCP");
  }));
}

std::string endpoint_addresses(const Value& o) {
  std::vector<std::string> all;
  for (const Value& subset : o["subsets"].array()) {
    for (const Value& address : subset["addresses"].array()) {
      if (subset["ports"].size() == 0) all.push_back(address["ip"].str());
      for (const Value& port : subset["ports"].array()) all.push_back(address["ip"].str() + ":" + std::to_string(port["port"].as_int()));
    }
  }
  const std::size_t more = all.size() > 3 ? all.size() - 3 : 0;
  all.resize(all.size() - more);
  return more == 0 ? or_none(join(all, ",")) : join(all, ",") + " + " + std::to_string(more) + " more...";
}

std::string node_status(const Value& o) {
  std::string status = kube::condition(o, "Ready").is_null() ? "Unknown" : kube::condition_true(o, "Ready") ? "Ready" : "NotReady";
  if (o["spec"]["unschedulable"].as_bool()) status += ",SchedulingDisabled";
  return status;
}

std::string node_roles(const Value& o) {
  constexpr std::string_view kPrefix = "node-role.kubernetes.io/";
  std::vector<std::string> roles;
  for (const json::Member& label : o["metadata"]["labels"].object()) {
    if (label.key.starts_with(kPrefix)) roles.push_back(label.key.substr(kPrefix.size()));
    if (label.key == "kubernetes.io/role" && !label.value.as_string().empty()) roles.push_back(label.value.str());
  }
  std::ranges::sort(roles);
  return or_none(join(roles, ","));
}

std::string node_address(const Value& o, std::string_view type) {
  for (const Value& address : o["status"]["addresses"].array()) {
    if (address["type"].as_string() == type) return address["address"].str();
  }
  return std::string(kNone);
}

std::string text_or(const Value& v, std::string_view fallback) { return v.as_string().empty() ? std::string(fallback) : v.str(); }

std::string event_last_seen(const Value& o, WallTime now) {
  const Value& series = o["series"]["lastObservedTime"];
  if (!series.as_string().empty()) return age_of(series, now);
  if (!o["lastTimestamp"].as_string().empty()) return age_of(o["lastTimestamp"], now);
  return age_of(o["eventTime"].as_string().empty() ? o["deprecatedLastTimestamp"] : o["eventTime"], now);
}

std::string event_first_seen(const Value& o, WallTime now) {
  const Value& first = o["firstTimestamp"].as_string().empty() ? o["deprecatedFirstTimestamp"] : o["firstTimestamp"];
  return age_of(first.as_string().empty() ? o["eventTime"] : first, now);
}

const Value& event_object(const Value& o) { return o["involvedObject"].is_object() ? o["involvedObject"] : o["regarding"]; }

std::string event_source(const Value& o) {
  const Value& source = o["source"].is_object() ? o["source"] : o["deprecatedSource"];
  const std::string component =
      text_or(source["component"], o["reportingComponent"].is_string() ? o["reportingComponent"].as_string() : o["reportingController"].as_string());
  return source["host"].as_string().empty() ? component : component + ", " + source["host"].str();
}

std::int64_t event_count(const Value& o) {
  if (o["series"].is_object()) return o["series"]["count"].as_int();
  return std::max<std::int64_t>(1, o["count"].as_int(o["deprecatedCount"].as_int()));
}

std::string access_modes(const Value& modes) {
  return joined(modes, [](const Value& m) -> std::string {
    static constexpr std::pair<std::string_view, std::string_view> kShort[] = {
        {"ReadWriteOnce", "RWO"}, {"ReadOnlyMany", "ROX"}, {"ReadWriteMany", "RWX"}, {"ReadWriteOncePod", "RWOP"}};
    for (const auto& [name, brief] : kShort) {
      if (m.as_string() == name) return std::string(brief);
    }
    return m.str();
  });
}

// ----------------------------------------------------------------------------------------------------------------------------------- apps, batch

std::string job_status(const Value& o) {
  if (kube::condition_true(o, "Complete")) return "Complete";
  if (kube::condition_true(o, "Failed")) return "Failed";
  if (kube::is_deleting(o)) return "Terminating";
  if (kube::condition_true(o, "Suspended")) return "Suspended";
  return kube::condition_true(o, "FailureTarget") ? "FailureTarget" : kube::condition_true(o, "SuccessCriteriaMet") ? "SuccessCriteriaMet" : "Running";
}

std::string job_completions(const Value& o) {
  if (o["spec"]["completions"].is_number()) return ratio(o["status"]["succeeded"], o["spec"]["completions"], 0);
  const std::int64_t parallel = o["spec"]["parallelism"].as_int(1);
  return std::to_string(o["status"]["succeeded"].as_int()) + "/1" + (parallel > 1 ? " of " + std::to_string(parallel) : "");
}

std::string job_duration(const Value& o, WallTime now) {
  const auto start = parse_rfc3339(o["status"]["startTime"].as_string());
  const auto end = parse_rfc3339(o["status"]["completionTime"].as_string());
  if (!start) return {};
  return human_duration(std::chrono::duration_cast<std::chrono::milliseconds>(end.value_or(now) - *start));
}

// ------------------------------------------------------------------------------------------------------------------------------------------ others

std::string subjects(const Value& o, std::string_view kind) {
  std::vector<std::string> names;
  for (const Value& s : o["subjects"].array()) {
    if (s["kind"].as_string() != kind) continue;
    names.push_back(kind == "ServiceAccount" ? s["namespace"].str() + "/" + s["name"].str() : s["name"].str());
  }
  return join(names, ", ");
}

std::string int_or_string(const Value& v, std::string_view fallback) {
  return v.is_string() ? v.str() : v.is_number() ? std::to_string(v.as_int()) : std::string(fallback);
}

std::string apiservice_available(const Value& o) {
  const Value& condition = kube::condition(o, "Available");
  if (condition.is_null()) return "Unknown";
  if (condition["status"].as_string() == "True") return "True";
  return condition["status"].str() + " (" + condition["reason"].str() + ")";
}

#define SLIPWAY_CELL [](const Value& o, WallTime now) -> Value { (void)o, (void)now; return
#define SLIPWAY_END \
  ;                 \
  }

// clang-format off
constexpr TableColumn kConfigMaps[] = {kName, {"Data", "string", 0, SLIPWAY_CELL data_count(o) SLIPWAY_END}, kAge};
constexpr TableColumn kSecrets[] = {
    kName, {"Type", "string", 0, SLIPWAY_CELL text_or(o["type"], "Opaque") SLIPWAY_END},
    {"Data", "string", 0, SLIPWAY_CELL count(o["data"]) SLIPWAY_END}, kAge};
constexpr TableColumn kServiceAccounts[] = {kName, {"Secrets", "integer", 0, SLIPWAY_CELL count(o["secrets"]) SLIPWAY_END}, kAge};
constexpr TableColumn kNamespaces[] = {kName, {"Status", "string", 0, SLIPWAY_CELL o["status"]["phase"].str() SLIPWAY_END}, kAge};
constexpr TableColumn kEndpoints[] = {kName, {"Endpoints", "string", 0, SLIPWAY_CELL endpoint_addresses(o) SLIPWAY_END}, kAge};
constexpr TableColumn kServices[] = {
    kName, {"Type", "string", 0, SLIPWAY_CELL text_or(o["spec"]["type"], "ClusterIP") SLIPWAY_END},
    {"Cluster-IP", "string", 0, SLIPWAY_CELL text_or(o["spec"]["clusterIP"], kNone) SLIPWAY_END},
    {"External-IP", "string", 0, SLIPWAY_CELL service_addresses(o) SLIPWAY_END},
    {"Port(s)", "string", 0, SLIPWAY_CELL service_ports(o) SLIPWAY_END}, kAge,
    {"Selector", "string", 1, SLIPWAY_CELL labels_text(o["spec"]["selector"]) SLIPWAY_END}};
constexpr TableColumn kPods[] = {
    kName, {"Ready", "string", 0, SLIPWAY_CELL pod_ready(o) SLIPWAY_END},
    {"Status", "string", 0, SLIPWAY_CELL pod_status(o) SLIPWAY_END},
    {"Restarts", "string", 0, SLIPWAY_CELL pod_restarts(o, now) SLIPWAY_END}, kAge,
    {"IP", "string", 1, SLIPWAY_CELL text_or(o["status"]["podIP"], kNone) SLIPWAY_END},
    {"Node", "string", 1, SLIPWAY_CELL text_or(o["spec"]["nodeName"], kNone) SLIPWAY_END},
    {"Nominated Node", "string", 1, SLIPWAY_CELL text_or(o["status"]["nominatedNodeName"], kNone) SLIPWAY_END},
    {"Readiness Gates", "string", 1, SLIPWAY_CELL kNone SLIPWAY_END}};
constexpr TableColumn kNodes[] = {
    kName, {"Status", "string", 0, SLIPWAY_CELL node_status(o) SLIPWAY_END},
    {"Roles", "string", 0, SLIPWAY_CELL node_roles(o) SLIPWAY_END}, kAge,
    {"Version", "string", 0, SLIPWAY_CELL o["status"]["nodeInfo"]["kubeletVersion"].str() SLIPWAY_END},
    {"Internal-IP", "string", 1, SLIPWAY_CELL node_address(o, "InternalIP") SLIPWAY_END},
    {"External-IP", "string", 1, SLIPWAY_CELL node_address(o, "ExternalIP") SLIPWAY_END},
    {"OS-Image", "string", 1, SLIPWAY_CELL text_or(o["status"]["nodeInfo"]["osImage"], "<unknown>") SLIPWAY_END},
    {"Kernel-Version", "string", 1, SLIPWAY_CELL text_or(o["status"]["nodeInfo"]["kernelVersion"], "<unknown>") SLIPWAY_END},
    {"Container-Runtime", "string", 1, SLIPWAY_CELL text_or(o["status"]["nodeInfo"]["containerRuntimeVersion"], "<unknown>") SLIPWAY_END}};
constexpr TableColumn kEvents[] = {
    {"Last Seen", "string", 0, SLIPWAY_CELL event_last_seen(o, now) SLIPWAY_END},
    {"Type", "string", 0, SLIPWAY_CELL o["type"].str() SLIPWAY_END},
    {"Reason", "string", 0, SLIPWAY_CELL o["reason"].str() SLIPWAY_END},
    {"Object", "string", 0, SLIPWAY_CELL to_lower(event_object(o)["kind"].as_string()) + "/" + event_object(o)["name"].str() SLIPWAY_END},
    {"Subobject", "string", 1, SLIPWAY_CELL event_object(o)["fieldPath"].str() SLIPWAY_END},
    {"Source", "string", 1, SLIPWAY_CELL event_source(o) SLIPWAY_END},
    {"Message", "string", 0, SLIPWAY_CELL std::string(trim(o["message"].is_string() ? o["message"].as_string() : o["note"].as_string())) SLIPWAY_END},
    {"First Seen", "string", 1, SLIPWAY_CELL event_first_seen(o, now) SLIPWAY_END},
    {"Count", "string", 1, SLIPWAY_CELL event_count(o) SLIPWAY_END},
    {"Name", "string", 1, name_cell}};
constexpr TableColumn kVolumeClaims[] = {
    kName, {"Status", "string", 0, SLIPWAY_CELL o["status"]["phase"].str() SLIPWAY_END},
    {"Volume", "string", 0, SLIPWAY_CELL o["spec"]["volumeName"].str() SLIPWAY_END},
    {"Capacity", "string", 0, SLIPWAY_CELL o["status"]["capacity"]["storage"].str() SLIPWAY_END},
    {"Access Modes", "string", 0, SLIPWAY_CELL access_modes(o["status"]["accessModes"]) SLIPWAY_END},
    {"StorageClass", "string", 0, SLIPWAY_CELL o["spec"]["storageClassName"].str() SLIPWAY_END},
    {"VolumeAttributesClass", "string", 0, SLIPWAY_CELL text_or(o["spec"]["volumeAttributesClassName"], kUnset) SLIPWAY_END}, kAge,
    {"VolumeMode", "string", 1, SLIPWAY_CELL text_or(o["spec"]["volumeMode"], kUnset) SLIPWAY_END}};
constexpr TableColumn kVolumes[] = {
    kName, {"Capacity", "string", 0, SLIPWAY_CELL o["spec"]["capacity"]["storage"].str() SLIPWAY_END},
    {"Access Modes", "string", 0, SLIPWAY_CELL access_modes(o["spec"]["accessModes"]) SLIPWAY_END},
    {"Reclaim Policy", "string", 0, SLIPWAY_CELL o["spec"]["persistentVolumeReclaimPolicy"].str() SLIPWAY_END},
    {"Status", "string", 0, SLIPWAY_CELL o["status"]["phase"].str() SLIPWAY_END},
    {"Claim", "string", 0, SLIPWAY_CELL o["spec"]["claimRef"].is_null() ? "" : o["spec"]["claimRef"]["namespace"].str() + "/" + o["spec"]["claimRef"]["name"].str() SLIPWAY_END},
    {"StorageClass", "string", 0, SLIPWAY_CELL o["spec"]["storageClassName"].str() SLIPWAY_END},
    {"VolumeAttributesClass", "string", 0, SLIPWAY_CELL text_or(o["spec"]["volumeAttributesClassName"], kUnset) SLIPWAY_END},
    {"Reason", "string", 0, SLIPWAY_CELL o["status"]["reason"].str() SLIPWAY_END}, kAge,
    {"VolumeMode", "string", 1, SLIPWAY_CELL text_or(o["spec"]["volumeMode"], kUnset) SLIPWAY_END}};
constexpr TableColumn kDeployments[] = {
    kName, {"Ready", "string", 0, SLIPWAY_CELL ratio(o["status"]["readyReplicas"], o["spec"]["replicas"], 1) SLIPWAY_END},
    {"Up-to-date", "string", 0, SLIPWAY_CELL o["status"]["updatedReplicas"].as_int() SLIPWAY_END},
    {"Available", "string", 0, SLIPWAY_CELL o["status"]["availableReplicas"].as_int() SLIPWAY_END}, kAge, kContainers, kImages, kSelector};
constexpr TableColumn kReplicaSets[] = {
    kName, {"Desired", "integer", 0, SLIPWAY_CELL o["spec"]["replicas"].as_int(1) SLIPWAY_END},
    {"Current", "integer", 0, SLIPWAY_CELL o["status"]["replicas"].as_int() SLIPWAY_END},
    {"Ready", "integer", 0, SLIPWAY_CELL o["status"]["readyReplicas"].as_int() SLIPWAY_END}, kAge, kContainers, kImages, kSelector};
constexpr TableColumn kStatefulSets[] = {
    kName, {"Ready", "string", 0, SLIPWAY_CELL ratio(o["status"]["readyReplicas"], o["spec"]["replicas"], 1) SLIPWAY_END}, kAge, kContainers, kImages};
constexpr TableColumn kDaemonSets[] = {
    kName, {"Desired", "integer", 0, SLIPWAY_CELL o["status"]["desiredNumberScheduled"].as_int() SLIPWAY_END},
    {"Current", "integer", 0, SLIPWAY_CELL o["status"]["currentNumberScheduled"].as_int() SLIPWAY_END},
    {"Ready", "integer", 0, SLIPWAY_CELL o["status"]["numberReady"].as_int() SLIPWAY_END},
    {"Up-to-date", "integer", 0, SLIPWAY_CELL o["status"]["updatedNumberScheduled"].as_int() SLIPWAY_END},
    {"Available", "integer", 0, SLIPWAY_CELL o["status"]["numberAvailable"].as_int() SLIPWAY_END},
    {"Node Selector", "string", 0, SLIPWAY_CELL labels_text(pod_spec(o)["nodeSelector"]) SLIPWAY_END}, kAge, kContainers, kImages, kSelector};
constexpr TableColumn kJobs[] = {
    kName, {"Status", "string", 0, SLIPWAY_CELL job_status(o) SLIPWAY_END},
    {"Completions", "string", 0, SLIPWAY_CELL job_completions(o) SLIPWAY_END},
    {"Duration", "string", 0, SLIPWAY_CELL job_duration(o, now) SLIPWAY_END}, kAge, kContainers, kImages, kSelector};
constexpr TableColumn kCronJobs[] = {
    kName, {"Schedule", "string", 0, SLIPWAY_CELL o["spec"]["schedule"].str() SLIPWAY_END},
    {"Timezone", "string", 0, SLIPWAY_CELL text_or(o["spec"]["timeZone"], kNone) SLIPWAY_END},
    {"Suspend", "string", 0, SLIPWAY_CELL o["spec"]["suspend"].as_bool() ? "True" : "False" SLIPWAY_END},
    {"Active", "integer", 0, SLIPWAY_CELL count(o["status"]["active"]) SLIPWAY_END},
    {"Last Schedule", "string", 0, SLIPWAY_CELL o["status"]["lastScheduleTime"].is_string() ? age_of(o["status"]["lastScheduleTime"], now) : std::string(kNone) SLIPWAY_END}, kAge};
constexpr TableColumn kLeases[] = {kName, {"Holder", "string", 0, SLIPWAY_CELL o["spec"]["holderIdentity"].str() SLIPWAY_END}, kAge};
constexpr TableColumn kCrds[] = {kName, {"Created At", "date", 0, created_cell}};
constexpr TableColumn kRoles[] = {kName, {"Created At", "string", 0, created_cell}};
constexpr TableColumn kRoleBindings[] = {
    kName, {"Role", "string", 0, SLIPWAY_CELL o["roleRef"]["kind"].str() + "/" + o["roleRef"]["name"].str() SLIPWAY_END}, kAge,
    {"Users", "string", 1, SLIPWAY_CELL subjects(o, "User") SLIPWAY_END},
    {"Groups", "string", 1, SLIPWAY_CELL subjects(o, "Group") SLIPWAY_END},
    {"ServiceAccounts", "string", 1, SLIPWAY_CELL subjects(o, "ServiceAccount") SLIPWAY_END}};
constexpr TableColumn kWebhooks[] = {kName, {"Webhooks", "integer", 0, SLIPWAY_CELL count(o["webhooks"]) SLIPWAY_END}, kAge};
constexpr TableColumn kApiServices[] = {
    kName, {"Service", "string", 0, SLIPWAY_CELL o["spec"]["service"].is_object() ? o["spec"]["service"]["namespace"].str() + "/" + o["spec"]["service"]["name"].str() : std::string("Local") SLIPWAY_END},
    {"Available", "string", 0, SLIPWAY_CELL apiservice_available(o) SLIPWAY_END}, kAge};
constexpr TableColumn kStorageClasses[] = {
    {"Name", "string", 0, SLIPWAY_CELL kube::annotation(o, "storageclass.kubernetes.io/is-default-class") == "true" ? std::string(kube::name_of(o)) + " (default)" : std::string(kube::name_of(o)) SLIPWAY_END},
    {"Provisioner", "string", 0, SLIPWAY_CELL o["provisioner"].str() SLIPWAY_END},
    {"ReclaimPolicy", "string", 0, SLIPWAY_CELL text_or(o["reclaimPolicy"], "Delete") SLIPWAY_END},
    {"VolumeBindingMode", "string", 0, SLIPWAY_CELL text_or(o["volumeBindingMode"], "Immediate") SLIPWAY_END},
    {"AllowVolumeExpansion", "string", 0, SLIPWAY_CELL o["allowVolumeExpansion"].as_bool() SLIPWAY_END}, kAge};
constexpr TableColumn kIngresses[] = {
    kName, {"Class", "string", 0, SLIPWAY_CELL text_or(o["spec"]["ingressClassName"], kNone) SLIPWAY_END},
    {"Hosts", "string", 0, SLIPWAY_CELL [&] { const std::string hosts = joined(o["spec"]["rules"], [](const Value& r) { return r["host"].str("*"); }); return hosts.empty() ? std::string("*") : hosts; }() SLIPWAY_END},
    {"Address", "string", 0, SLIPWAY_CELL joined(o["status"]["loadBalancer"]["ingress"], [](const Value& i) { return i["ip"].str(i["hostname"].as_string()); }) SLIPWAY_END},
    {"Ports", "string", 0, SLIPWAY_CELL o["spec"]["tls"].size() != 0 ? "80, 443" : "80" SLIPWAY_END}, kAge};
constexpr TableColumn kNetworkPolicies[] = {kName, {"Pod-Selector", "string", 0, SLIPWAY_CELL selector_text(o["spec"]["podSelector"]) SLIPWAY_END}, kAge};
constexpr TableColumn kDisruptionBudgets[] = {
    kName, {"Min Available", "string", 0, SLIPWAY_CELL int_or_string(o["spec"]["minAvailable"], "N/A") SLIPWAY_END},
    {"Max Unavailable", "string", 0, SLIPWAY_CELL int_or_string(o["spec"]["maxUnavailable"], "N/A") SLIPWAY_END},
    {"Allowed Disruptions", "integer", 0, SLIPWAY_CELL o["status"]["disruptionsAllowed"].as_int() SLIPWAY_END}, kAge};
constexpr TableColumn kPriorityClasses[] = {
    kName, {"Value", "integer", 0, SLIPWAY_CELL o["value"].as_int() SLIPWAY_END},
    {"Global-Default", "boolean", 0, SLIPWAY_CELL o["globalDefault"].as_bool() SLIPWAY_END}, kAge,
    {"PreemptionPolicy", "string", 0, SLIPWAY_CELL text_or(o["preemptionPolicy"], "PreemptLowerPriority") SLIPWAY_END}};

struct Entry {
  std::string_view group, resource;
  std::span<const TableColumn> columns;
};
constexpr Entry kEntries[] = {
    {"", "configmaps", kConfigMaps}, {"", "secrets", kSecrets}, {"", "serviceaccounts", kServiceAccounts}, {"", "namespaces", kNamespaces},
    {"", "endpoints", kEndpoints}, {"", "services", kServices}, {"", "pods", kPods}, {"", "nodes", kNodes}, {"", "events", kEvents},
    {"", "persistentvolumeclaims", kVolumeClaims}, {"", "persistentvolumes", kVolumes}, {"events.k8s.io", "events", kEvents},
    {"apps", "deployments", kDeployments}, {"apps", "replicasets", kReplicaSets}, {"apps", "statefulsets", kStatefulSets}, {"apps", "daemonsets", kDaemonSets},
    {"batch", "jobs", kJobs}, {"batch", "cronjobs", kCronJobs}, {"coordination.k8s.io", "leases", kLeases},
    {"apiextensions.k8s.io", "customresourcedefinitions", kCrds}, {"rbac.authorization.k8s.io", "roles", kRoles},
    {"rbac.authorization.k8s.io", "clusterroles", kRoles}, {"rbac.authorization.k8s.io", "rolebindings", kRoleBindings},
    {"rbac.authorization.k8s.io", "clusterrolebindings", kRoleBindings}, {"admissionregistration.k8s.io", "mutatingwebhookconfigurations", kWebhooks},
    {"admissionregistration.k8s.io", "validatingwebhookconfigurations", kWebhooks}, {"apiregistration.k8s.io", "apiservices", kApiServices},
    {"storage.k8s.io", "storageclasses", kStorageClasses}, {"networking.k8s.io", "ingresses", kIngresses},
    {"networking.k8s.io", "networkpolicies", kNetworkPolicies}, {"policy", "poddisruptionbudgets", kDisruptionBudgets},
    {"scheduling.k8s.io", "priorityclasses", kPriorityClasses},
};
// clang-format on
#undef SLIPWAY_CELL
#undef SLIPWAY_END

}  // namespace

std::span<const TableColumn> builtin_columns(const kube::GroupVersionResource& gvr) {
  const auto* const it = std::ranges::find_if(kEntries, [&](const Entry& e) { return e.group == gvr.group && e.resource == gvr.resource; });
  return it == std::end(kEntries) ? std::span<const TableColumn>() : it->columns;
}

std::string labels_text(const json::Value& labels) {
  std::vector<std::string> pairs;
  for (const json::Member& label : labels.object()) pairs.push_back(label.key + "=" + label.value.str());
  std::ranges::sort(pairs);
  return or_none(join(pairs, ","));
}

std::string selector_text(const json::Value& selector) {
  std::vector<std::string> parts;
  for (const json::Member& label : selector["matchLabels"].object()) parts.push_back(label.key + "=" + label.value.str());
  for (const Value& e : selector["matchExpressions"].array()) {
    const std::string_view op = e["operator"].as_string();
    if (op == "Exists") parts.push_back(e["key"].str());
    if (op == "DoesNotExist") parts.push_back("!" + e["key"].str());
    if (op == "In" || op == "NotIn") parts.push_back(e["key"].str() + (op == "In" ? " in (" : " notin (") + joined_strings(e["values"]) + ")");
  }
  std::ranges::sort(parts);
  return or_none(join(parts, ","));
}

}  // namespace slipway::kubesim
