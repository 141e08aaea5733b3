#include <algorithm>

#include "pkg/runtime/controller.h"

namespace slipway::runtime {

MapFunction owner_of(std::string group, std::string kind, OwnerOptions options) {
  return [group = std::move(group), kind = std::move(kind), options](const Change& change) {
    std::vector<ObjectKey> keys;
    for (const ObjectPtr& object : {change.old_object, change.new_object}) {
      if (!object) continue;
      for (const auto& owner : (*object)["metadata"]["ownerReferences"].array()) {
        if ((!options.every_owner && !owner["controller"].as_bool()) || owner["kind"].as_string() != kind || kube::gvk_of(owner).group != group) continue;
        ObjectKey key{options.cluster_scoped ? std::string() : change.key.ns, owner["name"].str()};
        if (std::ranges::find(keys, key) == keys.end()) keys.push_back(std::move(key));
      }
    }
    return keys;
  };
}

}  // namespace slipway::runtime
