#include "pkg/kubesim/schema.h"

#include <algorithm>

#include "pkg/kubesim/status_error.h"

namespace slipway::kubesim {

namespace {

// Failures after which rules are not evaluated: the object does not have the types that they rely on (registry/customresource: hasBlockingErr).
bool blocks_rules(const FieldIssue& issue) {
  static constexpr std::string_view kReasons[] = {"FieldValueNotSupported", "FieldValueRequired", "FieldValueTooLong", "FieldValueTooMany",
                                                  "FieldValueTypeInvalid"};
  return std::ranges::find(kReasons, issue.reason) != std::end(kReasons);
}

}  // namespace

std::vector<FieldIssue> validate_schema(const Schema& schema, const json::Value& object, const json::Value* old) {
  std::vector<FieldIssue> issues;
  validate_openapi(schema, object, old, issues);
  validate_embedded(schema, object, issues);
  std::vector<FieldIssue> old_lists;
  if (old != nullptr) validate_lists(schema, *old, old_lists);
  if (old_lists.empty()) validate_lists(schema, object, issues);
  if (!schema.rules->validations_below) return issues;
  if (std::ranges::any_of(issues, blocks_rules)) {
    issues.push_back(invalid_value(
        "<nil>", "null", "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation"));
  } else {
    validate_rules(schema, object, old, issues);
  }
  return issues;
}

}  // namespace slipway::kubesim
