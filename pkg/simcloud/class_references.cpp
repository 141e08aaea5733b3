#include "pkg/simcloud/class_references.h"

#include <algorithm>

namespace slipway::simcloud {

void for_each_reference(kube::Object& cluster_class, const std::function<void(json::Value&)>& visit) {
  const auto at = [&](json::Value& parent, std::initializer_list<std::string_view> path) {
    json::Value* value = &parent;
    for (const std::string_view key : path)
      if (value != nullptr) value = value->find_mut(key);
    if (value != nullptr) visit(*value);
  };
  at(cluster_class, {"spec", "infrastructure", "ref"});
  at(cluster_class, {"spec", "controlPlane", "ref"});
  at(cluster_class, {"spec", "controlPlane", "machineInfrastructure", "ref"});
  json::Value* workers = cluster_class.ref("spec").find_mut("workers");
  json::Value* classes = workers == nullptr ? nullptr : workers->find_mut("machineDeployments");
  if (classes == nullptr) return;
  for (json::Value& worker : classes->make_array()) {
    at(worker, {"template", "bootstrap", "ref"});
    at(worker, {"template", "infrastructure", "ref"});
  }
}

std::vector<json::Value> class_references(const kube::Object& cluster_class) {
  std::vector<json::Value> out;
  kube::Object copy = cluster_class;
  for_each_reference(copy, [&](json::Value& reference) {
    if (std::ranges::find(out, reference) == out.end()) out.push_back(reference);
  });
  return out;
}

}  // namespace slipway::simcloud
