// clusterctl's checks before a move (clusterctl.md 2.5): what is still coming up must not change hands.
#include "pkg/pivot/names.h"
#include "pkg/pivot/plan.h"

namespace slipway::pivot {
namespace {

void check_cluster(const std::string& name, const kube::Object& cluster, std::vector<std::string>& out) {
  const json::Value& status = cluster["status"];
  const json::Value& initialization = status["initialization"];  // v1beta2
  if (!status["infrastructureReady"].as_bool() && !initialization["infrastructureProvisioned"].as_bool())
    out.push_back(name + ": its infrastructure is not provisioned yet (status.infrastructureReady)");
  if (!kube::condition_true(cluster, "ControlPlaneInitialized") && !initialization["controlPlaneInitialized"].as_bool())
    out.push_back(name + ": its control plane is not initialized yet (condition ControlPlaneInitialized)");
}

// Conditions of this type stand in status.conditions, or in status.v1beta2.conditions while both contracts live.
const json::Value& paused_condition(const kube::Object& object) {
  const json::Value& condition = kube::condition(object, "Paused");
  if (!condition.is_null()) return condition;
  for (const auto& c : object["status"]["v1beta2"]["conditions"].array())
    if (c["type"].as_string() == "Paused") return c;
  return condition;
}

// What pauses with its Cluster: a ClusterResourceSet or an identity does not.
bool pauses_with_cluster(const Kind& kind, const kube::Object& object) {
  return is_cluster(kind) || is_class(kind) || object["spec"]["clusterName"].is_string() || kube::has_label(object, "cluster.x-k8s.io/cluster-name");
}

}  // namespace

std::string reason_to_wait(const Kind& kind, const kube::Object& object) {
  if (object["metadata"]["annotations"].contains(kBlockMoveAnnotation)) return "annotation " + std::string(kBlockMoveAnnotation) + " is set";
  if (is_core(kind) || !pauses_with_cluster(kind, object)) return {};
  const json::Value& paused = paused_condition(object);
  return paused.is_null() || paused["status"].as_string() == "True" ? std::string() : "its controller has not acknowledged the pause (condition Paused)";
}

std::vector<std::string> not_provisioned(const Inventory& inventory, const Plan& plan, const std::vector<kube::ObjectKey>& allowed) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < inventory.items.size(); ++i) {
    const Item& item = inventory.items[i];
    const Kind& kind = inventory.kind_of(item);
    if (plan.objects[i].fate != Fate::Move || (!is_cluster(kind) && !is_machine(kind))) continue;
    const auto object = json::parse(item.text);
    if (!object) continue;
    const std::string cluster = is_cluster(kind) ? item.key.name : (*object)["spec"]["clusterName"].str();
    if (names(allowed, {item.key.ns, cluster})) continue;
    if (is_cluster(kind)) check_cluster(inventory.describe(item), *object, out);
    if (is_machine(kind) && (*object)["status"]["nodeRef"]["name"].as_string().empty())
      out.push_back(inventory.describe(item) + ": it has no node yet (status.nodeRef)");
  }
  return out;
}

}  // namespace slipway::pivot
