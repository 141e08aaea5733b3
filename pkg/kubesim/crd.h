// CustomResourceDefinitions (apiextensions.k8s.io/v1), beside the entry points in detail/seam.h: the checks of their schemas. Rules and wording:
// apiextensions-apiserver pkg/apis/apiextensions/validation and pkg/apiserver/schema/validation.go. Thread: any; pure.
#pragma once

#include <string>
#include <vector>

#include "pkg/kubesim/detail/seam.h"

namespace slipway::kubesim {

// Everything that is wrong with a versions[].schema.openAPIV3Schema: not structural, forbidden keywords, lists without keys, patterns and rules that do
// not compile, defaults that do not fit. `path` is where it stands: "spec.versions[0].schema.openAPIV3Schema".
void validate_crd_schema(const json::Value& schema, const std::string& path, std::vector<FieldIssue>& issues);

// The second half of it, for a schema whose structure was found to be right: x-kubernetes-validations and defaults.
void validate_crd_rules(const json::Value& schema, const std::string& path, std::vector<FieldIssue>& issues);

}  // namespace slipway::kubesim
