#include <string>
#include <utility>

#include "pkg/kubesim/discovery.h"
#include "pkg/kubesim/openapi.h"

namespace slipway::kubesim {

namespace {

constexpr std::string_view kPatchTypes[] = {"application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml",
                                            "application/apply-patch+cbor"};

std::string reference_to(const ResourceDef& def, OpenApi version) {
  return (version == OpenApi::V2 ? "#/definitions/" : "#/components/schemas/") + definition_name(def);
}

json::Value parameter(std::string_view name, std::string_view in, std::string_view type, std::string_view description, OpenApi version) {
  json::Value out = json::Object{{"name", name}, {"in", in}, {"description", description}};
  if (in == "path") out.set("required", true);
  out.set("uniqueItems", true);
  if (version == OpenApi::V2) {
    out.set("type", type);
  } else {
    out.erase("uniqueItems");
    out.set("schema", json::Object{{"type", type}});
  }
  return out;
}

// What clients look for before they use it: kubectl --dry-run=server and --validate=strict.
json::Array write_parameters(OpenApi version, bool apply) {
  json::Array out;
  out.push_back(parameter("dryRun", "query", "string", "All: the request is handled, nothing is stored.", version));
  out.push_back(parameter("fieldManager", "query", "string", "The name that owns the written fields.", version));
  out.push_back(parameter("fieldValidation", "query", "string", "Ignore, Warn or Strict: what becomes of unknown and duplicate fields.", version));
  if (apply) out.push_back(parameter("force", "query", "boolean", "Whether an apply takes fields from other managers.", version));
  return out;
}

json::Value responses(const ResourceDef& def, OpenApi version) {
  const json::Value schema = json::Object{{"$ref", reference_to(def, version)}};
  json::Value ok = json::Object{{"description", "OK"}};
  if (version == OpenApi::V2) {
    ok.set("schema", schema);
  } else {
    ok.ref({"content", "application/json"}).set("schema", schema);
  }
  return json::Object{{"200", std::move(ok)}};
}

json::Value operation(const ResourceDef& def, std::string_view action, std::string_view id, OpenApi version) {
  json::Value out =
      json::Object{{"description", std::string(id) + " " + def.kind}, {"operationId", std::string(id) + def.gvr.version + def.kind + def.gvr.resource}};
  const bool writes = action == "post" || action == "put" || action == "patch";
  const bool patch = action == "patch";
  if (version == OpenApi::V2) out.ref("produces").push_back("application/json");
  if (writes) {
    json::Array parameters = write_parameters(version, patch);
    // Of a patch the body is not described: it depends on the media type.
    const json::Value body = patch ? json::Value(json::Object{{"type", "object"}}) : json::Value(json::Object{{"$ref", reference_to(def, version)}});
    if (version == OpenApi::V2) {
      parameters.push_back(json::Object{{"name", "body"}, {"in", "body"}, {"required", true}, {"schema", body}});
      json::Value& consumes = out.ref("consumes");
      if (!patch) consumes.push_back("*/*");
      for (const std::string_view type : kPatchTypes) {
        if (patch) consumes.push_back(type);
      }
    } else {
      json::Value& content = out.ref({"requestBody", "content"});
      if (!patch) content.set("*/*", json::Object{{"schema", body}});
      for (const std::string_view type : kPatchTypes) {
        if (patch) content.set(type, json::Object{{"schema", body}});
      }
      out.ref("requestBody").set("required", true);
    }
    out.set("parameters", std::move(parameters));
  }
  out.set("responses", responses(def, version));
  out.set("x-kubernetes-action", action);
  out.set("x-kubernetes-group-version-kind", json::Object{{"group", def.gvr.group}, {"version", def.gvr.version}, {"kind", def.kind}});
  return out;
}

json::Value info(std::string_view server_version) { return json::Object{{"title", "Kubernetes"}, {"version", server_version}}; }

}  // namespace

void add_paths(const ResourceDef& def, OpenApi version, json::Value& paths) {
  const std::string base = (def.gvr.group.empty() ? "/api/" : "/apis/" + def.gvr.group + "/") + def.gvr.version;
  const std::string collection = base + (def.gvr.namespaced ? "/namespaces/{namespace}/" : "/") + def.gvr.resource;
  const auto verbs = verbs_of(def);
  const auto has = [&](std::string_view verb) {
    for (const std::string& v : verbs) {
      if (v == verb) return true;
    }
    return false;
  };
  json::Array of_namespace;
  if (def.gvr.namespaced) of_namespace.push_back(parameter("namespace", "path", "string", "The namespace.", version));
  json::Array of_name;
  of_name.push_back(parameter("name", "path", "string", "Name of the " + def.kind + ".", version));
  of_name.insert(of_name.end(), of_namespace.begin(), of_namespace.end());

  json::Value list = json::Object{};
  if (has("list")) list.set("get", operation(def, "list", "list", version));
  if (has("create")) list.set("post", operation(def, "post", "create", version));
  if (!of_namespace.empty()) list.set("parameters", std::move(of_namespace));
  if (def.gvr.namespaced && has("list")) {
    json::Value everywhere = json::Object{};
    everywhere.set("get", operation(def, "list", "listForAllNamespaces", version));
    paths.set(base + "/" + def.gvr.resource, std::move(everywhere));
  }
  paths.set(collection, std::move(list));
  if (!has("get")) return;
  const auto item = [&](const std::string& suffix, const std::string& of, bool removable) {
    json::Value out = json::Object{};
    out.set("get", operation(def, "get", "read" + of, version));
    if (has("update")) out.set("put", operation(def, "put", "replace" + of, version));
    if (has("patch")) out.set("patch", operation(def, "patch", "patch" + of, version));
    if (removable && has("delete")) out.set("delete", operation(def, "delete", "delete" + of, version));
    out.set("parameters", of_name);
    paths.set(collection + "/{name}" + suffix, std::move(out));
  };
  item("", "", true);
  if (def.has_status) item("/status", "StatusOf", false);
}

json::Value openapi_v2_document(const ResourceRegistry& registry, std::string_view server_version) {
  json::Value definitions = meta_definitions(OpenApi::V2);
  json::Value paths = json::Object{};
  for (const ResourcePtr& def : registry.all()) {
    definitions.make_object().append(definition_name(*def), kind_definition(*def, OpenApi::V2));
    add_paths(*def, OpenApi::V2, paths);
  }
  json::Value out = json::Object{{"swagger", "2.0"}, {"info", info(server_version)}};
  out.set("paths", std::move(paths));
  out.set("definitions", std::move(definitions));
  return out;
}

json::Value openapi_v3_document(const std::vector<ResourcePtr>& resources, std::string_view server_version) {
  json::Value schemas = meta_definitions(OpenApi::V3);
  json::Value paths = json::Object{};
  for (const ResourcePtr& def : resources) {
    schemas.set(definition_name(*def), kind_definition(*def, OpenApi::V3));
    add_paths(*def, OpenApi::V3, paths);
  }
  json::Value out = json::Object{{"openapi", "3.0.0"}, {"info", info(server_version)}};
  out.set("paths", std::move(paths));
  out.set("components", json::Object{{"schemas", std::move(schemas)}});
  return out;
}

}  // namespace slipway::kubesim
