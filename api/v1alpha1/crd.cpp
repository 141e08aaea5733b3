#include "api/v1alpha1/crd.h"

#include <string>

namespace slipway::api {
namespace {

using json::Value;

enum class Part : std::uint8_t { Spec, Status };

Value strings(const std::vector<std::string_view>& texts) {
  Value out{json::Array{}};
  for (const std::string_view text : texts) out.push_back(Value(text));
  return out;
}

void add_rules(Value& node, std::string_view scope, bool may_be_empty) {
  for (const Rule* rule : rules_of(scope))
    node.ref("x-kubernetes-validations").push_back(json::Object{{"rule", cel_of(*rule, may_be_empty)}, {"message", rule->sentence}});
}

Value object_schema(const TypeInfo& type, Part part);

// Of a string, also where it is an element of a list.
Value string_schema(const FieldMeta& meta, Part part, bool element) {
  Value node(json::Object{{"type", "string"}});
  if (!meta.one_of.empty()) node.set("enum", strings(choices(meta.one_of)));
  if (meta.format == "date-time") node.set("format", "date-time");
  if (meta.required && !element && meta.one_of.empty() && part == Part::Spec) node.set("minLength", 1);
  if (part == Part::Spec) {
    node.set("maxLength", meta.max_length);
    if (!meta.format.empty()) add_rules(node, meta.format, !meta.required && !element);
  }
  return node;
}

Value integer_schema(const FieldMeta& meta, std::string_view scope) {
  Value node(json::Object{{"type", "integer"}, {"format", "int64"}});
  if (meta.minimum) node.set("minimum", *meta.minimum);
  if (meta.maximum) node.set("maximum", *meta.maximum);
  add_rules(node, scope, false);
  return node;
}

Value list_schema(const FieldMeta& meta, const TypeInfo& element, Part part) {
  Value node(json::Object{{"type", "array"}});
  if (element.shape == Shape::String) {
    node.set("items", string_schema(meta, part, true));
  } else if (element.shape == Shape::Any) {
    node.set("items", json::Object{{"type", "object"}, {"x-kubernetes-preserve-unknown-fields", true}});
  } else {
    node.set("items", object_schema(element, part));
  }
  if (part == Part::Spec) {
    if (meta.min_items > 0) node.set("minItems", meta.min_items);
    node.set("maxItems", meta.max_items);
  }
  if (meta.unique == "*") {
    node.set("x-kubernetes-list-type", "set");
  } else if (!meta.unique.empty()) {
    node.set("x-kubernetes-list-type", "map");
    node.set("x-kubernetes-list-map-keys", strings(choices(meta.unique)));
  } else {
    node.set("x-kubernetes-list-type", "atomic");
  }
  return node;
}

Value field_schema(const TypeInfo& owner, const FieldInfo& field, Part part) {
  const FieldMeta& meta = *field.meta;
  Value node;
  switch (field.type->shape) {
    case Shape::Object: node = object_schema(*field.type, part); break;
    case Shape::List: node = list_schema(meta, *field.type->element, part); break;
    case Shape::String: node = string_schema(meta, part, false); break;
    case Shape::Integer: node = integer_schema(meta, std::string(owner.name).append(".").append(field.name)); break;
    case Shape::Boolean: node.set("type", "boolean"); break;
    case Shape::Texts:
      node.set("type", "object");
      node.set("additionalProperties", string_schema(meta, part, true));
      if (part == Part::Spec) node.set("maxProperties", meta.max_items);
      break;
    case Shape::Any:
      node.set("type", "object");
      node.set("x-kubernetes-preserve-unknown-fields", true);
      break;
  }
  Value out(json::Object{{"description", meta.doc}});
  if (part == Part::Spec && field.fallback) out.set("default", *field.fallback);
  for (json::Member& member : node.make_object()) out.set(member.key, std::move(member.value));
  return out;
}

Value object_schema(const TypeInfo& type, Part part) {
  Value node(json::Object{{"type", "object"}});
  Value required;
  for (const FieldInfo& field : type.fields) {
    node.ref("properties").set(field.name, field_schema(type, field, part));
    if (field.meta->required) required.push_back(Value(field.name));
  }
  if (!required.is_null()) node.set("required", std::move(required));
  if (part == Part::Spec) add_rules(node, type.name, false);
  return node;
}

Value root_schema(const Resource& resource) {
  Value root(json::Object{{"description", resource.doc}, {"type", "object"}});
  Value& properties = root.ref("properties");
  properties.set("apiVersion", json::Object{{"description", "Version of this representation: slipway.dev/v1alpha1."}, {"type", "string"}});
  properties.set("kind", json::Object{{"description", "Kind of the resource: " + std::string(resource.kind) + "."}, {"type", "string"}});
  properties.set("metadata", json::Object{{"type", "object"}});
  Value spec = object_schema(*resource.spec, Part::Spec);
  spec.set("description", "What is wanted.");
  properties.set("spec", std::move(spec));
  Value status = object_schema(*resource.status, Part::Status);
  status.set("description", "What is: written by the operator.");
  // Nobody has seen a new object yet, and every reader has to notice: an absent status would count as done.
  status.set("default", json::Object{{"observedGeneration", -1}});
  properties.set("status", std::move(status));
  root.ref("required").push_back("spec");
  add_rules(root, resource.kind, false);
  return root;
}

Value columns(const Resource& resource) {
  Value out;
  for (const Column& column : resource.columns) {
    Value entry(json::Object{{"name", column.name}, {"type", column.type}, {"jsonPath", column.path}, {"description", column.doc}});
    if (column.wide) entry.set("priority", 1);
    out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace

std::vector<const Rule*> rules_of(std::string_view scope) {
  std::vector<const Rule*> found;
  for (const Rule& rule : rules())
    if (rule.scope == scope) found.push_back(&rule);
  return found;
}

std::string cel_of(const Rule& rule, bool may_be_empty) { return (may_be_empty ? "self == '' || " : "") + std::string(rule.cel); }

json::Value custom_resource_definition(const Resource& resource) {
  Value crd(json::Object{{"apiVersion", "apiextensions.k8s.io/v1"}, {"kind", "CustomResourceDefinition"}});
  crd.ref("metadata").set("name", std::string(resource.plural) + "." + std::string(kGroup));
  crd.ref({"metadata", "labels", "app.kubernetes.io/name"}) = "slipway";
  Value& spec = crd.ref("spec");
  spec.set("group", kGroup);
  spec.set("scope", "Namespaced");
  Value& names = spec.ref("names");
  names.set("kind", resource.kind);
  names.set("listKind", std::string(resource.kind) + "List");
  names.set("plural", resource.plural);
  names.set("singular", resource.singular);
  names.ref("shortNames").push_back(Value(resource.short_name));
  names.ref("categories").push_back("slipway");
  Value version(json::Object{{"name", kVersion}, {"served", true}, {"storage", true}});
  version.ref("subresources").set("status", json::Object{});
  version.set("additionalPrinterColumns", columns(resource));
  version.ref("schema").set("openAPIV3Schema", root_schema(resource));
  spec.ref("versions").push_back(std::move(version));
  return crd;
}

std::vector<json::Value> custom_resource_definitions() {
  std::vector<json::Value> out;
  out.push_back(custom_resource_definition(management_cluster_requests()));
  out.push_back(custom_resource_definition(workload_clusters()));
  return out;
}

}  // namespace slipway::api
