// The value validations of one schema node, compiled: what detail/seam.h's Schema keeps behind `rules`. Immutable. Thread: any.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pkg/kubesim/detail/seam.h"
#include "pkg/kubesim/pattern.h"

namespace slipway::kubesim {

namespace cel {
class Program;
}

// One entry of x-kubernetes-validations.
struct ValidationRule {
  std::string rule, message, reason;
  std::string field_path;  // ".spec.x" below the node, as written; normalized when it is reported
  std::shared_ptr<const cel::Program> program;
  std::shared_ptr<const cel::Program> message_expression;  // null: message is used
};

struct Bound {
  double value = 0;
  bool exclusive = false;
};

struct SchemaRules {
  std::string format;  // as written, where apiextensions-apiserver checks it; else empty
  std::string pattern_text;
  std::optional<Pattern> pattern;
  std::optional<Bound> minimum, maximum;
  std::optional<double> multiple_of;
  std::optional<std::int64_t> min_length, max_length, min_items, max_items, min_properties, max_properties;
  bool unique_items = false;
  bool additional_forbidden = false;  // additionalProperties: false
  json::Array enumeration;
  std::vector<std::string> required;
  std::optional<json::Value> default_value;
  std::vector<std::shared_ptr<const Schema>> all_of, any_of, one_of;
  std::shared_ptr<const Schema> negated;  // not
  std::vector<ValidationRule> validations;
  bool validations_below = false;  // here or at any node below
};

}  // namespace slipway::kubesim
