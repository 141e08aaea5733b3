// Patches that users put on components: each names its objects and is a strategic merge patch, a merge patch (RFC 7386) or a JSON patch (RFC 6902). Pure; any
// thread.
//
//   patches:
//   - target: {kind: Deployment, name: capv-controller-manager}
//     patch: {spec: {replicas: 2}}                            # or text that holds it as YAML
//   - target: {group: apps, kind: Deployment}                 # all of them
//     type: json                                              # strategic (the default of objects), merge, json (the default of lists)
//     patch: [{op: add, path: /metadata/labels/team, value: a}]
#pragma once

#include <span>
#include <string>
#include <vector>

#include "pkg/base/error.h"
#include "pkg/kube/types.h"

namespace slipway::providers {

struct PatchTarget {
  std::string group;  // empty: any, and so for the other parts
  std::string version;
  std::string kind;
  std::string name;
  std::string ns;
};

struct Patch {
  json::Value body;
  std::string type;  // "strategic", "merge", "json"
  PatchTarget target;
};

inline constexpr std::size_t kMaxPatches = 256;  // a provider

// The entries of a provider's `patches`. An entry without a target is for the object that its own apiVersion, kind and metadata name. Errors: Invalid, with
// the field: "patches[1].target: ...".
[[nodiscard]] Result<std::vector<Patch>> parse_patches(std::span<const json::Value> entries);

// In order, each to every object that it names. A strategic merge patch of a custom resource is a merge patch, as API servers know no merge keys for it.
// Errors: Invalid, naming the patch, and then the objects are unchanged: a patch that names no object (with what there is instead), that cannot be applied, or
// that would change what an object is (apiVersion, kind, name, namespace).
[[nodiscard]] Status apply_patches(std::vector<kube::Object>& objects, std::span<const Patch> patches);

}  // namespace slipway::providers
