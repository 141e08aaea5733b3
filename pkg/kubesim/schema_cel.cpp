// x-kubernetes-validations: apiextensions-apiserver pkg/apiserver/schema/cel/validation.go.
#include <string>
#include <utility>

#include "pkg/base/strings.h"
#include "pkg/kubesim/cel.h"
#include "pkg/kubesim/schema.h"
#include "pkg/kubesim/status_error.h"

namespace slipway::kubesim {

namespace {

constexpr std::size_t kMaxMessage = 5 * 1024;  // apiserver pkg/apis/cel: MaxEvaluatedMessageExpressionSizeBytes

class RuleWalker {
 public:
  explicit RuleWalker(std::vector<FieldIssue>& issues) : issues_(issues) {}

  // `old` is null where there is nothing to compare with; `unchanged` where this value or one above it equals its old value.
  // NOLINTNEXTLINE(misc-no-recursion): json::parse bounds the depth
  void walk(const Schema& schema, const json::Value& value, const json::Value* old, bool unchanged, const std::string& path) {
    if (!schema.rules->validations_below || value.is_null() || stopped_) return;
    unchanged = unchanged || (old != nullptr && *old == value);
    for (const ValidationRule& rule : schema.rules->validations) check(schema, rule, value, old, unchanged, path);
    for (std::size_t i = 0; schema.items && i < value.array().size(); ++i) {
      walk(*schema.items, value[i], correlated_item(schema, value[i], old), unchanged, path + "[" + std::to_string(i) + "]");
    }
    for (const json::Member& member : value.object()) {
      const Schema* child = member_schema(&schema, member.key);
      if (child == nullptr) continue;
      const std::string step = schema.properties.contains(member.key) ? (path.empty() ? "" : ".") + member.key : "[" + member.key + "]";
      walk(*child, member.value, old != nullptr ? old->find(member.key) : nullptr, unchanged, path + step);
    }
  }

 private:
  void check(const Schema& schema, const ValidationRule& rule, const json::Value& value, const json::Value* old, bool unchanged, const std::string& path) {
    const bool transition = rule.program->uses_old_self();
    if (stopped_ || (transition && (old == nullptr || old->is_null()))) return;
    if (!transition && unchanged) return;  // ratcheting
    const cel::Value self = cel::Value::of(value, &schema);
    const cel::Value old_self = old != nullptr ? cel::Value::of(*old, &schema) : cel::Value();
    cel::Budget budget(std::min(budget_, cel::kPerCallLimit));
    const std::int64_t before = budget.left();
    const auto outcome = rule.program->evaluate(self, old != nullptr ? &old_self : nullptr, budget);
    budget_ -= before - budget.left();
    const std::string text(trim(rule.message.empty() ? rule.rule : rule.message));
    if (budget.exhausted()) {
      stopped_ = true;
      report(schema, path,
             "'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: " + text);
    } else if (!outcome && outcome.error() == cel::kNoOverload) {
      report(schema, path, "'" + outcome.error() + "': call arguments did not match a supported operator, function or macro signature for rule: " + text);
    } else if (!outcome) {
      report(schema, path, outcome.error() + " evaluating rule: " + text);
    } else if (!outcome->is_true()) {
      report_failed(value, rule, path + field_suffix(rule, path), message_of(rule, self, old != nullptr ? &old_self : nullptr));
    }
  }

  static std::string field_suffix(const ValidationRule& rule, const std::string& path) {
    if (rule.field_path.empty()) return {};
    std::string suffix;  // ".a['b']" is written ".a.b" where both are fields
    for (std::size_t at = 0; at < rule.field_path.size();) {
      if (rule.field_path.substr(at).starts_with("['")) {
        const std::size_t end = std::min(rule.field_path.find("']", at), rule.field_path.size());
        suffix += "." + rule.field_path.substr(at + 2, end - at - 2);
        at = end + 2;
      } else {
        suffix.push_back(rule.field_path[at++]);
      }
    }
    return path.empty() && suffix.starts_with('.') ? suffix.substr(1) : suffix;
  }

  static std::string message_of(const ValidationRule& rule, const cel::Value& self, const cel::Value* old_self) {
    if (rule.message_expression) {
      cel::Budget budget(cel::kPerCallLimit);
      const auto outcome = rule.message_expression->evaluate(self, old_self, budget);
      const std::string* text = outcome && !budget.exhausted() ? outcome->get<std::string>() : nullptr;
      const std::string_view trimmed = text != nullptr ? trim(*text) : std::string_view();
      if (!trimmed.empty() && trimmed.size() <= kMaxMessage && trimmed.find('\n') == std::string_view::npos) return std::string(trimmed);
    }
    return rule.message.empty() ? "failed rule: " + std::string(trim(rule.rule)) : std::string(trim(rule.message));
  }

  // Scalars are shown, arrays and objects are not.
  static FieldIssue refused(std::string field, const json::Value& value, const std::string& detail) {
    FieldIssue issue = invalid_value(std::move(field), go_value(value), detail);
    if (value.is_object() || value.is_array()) issue.message = "Invalid value: " + detail;
    return issue;
  }

  // A rule that could not be evaluated names the type.
  void report(const Schema& schema, const std::string& path, const std::string& detail) {
    issues_.push_back(invalid_value(path.empty() ? "<nil>" : path, quoted(schema.type), detail));
  }

  void report_failed(const json::Value& value, const ValidationRule& rule, const std::string& path, const std::string& message) {
    const std::string field = path.empty() ? "<nil>" : path;
    if (rule.reason == "FieldValueForbidden") {
      issues_.push_back(forbidden_value(field, message));
    } else if (rule.reason == "FieldValueRequired") {
      issues_.push_back(required_value(field, message));
    } else if (rule.reason == "FieldValueDuplicate") {
      issues_.push_back({field, rule.reason, value.is_object() || value.is_array() ? std::string("Duplicate value") : "Duplicate value: " + go_value(value)});
    } else {
      issues_.push_back(refused(field, value, message));
    }
  }

  std::vector<FieldIssue>& issues_;
  std::int64_t budget_ = cel::kRuntimeBudget;
  bool stopped_ = false;
};

}  // namespace

void validate_rules(const Schema& schema, const json::Value& object, const json::Value* old, std::vector<FieldIssue>& issues) {
  RuleWalker(issues).walk(schema, object, old, false, "");
}

}  // namespace slipway::kubesim
