// The references of a ClusterClass to its templates. Pure; any thread.
#pragma once

#include <functional>
#include <vector>

#include "pkg/kube/types.h"

namespace slipway::simcloud {

void for_each_reference(kube::Object& cluster_class, const std::function<void(json::Value&)>& visit);
[[nodiscard]] std::vector<json::Value> class_references(const kube::Object& cluster_class);  // each once

}  // namespace slipway::simcloud
