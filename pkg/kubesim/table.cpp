#include "pkg/kubesim/table.h"

#include <optional>
#include <utility>

#include "pkg/kubesim/json_path.h"
#include "pkg/kubesim/schema.h"

namespace slipway::kubesim {

namespace {

constexpr std::string_view kNameDescription = "Unique within a namespace; it cannot be updated.";
constexpr std::string_view kAgeDescription = "Time since the object was created, by the server's clock.";

json::Value definition(std::string_view name, std::string_view type, std::string_view format, std::string_view description, std::int64_t priority) {
  return json::Object{{"name", name}, {"type", type}, {"format", format}, {"description", description}, {"priority", priority}};
}

// A printer column of a CRD, ready to be evaluated.
struct PathColumn {
  PrinterColumn column;
  std::optional<JsonPath> path;  // nothing where the path is outside of what kubesim reads: the cell stays empty
};

std::vector<PathColumn> path_columns(const ResourceDef& def) {
  auto columns = def.columns;
  if (columns.empty()) columns.push_back({"Age", "date", "", std::string(kAgeDescription), ".metadata.creationTimestamp", 0});
  std::vector<PathColumn> out;
  for (PrinterColumn& column : columns) {
    auto parsed = JsonPath::parse(column.json_path);
    out.push_back({std::move(column), parsed ? std::optional(std::move(*parsed)) : std::nullopt});
  }
  return out;
}

std::string printed(const json::Value& value) {
  switch (value.type()) {
    case json::Type::String: return value.str();
    case json::Type::Double: return go_float(value.as_double());
    default: return json::dump(value);
  }
}

json::Value cell_of(const PathColumn& column, const json::Value& object, WallTime now) {
  const auto found = column.path ? column.path->find(object) : std::vector<const json::Value*>{};
  if (found.empty()) return nullptr;
  const json::Value& value = *found.front();
  const std::string& type = column.column.type;
  if (type == "string") return printed(value);
  if (type == "integer" && value.is_number()) return static_cast<std::int64_t>(value.as_double());
  if (type == "number" && value.is_number()) return value;
  if (type == "boolean" && value.is_bool()) return value;
  if (type == "date" && value.is_string()) return parse_rfc3339(value.as_string()) ? age_of(value, now) : std::string("<invalid>");
  return nullptr;
}

json::Value row_object(const json::Value& object, const TableOptions& options) {
  if (options.include_object == "Object") return object;
  json::Value out = json::Object{{"kind", "PartialObjectMetadata"}, {"apiVersion", "meta.k8s.io/" + options.version}};
  out.set("metadata", object["metadata"]);
  return out;
}

}  // namespace

json::Value render_table(const ResourceDef& def, std::span<const kube::ObjectPtr> objects, const TableOptions& options) {
  const auto builtin = def.is_crd ? std::span<const TableColumn>() : builtin_columns(def.gvr);
  const auto paths = builtin.empty() ? path_columns(def) : std::vector<PathColumn>();

  json::Array definitions;
  if (options.headers && builtin.empty()) definitions.push_back(definition("Name", "string", "name", kNameDescription, 0));
  if (options.headers) {
    for (const TableColumn& c : builtin) {
      const bool name = c.name == "Name";
      definitions.push_back(definition(c.name, c.type, name ? "name" : "", name ? kNameDescription : c.name == "Age" ? kAgeDescription : "", c.priority));
    }
    for (const PathColumn& c : paths) definitions.push_back(definition(c.column.name, c.column.type, c.column.format, c.column.description, c.column.priority));
  }

  json::Array rows;
  rows.reserve(objects.size());
  for (const kube::ObjectPtr& object : objects) {
    json::Array cells;
    if (builtin.empty()) cells.emplace_back(kube::name_of(*object));
    for (const TableColumn& c : builtin) cells.push_back(c.cell(*object, options.now));
    for (const PathColumn& c : paths) cells.push_back(cell_of(c, *object, options.now));
    json::Value row = json::Object{{"cells", std::move(cells)}};
    if (options.include_object != "None") row.set("object", row_object(*object, options));
    rows.push_back(std::move(row));
  }

  json::Value table = json::Object{{"kind", "Table"}, {"apiVersion", "meta.k8s.io/" + options.version}, {"metadata", json::Object{}}};
  table.set("columnDefinitions", std::move(definitions));
  table.set("rows", std::move(rows));
  return table;
}

std::string age_of(const json::Value& timestamp, WallTime now) {
  const auto time = parse_rfc3339(timestamp.as_string());
  if (!time) return "<unknown>";
  return human_duration(std::chrono::duration_cast<std::chrono::milliseconds>(now - *time));
}

}  // namespace slipway::kubesim
