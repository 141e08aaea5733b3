#include <algorithm>
#include <string>
#include <utility>

#include "pkg/base/strings.h"
#include "pkg/kubesim/openapi.h"
#include "pkg/kubesim/schema.h"

namespace slipway::kubesim {

namespace {

constexpr std::string_view kMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.";

json::Value text(std::string_view description) { return json::Object{{"description", description}, {"type", "string"}}; }

json::Value reference(std::string_view name, std::string_view description, OpenApi version) {
  const std::string target = (version == OpenApi::V2 ? "#/definitions/" : "#/components/schemas/") + std::string(name);
  if (version == OpenApi::V2) return json::Object{{"description", description}, {"$ref", target}};
  json::Value out = json::Object{{"description", description}};
  out.ref("allOf").push_back(json::Object{{"$ref", target}});
  return out;
}

json::Value list_of(json::Value items, std::string_view description) {
  return json::Object{{"description", description}, {"type", "array"}, {"items", std::move(items)}};
}

json::Value map_of_strings(std::string_view description) {
  return json::Object{{"description", description}, {"type", "object"}, {"additionalProperties", json::Object{{"type", "string"}}}};
}

json::Value object_of(json::Object properties, std::string_view description) {
  return json::Object{{"description", description}, {"type", "object"}, {"properties", std::move(properties)}};
}

void add_type_meta(json::Value& properties) {
  properties.set("apiVersion", text("The versioned schema of this representation: group and version, such as apps/v1."));
  properties.set("kind", text("The REST resource that this object represents, in CamelCase. It cannot be updated."));
}

json::Value group_version_kind(const ResourceDef& def) { return json::Object{{"group", def.gvr.group}, {"version", def.gvr.version}, {"kind", def.kind}}; }

// Embedded objects have a type and metadata, whether their schema says so or not.
// NOLINTNEXTLINE(misc-no-recursion): json::parse bounded the depth
void add_embedded(json::Value& node, OpenApi version) {
  if (json::Value* properties = node.find_mut("properties")) {
    for (json::Member& member : properties->make_object()) add_embedded(member.value, version);
  }
  for (const std::string_view key : {"items", "additionalProperties"}) {
    if (json::Value* child = node.find_mut(key); child != nullptr && child->is_object()) add_embedded(*child, version);
  }
  // An object that keeps unknown fields is not described in version 2.
  if (!node["x-kubernetes-embedded-resource"].as_bool() || (version == OpenApi::V2 && node["type"].is_null())) return;
  json::Value& properties = node.ref("properties");
  add_type_meta(properties);
  properties.set("metadata", reference(std::string(kMeta) + "ObjectMeta", "Standard object's metadata.", version));
}

json::Value custom_definition(const ResourceDef& def, OpenApi version) {
  const bool open = !def.schema || (version == OpenApi::V2 && (def.schema->preserve_unknown_fields || def.preserve_unknown));
  if (open) return json::Object{{"type", "object"}};
  json::Value out = version == OpenApi::V2 ? to_v2(*def.schema) : openapi_of(*def.schema);
  add_embedded(out, version);
  json::Value& properties = out.ref("properties");
  add_type_meta(properties);
  properties.set("metadata", reference(std::string(kMeta) + "ObjectMeta", "Standard object's metadata.", version));
  return out;
}

json::Value builtin_definition(const ResourceDef& def, OpenApi version, bool& complete) {
  json::Value properties = builtin_properties(def, complete);
  add_type_meta(properties);
  properties.set("metadata", reference(std::string(kMeta) + "ObjectMeta", "Standard object's metadata.", version));
  return json::Object{{"type", "object"}, {"properties", std::move(properties)}};
}

}  // namespace

std::string definition_name(const ResourceDef& def) {
  const std::string tail = def.gvr.version + "." + def.kind;
  auto labels = split(def.gvr.group, '.');
  if (def.is_crd) {
    std::ranges::reverse(labels);
    return join(labels, ".") + "." + tail;
  }
  if (def.gvr.group == "apiextensions.k8s.io") return "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions." + tail;
  if (def.gvr.group == "apiregistration.k8s.io") return "io.k8s.kube-aggregator.pkg.apis.apiregistration." + tail;
  return "io.k8s.api." + (def.gvr.group.empty() ? std::string("core") : labels.front()) + "." + tail;
}

// NOLINTNEXTLINE(misc-no-recursion)
json::Value to_v2(const Schema& schema) {
  if (schema.raw.is_null()) return true;  // additionalProperties: true
  json::Value out = schema.raw;
  for (const std::string_view key : {"allOf", "anyOf", "oneOf", "not", "nullable"}) out.erase(key);
  const bool opaque = schema.nullable || schema.preserve_unknown_fields;
  const bool typed = !schema.nullable && !(schema.preserve_unknown_fields && schema.type == "object") && !(schema.type == "array" && (opaque || !schema.items));
  if (!typed) out.erase("type");
  if (!opaque && !schema.properties.empty()) {
    json::Value properties = json::Object{};
    for (const auto& [name, child] : schema.properties) properties.set(name, to_v2(*child));
    out.set("properties", std::move(properties));
    json::Array required;  // null is no way to leave out a required field
    for (const json::Value& name : out["required"].array()) {
      const auto it = schema.properties.find(name.as_string());
      if (it == schema.properties.end() || !it->second->nullable) required.push_back(name);
    }
    out.erase("required");
    if (!required.empty()) out.set("required", std::move(required));
  }
  if (!opaque && schema.items) out.set("items", to_v2(*schema.items));
  if (schema.additional && !schema.nullable) out.set("additionalProperties", to_v2(*schema.additional));
  return out;
}

json::Value kind_definition(const ResourceDef& def, OpenApi version) {
  bool complete = true;
  json::Value out = def.is_crd ? custom_definition(def, version) : builtin_definition(def, version, complete);
  if (complete || version == OpenApi::V3) out.ref("x-kubernetes-group-version-kind").push_back(group_version_kind(def));
  return out;
}

json::Value meta_definitions(OpenApi version) {
  const auto name = [](std::string_view kind) { return std::string(kMeta) + std::string(kind); };
  const auto time = [&](std::string_view description) { return reference(name("Time"), description, version); };
  json::Value owners =
      list_of(reference(name("OwnerReference"), "One owner.", version), "The objects that this one depends on: it is collected when all of them are gone.");
  owners.set("x-kubernetes-patch-merge-key", "uid");
  owners.set("x-kubernetes-patch-strategy", "merge");
  json::Value finalizers = list_of(json::Object{{"type", "string"}}, "Names that must all be removed before the object goes away.");
  finalizers.set("x-kubernetes-patch-strategy", "merge");
  const json::Value managed = json::Object{{"type", "object"}};

  json::Value out = json::Object{};
  out.set(name("Time"), json::Object{{"description", "A time in RFC 3339 form."}, {"type", "string"}, {"format", "date-time"}});
  out.set(name("OwnerReference"),
          object_of(
              {
                  {"apiVersion", text("API version of the owner.")},
                  {"kind", text("Kind of the owner.")},
                  {"name", text("Name of the owner.")},
                  {"uid", text("UID of the owner.")},
                  {"controller", json::Object{{"description", "Whether the owner manages this object."}, {"type", "boolean"}}},
                  {"blockOwnerDeletion",
                   json::Object{{"description", "Whether the owner waits for this object when it is deleted in the foreground."}, {"type", "boolean"}}},
              },
              "An owner of an object, in the same namespace or cluster-scoped."));
  out.set(name("ObjectMeta"),
          object_of(
              {
                  {"name", text("Unique within a namespace; it cannot be updated.")},
                  {"generateName", text("A prefix from which the server makes a unique name, where name is not given.")},
                  {"namespace", text("The space within which the name must be unique; it cannot be updated.")},
                  {"selfLink", text("Not set any more.")},
                  {"uid", text("Unique in time and space; set by the server.")},
                  {"resourceVersion", text("Changes whenever the object does; opaque to clients.")},
                  {"generation", json::Object{{"description", "Counts the changes of the desired state."}, {"type", "integer"}, {"format", "int64"}}},
                  {"creationTimestamp", time("When the object was created; set by the server.")},
                  {"deletionTimestamp", time("When deletion was asked for; set by the server.")},
                  {"deletionGracePeriodSeconds", json::Object{{"description", "Seconds that the object has to end gracefully; set with deletionTimestamp."},
                                                              {"type", "integer"},
                                                              {"format", "int64"}}},
                  {"labels", map_of_strings("Keys and values by which objects are organized and selected.")},
                  {"annotations", map_of_strings("Keys and values that tools keep with the object; not for selection.")},
                  {"ownerReferences", std::move(owners)},
                  {"finalizers", std::move(finalizers)},
                  {"managedFields", list_of(managed, "Which fields each manager owns; kept by the server.")},
              },
              "What every stored object has."));
  return out;
}

}  // namespace slipway::kubesim
