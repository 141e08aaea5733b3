// The name that a CustomResourceDefinition must have: Cluster API's controllers find the definition of an object that is referenced to by computing it from
// kind and group (its util/contract, CalculateCRDName), so one with another name breaks them. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pkg/kube/types.h"

namespace slipway::providers {

// "{plural of the kind in lower case}.{group}". The plural follows the rules of the library that Cluster API uses (gobuffalo/flect 1.0.3), which are not quite
// English: "Quota" has an s, "Lambda" stays as it is. Words outside of the table that irregular nouns have here get the regular ending.
[[nodiscard]] std::string crd_name(std::string_view group, std::string_view kind);

// What is wrong with the name of this definition, as a sentence with the fix; nothing where it is right, where the annotation
// clusterctl.cluster.x-k8s.io/skip-crd-name-preflight-check is set (to anything), or where the object is no definition.
[[nodiscard]] std::optional<std::string> crd_name_problem(const kube::Object& object);

}  // namespace slipway::providers
