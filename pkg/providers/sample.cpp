#include "pkg/providers/sample.h"

#include <algorithm>

namespace slipway::providers {
namespace {

using json::Value;

constexpr int kMaxDepth = 16;

Value value_for(const Value& schema, int depth);

Value text_for(const Value& schema) {
  const std::string_view format = schema["format"].as_string();
  if (format == "date-time") return "2026-01-01T00:00:00Z";
  if (format == "uri") return "https://example.com";
  const auto length = std::clamp<std::int64_t>(schema["minLength"].as_int(1), 1, 1024);
  return std::string(static_cast<std::size_t>(length), 'x');
}

Value array_for(const Value& schema, int depth) {
  Value out{json::Array()};
  const auto count = std::clamp<std::int64_t>(schema["minItems"].as_int(0), 0, 16);
  for (std::int64_t i = 0; i < count; ++i) out.push_back(value_for(schema["items"], depth));
  return out;
}

Value object_for(const Value& schema, int depth) {
  Value out{json::Object()};
  for (const Value& field : schema["required"].array()) out.set(field.as_string(), value_for(schema["properties"][field.as_string()], depth));
  const auto least = std::clamp<std::int64_t>(schema["minProperties"].as_int(0), 0, 16);
  for (const json::Member& property : schema["properties"].object()) {
    if (static_cast<std::int64_t>(out.size()) >= least) break;
    if (!out.contains(property.key)) out.set(property.key, value_for(property.value, depth));
  }
  return out;
}

Value value_for(const Value& schema, int depth) {
  if (!schema["default"].is_null()) return schema["default"];
  if (schema["enum"].size() > 0) return schema["enum"][0];
  if (schema["x-kubernetes-int-or-string"].as_bool()) return 1;
  const std::string_view type = schema["type"].as_string();
  if (type == "string") return text_for(schema);
  if (type == "integer" || type == "number") return std::max<std::int64_t>(schema["minimum"].as_int(1), 1);
  if (type == "boolean") return false;
  if (depth >= kMaxDepth) return Value{json::Object()};
  return type == "array" ? array_for(schema, depth + 1) : object_for(schema, depth + 1);
}

}  // namespace

kube::Object sample_of(const kube::Object& crd, std::string_view version, const kube::ObjectKey& key) {
  for (const Value& candidate : crd["spec"]["versions"].array()) {
    if (candidate["name"].as_string() != version) continue;
    const Value& properties = candidate["schema"]["openAPIV3Schema"]["properties"];
    const kube::ObjectKey named{crd["spec"]["scope"].as_string() == "Cluster" ? "" : key.ns, key.name};
    kube::Object out = kube::make_object(crd["spec"]["group"].str() + "/" + std::string(version), crd["spec"]["names"]["kind"].as_string(), named);
    if (!properties["spec"].is_null()) out.set("spec", value_for(properties["spec"], 0));
    for (const Value& field : candidate["schema"]["openAPIV3Schema"]["required"].array())
      if (!out.contains(field.as_string())) out.set(field.as_string(), value_for(properties[field.as_string()], 0));
    return out;
  }
  return {};
}

}  // namespace slipway::providers
