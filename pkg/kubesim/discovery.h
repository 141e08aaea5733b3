// What discovery and OpenAPI say about the served resources, beside the two entry points in detail/seam.h. Rules: apiserver
// pkg/endpoints/{installer.go,discovery}, apimachinery pkg/version/helpers.go. Thread: the loop's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pkg/kubesim/detail/seam.h"

namespace slipway::kubesim {

// The verbs of a resource, sorted; those of the definition, or all eight.
[[nodiscard]] std::vector<std::string> verbs_of(const ResourceDef& def);

struct Subresource {
  std::string name;  // "status"
  kube::GroupVersionKind kind;
  std::vector<std::string> verbs;
};
[[nodiscard]] std::vector<Subresource> subresources_of(const ResourceDef& def);

// True where version a is to be preferred over b: v2 before v1 before v1beta1 before v1alpha2 before anything that is not of that form, which is
// ordered by letters.
[[nodiscard]] bool version_precedes(std::string_view a, std::string_view b);

struct ServedGroup {
  std::string name;  // empty: core
  struct Version {
    std::string name;
    std::vector<ResourcePtr> resources;
  };
  std::vector<Version> versions;  // the preferred one first
};
[[nodiscard]] std::vector<ServedGroup> served_groups(const ResourceRegistry& registry);  // in order of registration

}  // namespace slipway::kubesim
