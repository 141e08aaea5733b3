#include "pkg/kubesim/openapi_proto.h"

#include <string_view>
#include <utility>

#include "pkg/kubesim/proto_writer.h"

namespace slipway::kubesim {

namespace {

// Field numbers below are those of OpenAPIv2.proto; each function writes the message that it is named after.

ProtoWriter any(const json::Value& value) {
  ProtoWriter out;
  out.text(2, json::dump(value));  // Any.yaml: JSON is YAML
  return out;
}

ProtoWriter named_any(std::string_view name, const json::Value& value) {
  ProtoWriter out;
  out.text(1, name);
  out.message(2, any(value));
  return out;
}

void extensions(ProtoWriter& out, std::uint32_t field, const json::Value& node) {
  for (const json::Member& member : node.object()) {
    if (member.key.starts_with("x-")) out.message(field, named_any(member.key, member.value));
  }
}

void put_text(ProtoWriter& out, std::uint32_t field, const json::Value& value) {
  if (value.is_string() && !value.as_string().empty()) out.text(field, value.as_string());
}
void put_texts(ProtoWriter& out, std::uint32_t field, const json::Value& list) {
  for (const json::Value& item : list.array()) out.text(field, item.as_string());
}
void put_flag(ProtoWriter& out, std::uint32_t field, const json::Value& value) {
  if (value.as_bool()) out.boolean(field, true);
}
void put_real(ProtoWriter& out, std::uint32_t field, const json::Value& value) {
  if (value.is_number()) out.real(field, value.as_double());
}
void put_integer(ProtoWriter& out, std::uint32_t field, const json::Value& value) {
  if (value.is_number()) out.integer(field, value.as_int());
}

// NOLINTBEGIN(misc-no-recursion): json::parse bounded the depth of schemas
ProtoWriter schema(const json::Value& node);

ProtoWriter named_schemas(const json::Value& members) {
  ProtoWriter out;
  for (const json::Member& member : members.object()) {
    ProtoWriter named;
    named.text(1, member.key);
    named.message(2, schema(member.value));
    out.message(1, named);
  }
  return out;
}

ProtoWriter schema(const json::Value& node) {
  ProtoWriter out;
  put_text(out, 1, node["$ref"]);
  put_text(out, 2, node["format"]);
  put_text(out, 3, node["title"]);
  put_text(out, 4, node["description"]);
  if (node.contains("default")) out.message(5, any(node["default"]));
  put_real(out, 6, node["multipleOf"]);
  put_real(out, 7, node["maximum"]);
  put_flag(out, 8, node["exclusiveMaximum"]);
  put_real(out, 9, node["minimum"]);
  put_flag(out, 10, node["exclusiveMinimum"]);
  put_integer(out, 11, node["maxLength"]);
  put_integer(out, 12, node["minLength"]);
  put_text(out, 13, node["pattern"]);
  put_integer(out, 14, node["maxItems"]);
  put_integer(out, 15, node["minItems"]);
  put_flag(out, 16, node["uniqueItems"]);
  put_integer(out, 17, node["maxProperties"]);
  put_integer(out, 18, node["minProperties"]);
  put_texts(out, 19, node["required"]);
  for (const json::Value& value : node["enum"].array()) out.message(20, any(value));
  if (const json::Value& additional = node["additionalProperties"]; !additional.is_null()) {
    ProtoWriter item;
    if (additional.is_bool()) item.boolean(2, additional.as_bool());
    if (additional.is_object()) item.message(1, schema(additional));
    out.message(21, item);
  }
  if (node["type"].is_string()) {
    ProtoWriter type;
    type.text(1, node["type"].as_string());
    out.message(22, type);
  }
  if (node["items"].is_object()) {
    ProtoWriter items;
    items.message(1, schema(node["items"]));
    out.message(23, items);
  }
  if (node["properties"].size() != 0) out.message(25, named_schemas(node["properties"]));
  if (node.contains("example")) out.message(30, any(node["example"]));
  extensions(out, 31, node);
  return out;
}
// NOLINTEND(misc-no-recursion)

// QueryParameterSubSchema and PathParameterSubSchema differ in their numbers after `name`.
ProtoWriter parameters_item(const json::Value& node) {
  ProtoWriter parameter;
  const std::string_view in = node["in"].as_string();
  if (in == "body") {
    ProtoWriter body;
    put_text(body, 1, node["description"]);
    put_text(body, 2, node["name"]);
    put_text(body, 3, node["in"]);
    put_flag(body, 4, node["required"]);
    body.message(5, schema(node["schema"]));
    parameter.message(1, body);
  } else {
    const bool path = in == "path";
    ProtoWriter sub;
    put_flag(sub, 1, node["required"]);
    put_text(sub, 2, node["in"]);
    put_text(sub, 3, node["description"]);
    put_text(sub, 4, node["name"]);
    put_text(sub, path ? 5 : 6, node["type"]);
    put_flag(sub, path ? 18 : 19, node["uniqueItems"]);
    ProtoWriter choice;
    choice.message(path ? 4 : 3, sub);
    parameter.message(2, choice);
  }
  ProtoWriter out;
  out.message(1, parameter);
  return out;
}

ProtoWriter responses(const json::Value& node) {
  ProtoWriter out;
  for (const json::Member& member : node.object()) {
    ProtoWriter response;
    put_text(response, 1, member.value["description"]);
    if (member.value["schema"].is_object()) {
      ProtoWriter item;
      item.message(1, schema(member.value["schema"]));
      response.message(2, item);
    }
    ProtoWriter value;
    value.message(1, response);
    ProtoWriter named;
    named.text(1, member.key);
    named.message(2, value);
    out.message(1, named);
  }
  return out;
}

ProtoWriter operation(const json::Value& node) {
  ProtoWriter out;
  put_text(out, 3, node["description"]);
  put_text(out, 5, node["operationId"]);
  put_texts(out, 6, node["produces"]);
  put_texts(out, 7, node["consumes"]);
  for (const json::Value& parameter : node["parameters"].array()) out.message(8, parameters_item(parameter));
  out.message(9, responses(node["responses"]));
  extensions(out, 13, node);
  return out;
}

ProtoWriter path_item(const json::Value& node) {
  static constexpr std::pair<std::string_view, std::uint32_t> kOperations[] = {{"get", 2}, {"put", 3}, {"post", 4}, {"delete", 5}, {"patch", 8}};
  ProtoWriter out;
  for (const auto& [name, field] : kOperations) {
    if (node[name].is_object()) out.message(field, operation(node[name]));
  }
  for (const json::Value& parameter : node["parameters"].array()) out.message(9, parameters_item(parameter));
  return out;
}

}  // namespace

std::string openapi_v2_protobuf(const json::Value& document) {
  ProtoWriter info;
  put_text(info, 1, document["info"]["title"]);
  put_text(info, 2, document["info"]["version"]);
  ProtoWriter paths;
  for (const json::Member& member : document["paths"].object()) {
    ProtoWriter named;
    named.text(1, member.key);
    named.message(2, path_item(member.value));
    paths.message(2, named);
  }
  ProtoWriter out;
  put_text(out, 1, document["swagger"]);
  out.message(2, info);
  out.message(8, paths);
  out.message(9, named_schemas(document["definitions"]));
  return out.bytes();
}

}  // namespace slipway::kubesim
