// Structural OpenAPI v3 schemas of CustomResourceDefinitions: compiled once, then used to validate, default and prune. The entry points that the core
// half calls stand in detail/seam.h; this header is for the schema half. Rules: apiextensions-apiserver pkg/apiserver/{schema,validation} and
// kube-openapi pkg/validation. Objects come from json::parse, which bounds their depth, so recursion over them is safe. Thread: any; pure.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pkg/kubesim/detail/seam.h"
#include "pkg/kubesim/schema_rules.h"

namespace slipway::kubesim {

// The tree of a versions[].schema.openAPIV3Schema. Errors: Invalid, naming the place: "spec.x.pattern: error parsing regexp: ...".
enum class Rules : std::uint8_t { Compile, Skip };  // x-kubernetes-validations
[[nodiscard]] Result<std::shared_ptr<const Schema>> compile_schema(const json::Value& openapi, Rules rules = Rules::Compile);
// The schema as it was written, members sorted within properties.
[[nodiscard]] json::Value openapi_of(const Schema& schema);

// The schema of a member of an object that `schema` describes; null where there is none.
[[nodiscard]] const Schema* member_schema(const Schema* schema, std::string_view key);
// Embedded objects (and the root) keep these whatever their schema says.
[[nodiscard]] bool is_type_or_object_meta(std::string_view key);

// A value as Go's field errors print it: 3, "text", map[string]interface {}{"a":1}.
[[nodiscard]] std::string go_value(const json::Value& value);
[[nodiscard]] std::string go_float(double value);  // as %v

// Whether a format is checked at all, and whether a string has it. Source: apiextensions-apiserver pkg/apiserver/validation/formats.go.
[[nodiscard]] bool is_checked_format(std::string_view format);
[[nodiscard]] bool has_format(std::string_view format, std::string_view text);

// The parts of validate_schema; each appends to `issues`. `old` is null on create.
void validate_openapi(const Schema& schema, const json::Value& object, const json::Value* old, std::vector<FieldIssue>& issues);
void validate_lists(const Schema& schema, const json::Value& object, std::vector<FieldIssue>& issues);
void validate_embedded(const Schema& schema, const json::Value& object, std::vector<FieldIssue>& issues);
void validate_rules(const Schema& schema, const json::Value& object, const json::Value* old, std::vector<FieldIssue>& issues);

// The item of the old list that a new item is to be compared with: by key in lists of type map; null where there is none.
[[nodiscard]] const json::Value* correlated_item(const Schema& list, const json::Value& item, const json::Value* old_list);

}  // namespace slipway::kubesim
