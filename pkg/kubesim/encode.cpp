#include "pkg/kubesim/encode.h"

#include <algorithm>

#include "pkg/kubesim/accept.h"
#include "pkg/yaml/yaml.h"

namespace slipway::kubesim {
namespace {

using Shape = OutputFormat::Shape;

std::string meta_api_version(const OutputFormat& format) { return "meta.k8s.io/" + format.meta_version; }

json::Value partial(const kube::Object& object, const OutputFormat& format) {
  return json::Object{{"kind", "PartialObjectMetadata"}, {"apiVersion", meta_api_version(format)}, {"metadata", object["metadata"]}};
}

json::Value list_meta(const ListMeta& meta) {
  json::Object out{{"resourceVersion", std::to_string(meta.revision)}};
  if (!meta.continue_token.empty()) out.set("continue", meta.continue_token);
  if (meta.remaining > 0) out.set("remainingItemCount", meta.remaining);
  return out;
}

json::Value table_of(const ResourceDef& def, std::span<const kube::ObjectPtr> objects, const OutputFormat& format, bool headers, WallTime now) {
  return render_table(def, objects, {format.meta_version, format.include_object, headers, now});
}

// Items of built-in lists carry no apiVersion and kind on the wire; those of custom resources do.
void append_item(std::string& out, const ResourceDef& def, const kube::Object& object) {
  if (def.is_crd) {
    out += json::dump(object);
    return;
  }
  out += "{";
  bool first = true;
  for (const auto& [key, value] : object.object()) {
    if (key == "apiVersion" || key == "kind") continue;
    if (!first) out += ",";
    first = false;
    out.append(json::dump(json::Value(key))).append(":").append(json::dump(value));
  }
  out += "}";
}

std::string finish(const json::Value& value, const OutputFormat& format) { return format.yaml ? yaml::dump(value) : json::dump(value) + "\n"; }

bool takes_shape(const MediaRange& range, bool many, OutputFormat& format) {
  const auto as = range.param("as");
  if (as.empty()) return true;
  const auto version = range.param("v");
  if (range.param("g") != "meta.k8s.io" || (version != "v1" && version != "v1beta1")) return false;
  if (as == "Table") {
    format.shape = Shape::Table;
  } else if (as == (many ? "PartialObjectMetadataList" : "PartialObjectMetadata") || as == "PartialObjectMetadata") {
    format.shape = Shape::Partial;
  } else {
    return false;
  }
  format.meta_version = version;
  return true;
}

}  // namespace

Outcome<OutputFormat> negotiate(std::string_view accept, const net::Target& target, bool many) {
  OutputFormat format;
  for (const auto& range : parse_accept(accept)) {
    const bool json_fits = range.matches("application/json");
    const bool yaml_fits = !json_fits && range.matches("application/yaml");
    if ((!json_fits && !yaml_fits) || !takes_shape(range, many, format)) continue;
    format.yaml = yaml_fits;
    if (const auto include = target.get("includeObject"); !include.empty()) format.include_object = include;
    const bool known = format.include_object == "None" || format.include_object == "Metadata" || format.include_object == "Object";
    if (format.shape == Shape::Table && !known) return bad_request("unrecognized includeObject value: " + quoted(format.include_object));
    return format;
  }
  return not_acceptable("application/json, application/yaml");
}

std::string encode_object(const ResourceDef& def, const kube::ObjectPtr& object, const OutputFormat& format, WallTime now) {
  if (format.shape == Shape::Partial) return finish(partial(*object, format), format);
  if (format.shape == Shape::Object) return finish(*object, format);
  json::Value table = table_of(def, std::span(&object, 1), format, true, now);
  table.set("metadata", json::Object{{"resourceVersion", (*object)["metadata"]["resourceVersion"]}});
  return finish(table, format);
}

std::string encode_list(const ResourceDef& def, std::span<const kube::ObjectPtr> objects, const ListMeta& meta, const OutputFormat& format, WallTime now) {
  if (format.shape == Shape::Table) {
    json::Value table = table_of(def, objects, format, true, now);
    table.set("metadata", list_meta(meta));
    return finish(table, format);
  }
  json::Object head{{"kind", def.list_kind}, {"apiVersion", def.gvk().api_version()}, {"metadata", list_meta(meta)}};
  if (format.shape == Shape::Partial) head.set("kind", "PartialObjectMetadataList"), head.set("apiVersion", meta_api_version(format));
  if (format.shape == Shape::Partial || format.yaml) {
    json::Array items;
    for (const auto& object : objects) items.push_back(format.shape == Shape::Partial ? partial(*object, format) : *object);
    head.set("items", std::move(items));
    return finish(head, format);
  }
  std::string out = json::dump(json::Value(std::move(head)));
  out.back() = ',';
  out += "\"items\":[";
  bool first = true;
  for (const auto& object : objects) {
    if (!first) out += ",";
    first = false;
    append_item(out, def, *object);
  }
  return out + "]}\n";
}

std::string encode_event(std::string_view type, const ResourceDef& def, const kube::ObjectPtr& object, const OutputFormat& format, bool first, WallTime now) {
  std::string body;
  if (format.shape == Shape::Object) body = json::dump(*object);
  if (format.shape == Shape::Partial) body = json::dump(partial(*object, format));
  if (format.shape == Shape::Table) {
    json::Value table = table_of(def, std::span(&object, 1), format, first, now);
    table.set("metadata", json::Object{{"resourceVersion", (*object)["metadata"]["resourceVersion"]}});
    body = json::dump(table);
  }
  return "{\"type\":\"" + std::string(type) + "\",\"object\":" + body + "}\n";
}

std::string encode_bookmark(const ResourceDef& def, Revision revision, bool initial_events_end, const OutputFormat& format) {
  json::Object meta{{"resourceVersion", std::to_string(revision)}, {"creationTimestamp", nullptr}};
  if (initial_events_end) meta.set("annotations", json::Object{{"k8s.io/initial-events-end", "true"}});
  json::Object object{{"kind", def.kind}, {"apiVersion", def.gvk().api_version()}, {"metadata", meta}};
  if (format.shape == Shape::Partial) object.set("kind", "PartialObjectMetadata"), object.set("apiVersion", meta_api_version(format));
  if (format.shape == Shape::Table) {
    json::Object row{{"cells", json::Array{}}, {"object", std::move(object)}};
    object =
        json::Object{{"kind", "Table"}, {"apiVersion", meta_api_version(format)}, {"metadata", json::Object{{"resourceVersion", std::to_string(revision)}}}};
    object.set("columnDefinitions", nullptr);
    json::Array rows;
    rows.emplace_back(std::move(row));
    object.set("rows", std::move(rows));
  }
  return "{\"type\":\"BOOKMARK\",\"object\":" + json::dump(json::Value(std::move(object))) + "}\n";
}

std::string encode_error_event(const StatusError& error) { return "{\"type\":\"ERROR\",\"object\":" + json::dump(status_of(error)) + "}\n"; }

net::Response ok(int status, std::string body, const OutputFormat& format) {
  return {status, format.yaml ? "application/yaml" : "application/json", std::move(body)};
}

}  // namespace slipway::kubesim
