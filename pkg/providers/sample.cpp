#include "pkg/providers/sample.h"

#include <algorithm>

namespace slipway::providers {
namespace {

using json::Value;

constexpr int kMaxDepth = 16;
constexpr int kMaxValues = 10'000;  // a schema can ask for more than there is memory

Value value_for(const Value& schema, int depth, int& left);

bool is_small(const Value& v) { return v.is_bool() || v.is_number() || (v.is_string() && v.as_string().size() <= 1024); }

Value text_for(const Value& schema) {
  const std::string_view format = schema["format"].as_string();
  if (format == "date-time") return "2026-01-01T00:00:00Z";
  if (format == "uri") return "https://example.com";
  const auto length = std::clamp<std::int64_t>(schema["minLength"].as_int(1), 1, 1024);
  return std::string(static_cast<std::size_t>(length), 'x');
}

Value array_for(const Value& schema, int depth, int& left) {
  Value out{json::Array()};
  const auto count = std::clamp<std::int64_t>(schema["minItems"].as_int(0), 0, 16);
  for (std::int64_t i = 0; i < count && left > 0; ++i) out.push_back(value_for(schema["items"], depth, left));
  return out;
}

Value object_for(const Value& schema, int depth, int& left) {
  Value out{json::Object()};
  for (const Value& field : schema["required"].array())
    if (left > 0) out.set(field.as_string(), value_for(schema["properties"][field.as_string()], depth, left));
  const auto least = std::clamp<std::int64_t>(schema["minProperties"].as_int(0), 0, 16);
  for (const json::Member& property : schema["properties"].object()) {
    if (static_cast<std::int64_t>(out.size()) >= least || left <= 0) break;
    if (!out.contains(property.key)) out.set(property.key, value_for(property.value, depth, left));
  }
  return out;
}

Value value_for(const Value& schema, int depth, int& left) {
  --left;
  for (const Value* given : {&schema["default"], &schema["enum"][0]})
    if (is_small(*given)) return *given;
  if (schema["x-kubernetes-int-or-string"].as_bool()) return 1;
  const std::string_view type = schema["type"].as_string();
  if (type == "string") return text_for(schema);
  if (type == "integer" || type == "number") return std::max<std::int64_t>(schema["minimum"].as_int(1), 1);
  if (type == "boolean") return false;
  if (depth >= kMaxDepth) return Value{json::Object()};
  return type == "array" ? array_for(schema, depth + 1, left) : object_for(schema, depth + 1, left);
}

}  // namespace

kube::Object sample_of(const kube::Object& crd, std::string_view version, const kube::ObjectKey& key) {
  for (const Value& candidate : crd["spec"]["versions"].array()) {
    if (candidate["name"].as_string() != version) continue;
    const Value& properties = candidate["schema"]["openAPIV3Schema"]["properties"];
    const kube::ObjectKey named{crd["spec"]["scope"].as_string() == "Cluster" ? "" : key.ns, key.name};
    kube::Object out = kube::make_object(crd["spec"]["group"].str() + "/" + std::string(version), crd["spec"]["names"]["kind"].as_string(), named);
    int left = kMaxValues;
    if (!properties["spec"].is_null()) out.set("spec", value_for(properties["spec"], 0, left));
    for (const Value& field : candidate["schema"]["openAPIV3Schema"]["required"].array())
      if (!out.contains(field.as_string())) out.set(field.as_string(), value_for(properties[field.as_string()], 0, left));
    return left > 0 ? out : kube::Object{};
  }
  return {};
}

}  // namespace slipway::providers
