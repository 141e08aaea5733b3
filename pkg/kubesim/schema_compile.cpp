#include <algorithm>
#include <optional>
#include <utility>

#include "pkg/kubesim/cel.h"
#include "pkg/kubesim/schema.h"

namespace slipway::kubesim {

namespace {

using SchemaPtr = std::shared_ptr<const Schema>;

std::optional<std::int64_t> count_of(const json::Value& v) { return v.is_number() ? std::optional(v.as_int()) : std::nullopt; }

std::vector<std::string> strings_of(const json::Value& list) {
  std::vector<std::string> out;
  for (const json::Value& v : list.array()) out.push_back(v.str());
  return out;
}

class Compiler {
 public:
  explicit Compiler(Rules wanted) : wanted_(wanted) {}

  // NOLINTBEGIN(misc-no-recursion): json::parse bounds the depth
  Result<SchemaPtr> compile(const json::Value& node, bool resource_root) {
    auto schema = std::make_shared<Schema>();
    auto rules = std::make_shared<SchemaRules>();
    read_generic(node, *schema);
    read_bounds(node, *rules);
    schema->rules = rules;  // filled below; nobody else sees it before

    for (const json::Member& member : node["properties"].object()) {
      auto child = at("properties[" + member.key + "]", member.value);
      if (!child) return child;
      rules->validations_below |= (*child)->rules->validations_below;
      schema->properties.emplace(member.key, std::move(*child));
    }
    if (node["items"].is_object()) {
      auto items = at("items", node["items"]);
      if (!items) return items;
      rules->validations_below |= (*items)->rules->validations_below;
      schema->items = std::move(*items);
    }
    if (auto done = read_additional(node, *schema, *rules); !done) return fail(std::move(done).error());
    if (auto done = read_junctions(node, *rules); !done) return fail(std::move(done).error());
    if (auto done = read_pattern(node, *rules); !done) return fail(std::move(done).error());
    if (auto done = read_validations(node, *schema, *rules, resource_root || schema->embedded_resource); !done) return fail(std::move(done).error());
    return schema;
  }

 private:
  Result<SchemaPtr> at(const std::string& step, const json::Value& node) {
    const std::size_t length = path_.size();
    path_ += (path_.empty() ? "" : ".") + step;
    auto compiled = compile(node, false);
    path_.resize(length);
    return compiled;
  }

  Status read_additional(const json::Value& node, Schema& schema, SchemaRules& rules) {
    const json::Value& additional = node["additionalProperties"];
    rules.additional_forbidden = additional.is_bool() && !additional.as_bool();
    if (additional.is_null() || rules.additional_forbidden) return {};
    if (additional.is_bool()) {  // true: anything, which as a schema says nothing and takes nulls
      auto any = std::make_shared<Schema>();
      any->nullable = true;
      any->rules = std::make_shared<SchemaRules>();
      schema.additional = std::move(any);
      return {};
    }
    auto child = at("additionalProperties", additional);
    if (!child) return fail(std::move(child).error());
    rules.validations_below |= (*child)->rules->validations_below;
    schema.additional = std::move(*child);
    return {};
  }

  Status read_junctions(const json::Value& node, SchemaRules& rules) {
    const std::pair<std::string_view, std::vector<SchemaPtr>*> kLists[] = {{"allOf", &rules.all_of}, {"anyOf", &rules.any_of}, {"oneOf", &rules.one_of}};
    for (const auto& [key, target] : kLists) {
      for (std::size_t i = 0; i < node[key].array().size(); ++i) {
        auto child = at(std::string(key) + "[" + std::to_string(i) + "]", node[key][i]);
        if (!child) return fail(std::move(child).error());
        target->push_back(std::move(*child));
      }
    }
    if (!node["not"].is_object()) return {};
    auto negated = at("not", node["not"]);
    if (!negated) return fail(std::move(negated).error());
    rules.negated = std::move(*negated);
    return {};
  }
  // NOLINTEND(misc-no-recursion)

  static void read_generic(const json::Value& node, Schema& schema) {
    schema.type = node["type"].str();
    schema.int_or_string = node["x-kubernetes-int-or-string"].as_bool();
    schema.preserve_unknown_fields = node["x-kubernetes-preserve-unknown-fields"].as_bool();
    schema.embedded_resource = node["x-kubernetes-embedded-resource"].as_bool();
    schema.nullable = node["nullable"].as_bool();
    schema.list_type = node["x-kubernetes-list-type"].str();
    schema.list_map_keys = strings_of(node["x-kubernetes-list-map-keys"]);
    schema.map_type = node["x-kubernetes-map-type"].str();
    schema.raw = json::Object{};
    for (const json::Member& member : node.object()) {
      if (member.key != "properties" && member.key != "items" && member.key != "additionalProperties") schema.raw.set(member.key, member.value);
    }
  }

  static void read_bounds(const json::Value& node, SchemaRules& rules) {
    if (const std::string format = node["format"].str(); is_checked_format(format)) rules.format = format;
    if (node["minimum"].is_number()) rules.minimum = Bound{node["minimum"].as_double(), node["exclusiveMinimum"].as_bool()};
    if (node["maximum"].is_number()) rules.maximum = Bound{node["maximum"].as_double(), node["exclusiveMaximum"].as_bool()};
    if (node["multipleOf"].is_number()) rules.multiple_of = node["multipleOf"].as_double();
    rules.min_length = count_of(node["minLength"]);
    rules.max_length = count_of(node["maxLength"]);
    rules.min_items = count_of(node["minItems"]);
    rules.max_items = count_of(node["maxItems"]);
    rules.min_properties = count_of(node["minProperties"]);
    rules.max_properties = count_of(node["maxProperties"]);
    rules.unique_items = node["uniqueItems"].as_bool();
    rules.enumeration = node["enum"].array();
    rules.required = strings_of(node["required"]);
    if (const json::Value* value = node.find("default"); value != nullptr && !value->is_null()) rules.default_value = *value;
  }

  Status read_pattern(const json::Value& node, SchemaRules& rules) {
    rules.pattern_text = node["pattern"].str();
    if (rules.pattern_text.empty()) return {};
    auto pattern = Pattern::compile(rules.pattern_text);
    if (!pattern) return fail(std::move(pattern).error().in(path_ + ".pattern"));
    rules.pattern = std::move(*pattern);
    return {};
  }

  Status read_validations(const json::Value& node, const Schema& schema, SchemaRules& rules, bool resource_root) {
    if (wanted_ == Rules::Skip) return {};
    const cel::Scope scope{&schema, resource_root};
    for (const json::Value& entry : node["x-kubernetes-validations"].array()) {
      ValidationRule rule;
      rule.rule = entry["rule"].str();
      rule.message = entry["message"].str();
      rule.reason = entry["reason"].str();
      rule.field_path = entry["fieldPath"].str();
      auto program = cel::Program::compile(rule.rule, scope);
      if (!program) return fail(std::move(program).error().in(path_ + ".x-kubernetes-validations: " + rule.rule));
      rule.program = std::move(*program);
      if (const json::Value& expression = entry["messageExpression"]; expression.is_string()) {
        auto message = cel::Program::compile(expression.as_string(), scope, cel::Kind::String);
        if (!message) return fail(std::move(message).error().in(path_ + ".x-kubernetes-validations: " + expression.str()));
        rule.message_expression = std::move(*message);
      }
      rules.validations.push_back(std::move(rule));
    }
    rules.validations_below |= !rules.validations.empty();
    return {};
  }

  Rules wanted_;
  std::string path_;
};

}  // namespace

Result<SchemaPtr> compile_schema(const json::Value& openapi, Rules rules) { return Compiler(rules).compile(openapi, true); }

// NOLINTNEXTLINE(misc-no-recursion)
json::Value openapi_of(const Schema& schema) {
  if (schema.raw.is_null()) return true;
  json::Value out = schema.raw;
  if (!schema.properties.empty()) {
    json::Value properties = json::Object{};
    for (const auto& [name, child] : schema.properties) properties.set(name, openapi_of(*child));
    out.set("properties", std::move(properties));
  }
  if (schema.items) out.set("items", openapi_of(*schema.items));
  if (schema.additional) out.set("additionalProperties", openapi_of(*schema.additional));
  if (schema.rules && schema.rules->additional_forbidden) out.set("additionalProperties", false);
  return out;
}

const Schema* member_schema(const Schema* schema, std::string_view key) {
  if (schema == nullptr) return nullptr;
  const auto it = schema->properties.find(key);
  return it != schema->properties.end() ? it->second.get() : schema->additional.get();
}

bool is_type_or_object_meta(std::string_view key) { return key == "apiVersion" || key == "kind" || key == "metadata"; }

const json::Value* correlated_item(const Schema& list, const json::Value& item, const json::Value* old_list) {
  if (old_list == nullptr || list.list_type != "map" || !item.is_object()) return nullptr;
  const auto same_keys = [&](const json::Value& other) {
    return std::ranges::all_of(list.list_map_keys, [&](const std::string& key) { return item[key] == other[key]; });
  };
  const auto& items = old_list->array();
  const auto it = std::ranges::find_if(items, same_keys);
  return it == items.end() ? nullptr : &*it;
}

}  // namespace slipway::kubesim
