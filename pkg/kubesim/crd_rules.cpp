// x-kubernetes-validations and defaults of a CustomResourceDefinition's schema.
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "pkg/base/strings.h"
#include "pkg/kubesim/cel.h"
#include "pkg/kubesim/crd.h"
#include "pkg/kubesim/schema.h"
#include "pkg/kubesim/status_error.h"

namespace slipway::kubesim {

namespace {

class RuleChecker {
 public:
  explicit RuleChecker(std::vector<FieldIssue>& issues) : issues_(issues) {}

  // NOLINTNEXTLINE(misc-no-recursion)
  // `adrift` is the first node above whose parts have no old values of their own; empty where there is none.
  void check(const json::Value& s, const Schema& schema, bool root, const std::string& path, const std::string& adrift) {
    check_rules(s["x-kubernetes-validations"], schema, root || schema.embedded_resource, path + ".x-kubernetes-validations", adrift);
    const std::string& of_members = adrift.empty() && schema.map_type == "atomic" ? path : adrift;
    const std::string& of_items = adrift.empty() && schema.list_type != "map" ? path : adrift;
    for (const auto& [name, child] : schema.properties) check(s["properties"][name], *child, false, path + ".properties[" + name + "]", of_members);
    if (schema.items) check(s["items"], *schema.items, false, path + ".items", of_items);
    if (schema.additional) check(s["additionalProperties"], *schema.additional, false, path + ".additionalProperties", adrift);
  }

 private:
  void check_rules(const json::Value& rules, const Schema& schema, bool resource_root, const std::string& path, const std::string& adrift) {
    for (std::size_t i = 0; i < rules.size(); ++i) {
      const json::Value& rule = rules[i];
      const std::string field = path + "[" + std::to_string(i) + "]";
      const std::string_view message = rule["message"].as_string();
      if (trim(rule["rule"].as_string()).empty()) {
        issues_.push_back(required_value(field + ".rule", "rule is not specified"));
        continue;
      }
      if (!message.empty() && trim(message).empty()) {
        issues_.push_back(invalid_value(field + ".message", quoted(message), "message must be non-empty if specified"));
      } else if (trim(message).find_first_of("\r\n") != std::string_view::npos) {
        issues_.push_back(invalid_value(field + ".message", quoted(message), "message must not contain line breaks"));
      } else if (message.empty() && trim(rule["rule"].as_string()).find_first_of("\r\n") != std::string_view::npos) {
        issues_.push_back(required_value(field + ".message", "message must be specified if rule contains line breaks"));
      }
      if (rule["optionalOldSelf"].as_bool()) {
        issues_.push_back(invalid_value(field + ".optionalOldSelf", "true", "kubesim has no optional types: leave it out"));
      }
      check_reason(rule["reason"], field + ".reason");
      check_field_path(rule["fieldPath"], schema, field + ".fieldPath");
      const cel::Scope scope{&schema, resource_root};
      if (const auto program = cel::Program::compile(rule["rule"].as_string(), scope); !program) {
        issues_.push_back(invalid_value(field + ".rule", rule_value(rule), program.error().message()));
      } else if ((*program)->uses_old_self() && !adrift.empty()) {
        issues_.push_back(invalid_value(field + ".rule", quoted(rule["rule"].as_string()),
                                        "oldSelf cannot be used on the uncorrelatable portion of the schema within " + adrift));
      } else if (!(*program)->uses_old_self() && rule["optionalOldSelf"].is_bool() && !rule["optionalOldSelf"].as_bool()) {
        issues_.push_back(invalid_value(field + ".optionalOldSelf", go_value(rule["optionalOldSelf"]), "may not be set if oldSelf is not used in rule"));
      }
      const json::Value& expression = rule["messageExpression"];
      if (!expression.is_string()) continue;
      if (const auto program = cel::Program::compile(expression.as_string(), scope, cel::Kind::String); !program) {
        issues_.push_back(invalid_value(field + ".messageExpression", rule_value(rule), program.error().message()));
      }
    }
  }

  static std::string rule_value(const json::Value& rule) {
    return "apiextensions.ValidationRule{Rule:" + quoted(rule["rule"].as_string()) + ", Message:" + quoted(rule["message"].as_string()) +
           ", MessageExpression:" + quoted(rule["messageExpression"].as_string()) +
           ", Reason:(*apiextensions.FieldValueErrorReason)(nil), FieldPath:" + quoted(rule["fieldPath"].as_string()) + ", OptionalOldSelf:(*bool)(nil)}";
  }

  void check_reason(const json::Value& reason, const std::string& field) {
    static constexpr std::string_view kReasons[] = {"FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"};
    if (reason.is_null() || std::ranges::find(kReasons, reason.as_string()) != std::end(kReasons)) return;
    issues_.push_back(unsupported_value(field, reason.as_string(), kReasons));
  }

  // ".a.b['c']" must lead to a field.
  void check_field_path(const json::Value& value, const Schema& schema, const std::string& field) {
    std::string_view rest = value.as_string();
    const Schema* at = &schema;
    while (!rest.empty() && at != nullptr) {
      std::string_view step;
      if (rest.starts_with("['")) {
        const std::size_t end = std::min(rest.find("']"), rest.size());
        step = rest.substr(2, end - 2);
        rest.remove_prefix(std::min(end + 2, rest.size()));
      } else if (rest.starts_with('.')) {
        const std::size_t end = std::min(rest.find_first_of(".[", 1), rest.size());
        step = rest.substr(1, end - 1);
        rest.remove_prefix(end);
      } else {
        break;
      }
      at = member_schema(at, step);
    }
    if (!rest.empty() || at == nullptr) issues_.push_back(invalid_value(field, quoted(value.as_string()), "fieldPath must be a valid path"));
  }

  std::vector<FieldIssue>& issues_;
};

void check_default(const json::Value& preset, const Schema& schema, const std::string& path, std::vector<FieldIssue>& issues) {
  // An object of its own, so that the names of metadata stay unless they are unknown here too.
  json::Value holder = json::Object{{"value", preset}};
  Schema parent;
  parent.type = "object";
  parent.properties.emplace("value", std::shared_ptr<const Schema>(std::shared_ptr<const Schema>(), &schema));
  parent.rules = std::make_shared<SchemaRules>();
  if (!prune(parent, holder).empty()) issues.push_back(invalid_value(path, go_value(preset), "must not have unknown fields"));
  for (FieldIssue& issue : validate_schema(schema, preset, nullptr)) {
    const bool root = issue.field == "<nil>";
    issue.field = root ? path : path + (issue.field.starts_with('[') ? "" : ".") + issue.field;
    issues.push_back(std::move(issue));
  }
}

// Defaults within additionalProperties are not looked at, as in structuraldefaulting.ValidateDefaults.
// NOLINTNEXTLINE(misc-no-recursion)
void check_defaults(const json::Value& s, const Schema& schema, bool root, const std::string& path, std::vector<FieldIssue>& issues) {
  if (const json::Value* preset = s.find("default")) check_default(*preset, schema, path + ".default", issues);
  for (const auto& [name, child] : schema.properties) {
    const std::string here = path + ".properties[" + name + "]";
    if (root && is_type_or_object_meta(name) && s["properties"][name].contains("default")) {
      issues.push_back(forbidden_value(here + ".default", "must not be set in top-level " + name));
    }
    check_defaults(s["properties"][name], *child, false, here, issues);
  }
  if (schema.items) check_defaults(s["items"], *schema.items, false, path + ".items", issues);
}

}  // namespace

void validate_crd_rules(const json::Value& schema, const std::string& path, std::vector<FieldIssue>& issues) {
  const std::size_t before = issues.size();
  // Without the rules first, so that each of them is reported with its own place.
  const auto bare = compile_schema(schema, Rules::Skip);
  if (!bare) return issues.push_back(invalid_value(path, "\"\"", bare.error().message()));
  RuleChecker(issues).check(schema, **bare, true, path, "");
  if (issues.size() != before) return;
  const auto whole = compile_schema(schema);
  if (!whole) return issues.push_back(invalid_value(path, "\"\"", whole.error().message()));
  check_defaults(schema, **whole, true, path, issues);
}

}  // namespace slipway::kubesim
