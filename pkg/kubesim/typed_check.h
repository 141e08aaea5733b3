// Bodies against the Go types that the real server decodes them into: the metadata of every kind, and all of the built-in kinds of typed_fields. Pure.
#pragma once

#include <string>
#include <vector>

#include "pkg/kubesim/detail/seam.h"

namespace slipway::kubesim {

// The decoder's sentence about the first member of a wrong type, or empty: "json: cannot unmarshal string into Go struct field
// DeploymentSpec.spec.replicas of type int32".
[[nodiscard]] std::string undecodable(const ResourceDef& def, const json::Value& object);
// Removes members that the types do not have; returns their paths: "spec.template.spec.containers[0].imagee".
std::vector<std::string> drop_unknown(const ResourceDef& def, json::Value& object);

}  // namespace slipway::kubesim
