// The value validations of a schema, with the sentences of kube-openapi pkg/validation/{validate,errors} as apiextensions-apiserver reports them.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "pkg/base/strings.h"
#include "pkg/kubesim/schema.h"
#include "pkg/kubesim/status_error.h"
#include "pkg/kubesim/utf8.h"

namespace slipway::kubesim {

namespace {

std::string_view type_of(const json::Value& v) {
  static constexpr std::string_view kNames[] = {"null", "boolean", "integer", "number", "string", "array", "object"};
  return kNames[static_cast<std::size_t>(v.type())];
}

std::string number_text(double bound, const json::Value& value) {
  return value.is_integer() ? std::to_string(static_cast<std::int64_t>(bound)) : go_float(bound);
}

struct Findings {
  std::vector<FieldIssue> issues;
  std::size_t matches = 0;  // how well a schema fits, for the choice of which failed alternative is reported
  void merge(Findings other) {
    std::ranges::move(other.issues, std::back_inserter(issues));
    matches += other.matches;
  }
};

class Validator {
 public:
  // NOLINTBEGIN(misc-no-recursion): json::parse bounds the depth of objects and schemas
  Findings validate(const Schema& schema, const json::Value& value, const json::Value* old) {
    Findings out;
    if (old != nullptr && *old == value) return out;  // ratcheting: what did not change is not refused
    const SchemaRules& rules = *schema.rules;
    if (!check_type(schema, value, out) || value.is_null()) {
      check_enumeration(rules, value, out);
      if (value.is_null()) return out;
    } else {
      check_enumeration(rules, value, out);
    }
    out.merge(junctions(rules, value));
    if (value.is_string()) check_string(rules, value.as_string(), out);
    if (value.is_number()) check_number(rules, value, out);
    if (value.is_array()) check_array(schema, value, old, out);
    if (value.is_object()) check_object(schema, value, old, out);
    out.matches += 3;
    return out;
  }

 private:
  void check_array(const Schema& schema, const json::Value& value, const json::Value* old, Findings& out) {
    const SchemaRules& rules = *schema.rules;
    for (std::size_t i = 0; schema.items && i < value.size(); ++i) {
      const Step step(*this, "[" + std::to_string(i) + "]");
      out.merge(validate(*schema.items, value[i], correlated_item(schema, value[i], old)));
    }
    const auto size = static_cast<std::int64_t>(value.size());
    if (rules.min_items && size < *rules.min_items) {
      invalid(out, std::to_string(size), "should have at least " + std::to_string(*rules.min_items) + " items");
    }
    if (rules.max_items && size > *rules.max_items) too_many(out, size, *rules.max_items);
    if (rules.unique_items && has_duplicates(value.array())) invalid(out, "\"\"", "shouldn't contain duplicates");
    ++out.matches;
  }

  void check_object(const Schema& schema, const json::Value& value, const json::Value* old, Findings& out) {
    const SchemaRules& rules = *schema.rules;
    const auto size = static_cast<std::int64_t>(value.size());
    if (rules.min_properties && size < *rules.min_properties) {
      invalid(out, std::to_string(size), "should have at least " + std::to_string(*rules.min_properties) + " properties");
    }
    if (rules.max_properties && size > *rules.max_properties) too_many(out, size, *rules.max_properties);
    for (const json::Member& member : value.object()) {
      if (rules.additional_forbidden && !schema.properties.contains(member.key)) {
        add(out, invalid_value(field(), quoted(member.key), path_ + "." + member.key + " in body is a forbidden property"));
        continue;
      }
      const Schema* child = member_schema(&schema, member.key);
      if (child == nullptr) continue;
      const Step step(*this, (path_.empty() ? "" : ".") + member.key);
      out.merge(validate(*child, member.value, old != nullptr ? old->find(member.key) : nullptr));
    }
    for (const std::string& name : rules.required) {
      if (!value.contains(name)) add(out, required_value(path_.empty() ? name : path_ + "." + name, ""));
    }
  }

  Findings junctions(const SchemaRules& rules, const json::Value& value) {
    Findings out;
    any_of(rules, value, out);
    one_of(rules, value, out);
    std::size_t valid = 0;
    for (const auto& schema : rules.all_of) {
      Findings found = validate(*schema, value, nullptr);
      valid += found.issues.empty() ? 1U : 0U;
      out.merge(std::move(found));
    }
    if (valid != rules.all_of.size()) {
      composite(out, "must validate all the schemas (allOf)" + std::string(valid == 0 ? ". None validated" : ""));
    }
    if (rules.negated && validate(*rules.negated, value, nullptr).issues.empty()) composite(out, "must not validate the schema (not)");
    ++out.matches;
    return out;
  }

  void any_of(const SchemaRules& rules, const json::Value& value, Findings& out) {
    if (rules.any_of.empty()) return;
    std::optional<Findings> best;
    for (const auto& schema : rules.any_of) {
      Findings found = validate(*schema, value, nullptr);
      if (found.issues.empty()) return out.merge(std::move(found));
      if (!best || found.matches > best->matches) best = std::move(found);
    }
    composite(out, "must validate at least one schema (anyOf)");
    out.merge(std::move(*best));
  }

  void one_of(const SchemaRules& rules, const json::Value& value, Findings& out) {
    if (rules.one_of.empty()) return;
    std::optional<Findings> best;
    std::optional<Findings> first;
    std::size_t valid = 0;
    for (const auto& schema : rules.one_of) {
      Findings found = validate(*schema, value, nullptr);
      if (found.issues.empty()) {
        ++valid;
        best.reset();
        if (!first) first = std::move(found);
      } else if (valid == 0 && (!best || found.matches > best->matches)) {
        best = std::move(found);
      }
    }
    if (valid == 1) return out.merge(std::move(*first));
    composite(out,
              "must validate one and only one schema (oneOf). " + (valid == 0 ? "Found none valid" : "Found " + std::to_string(valid) + " valid alternatives"));
    if (best) out.merge(std::move(*best));
  }
  // NOLINTEND(misc-no-recursion)

  // False where the type does not fit. typeValidator: a format, where there is one, speaks before the type.
  bool check_type(const Schema& schema, const json::Value& value, Findings& out) {
    const std::string wanted = schema.int_or_string ? "integer,string" : schema.type;
    const std::string& format = schema.rules->format;
    if ((wanted.empty() && format.empty()) || (value.is_null() && (schema.nullable || wanted.empty()))) return true;
    const std::string_view actual = type_of(value);
    const bool takes_integers = wanted == "integer" || schema.int_or_string;
    const bool whole = value.type() == json::Type::Double && std::trunc(value.as_double()) == value.as_double();
    const bool fits = wanted == actual || (schema.int_or_string && (actual == "integer" || actual == "string")) || (whole && takes_integers) ||
                      (value.is_integer() && wanted == "number");
    const bool formatted = !format.empty() && (value.is_string() || value.is_array());
    if (fits || (formatted && !takes_integers && wanted != "number")) {
      out.matches += 2;
      return true;
    }
    if (!format.empty() && !formatted && !value.is_null()) {
      const std::string_view go_type = value.is_integer() ? "int64" : value.is_number() ? "float64" : "";
      add(out, {field(), "FieldValueTypeInvalid",
                "Invalid value: " + quoted(go_type) + ": " + path_ + " in body must be of type " + format + ": " + quoted(go_type)});
      return false;
    }
    add(out,
        {field(), "FieldValueTypeInvalid", "Invalid value: " + quoted(actual) + ": " + path_ + " in body must be of type " + wanted + ": " + quoted(actual)});
    return false;
  }

  void check_enumeration(const SchemaRules& rules, const json::Value& value, Findings& out) {
    // A number is converted to the type of the entry first: 1.5 passes for 1 (basicCommonValidator).
    const auto equals = [&](const json::Value& entry) {
      return entry == value || (entry.is_integer() && value.is_number() && std::trunc(value.as_double()) == entry.as_double());
    };
    if (rules.enumeration.empty() || std::ranges::any_of(rules.enumeration, equals)) return;
    std::string supported;
    for (const json::Value& v : rules.enumeration) {
      supported += (supported.empty() ? "" : ", ") + quoted(v.is_string() ? v.str() : json::dump(v));
    }
    add(out, {field(), "FieldValueNotSupported", "Unsupported value: " + go_value(value) + ": supported values: " + supported});
  }

  void check_string(const SchemaRules& rules, std::string_view text, Findings& out) {
    const auto length = rules.max_length || rules.min_length ? static_cast<std::int64_t>(utf8_length(text)) : 0;
    if (rules.max_length && length > *rules.max_length) {
      add(out, {field(), "FieldValueTooLong", "Too long: may not be more than " + std::to_string(*rules.max_length) + " bytes"});
    } else if (rules.min_length && length < *rules.min_length) {
      invalid(out, quoted(text), "should be at least " + std::to_string(*rules.min_length) + " chars long");
    } else if (rules.pattern && !rules.pattern->matches(text)) {
      invalid(out, quoted(text), "should match '" + rules.pattern_text + "'");
    }
    if (!rules.format.empty() && !has_format(rules.format, text)) {
      add(out, {field(), "FieldValueTypeInvalid",
                "Invalid value: " + quoted(text) + ": " + path_ + " in body must be of type " + rules.format + ": " + quoted(text)});
    }
  }

  // Integers are held against bounds without their fraction, as validate/values.go does.
  static double bound_for(double bound, const json::Value& value) { return value.is_integer() ? std::trunc(bound) : bound; }

  void check_number(const SchemaRules& rules, const json::Value& value, Findings& out) {
    const double number = value.as_double();
    if (rules.multiple_of) {
      const double factor = bound_for(*rules.multiple_of, value);
      const double quotient = factor < 1 ? 1 / factor * number : number / factor;
      if (factor <= 0) {
        const std::string text = number_text(factor, value);
        add(out, invalid_value(field(), text, "factor MultipleOf declared for " + path_ + " must be positive: " + text));
      } else if (std::nearbyint(quotient) != quotient) {
        invalid(out, go_value(value), "should be a multiple of " + number_text(factor, value));
      }
    }
    if (rules.maximum) {
      const double bound = bound_for(rules.maximum->value, value);
      const bool strict = rules.maximum->exclusive;
      if (number > bound || (strict && number == bound)) {
        invalid(out, go_value(value), (strict ? "should be less than " : "should be less than or equal to ") + number_text(bound, value));
      }
    }
    if (rules.minimum) {
      const double bound = bound_for(rules.minimum->value, value);
      const bool strict = rules.minimum->exclusive;
      if (number < bound || (strict && number == bound)) {
        invalid(out, go_value(value), (strict ? "should be greater than " : "should be greater than or equal to ") + number_text(bound, value));
      }
    }
    ++out.matches;
  }

  static bool has_duplicates(const json::Array& items) {
    std::vector<std::string> keys;
    for (const json::Value& item : items) keys.push_back(json::dump_canonical(item));
    std::ranges::sort(keys);
    return std::ranges::adjacent_find(keys) != keys.end();
  }

  // A longer path for as long as it lives.
  class Step {
   public:
    Step(Validator& owner, const std::string& step) : path_(owner.path_), length_(path_.size()) { path_ += step; }
    ~Step() { path_.resize(length_); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    std::string& path_;
    std::size_t length_;
  };

  [[nodiscard]] std::string field() const { return path_.empty() ? "<nil>" : path_; }
  static void add(Findings& out, FieldIssue issue) {
    const auto same = [&](const FieldIssue& other) { return other.field == issue.field && other.message == issue.message; };
    if (std::ranges::none_of(out.issues, same)) out.issues.push_back(std::move(issue));
  }
  void invalid(Findings& out, std::string_view value, const std::string& what) { add(out, invalid_value(field(), value, path_ + " in body " + what)); }
  void composite(Findings& out, const std::string& what) { add(out, invalid_value("<nil>", "\"\"", quoted(path_) + " " + what)); }
  void too_many(Findings& out, std::int64_t actual, std::int64_t maximum) {
    add(out, {field(), "FieldValueTooMany", "Too many: " + std::to_string(actual) + ": must have at most " + std::to_string(maximum) + " items"});
  }

  std::string path_;
};

}  // namespace

void validate_openapi(const Schema& schema, const json::Value& object, const json::Value* old, std::vector<FieldIssue>& issues) {
  std::ranges::move(Validator().validate(schema, object, old).issues, std::back_inserter(issues));
}

}  // namespace slipway::kubesim
