// x-kubernetes-list-type set and map, and x-kubernetes-embedded-resource: apiextensions-apiserver pkg/apiserver/schema/{listtype,objectmeta}.
#include <map>
#include <span>
#include <string>
#include <utility>

#include "pkg/base/strings.h"
#include "pkg/kubesim/schema.h"
#include "pkg/kubesim/status_error.h"

namespace slipway::kubesim {

namespace {

// Paths as field.Path writes them: members of maps in brackets.
std::string child_path(const Schema& schema, const std::string& path, const std::string& key) {
  if (!schema.properties.contains(key)) return path + "[" + key + "]";
  return path.empty() ? key : path + "." + key;
}
std::string item_path(const std::string& path, std::size_t index) { return path + "[" + std::to_string(index) + "]"; }

void report_duplicates(std::span<const json::Value> keys, const std::string& path, std::vector<FieldIssue>& issues) {
  std::map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (++seen[json::dump_canonical(keys[i])] == 2) issues.push_back({item_path(path, i), "FieldValueDuplicate", "Duplicate value: " + go_value(keys[i])});
  }
}

void check_map_list(const Schema& schema, const json::Value& list, const std::string& path, std::vector<FieldIssue>& issues) {
  std::vector<json::Value> keys;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!list[i].is_object() && !list[i].is_null()) {
      issues.push_back(invalid_value(item_path(path, i), go_value(list[i]), "must be an object for an array of list-type map"));
      return;
    }
    json::Value key = json::Object{};
    for (const std::string& name : schema.list_map_keys) {
      if (const json::Value* part = list[i].find(name)) key.set(name, *part);
    }
    keys.push_back(std::move(key));
  }
  report_duplicates(keys, path, issues);
}

// NOLINTNEXTLINE(misc-no-recursion): json::parse bounds the depth
void walk_lists(const Schema& schema, const json::Value& value, const std::string& path, std::vector<FieldIssue>& issues) {
  if (value.is_array()) {
    if (schema.list_type == "set") report_duplicates(value.array(), path, issues);
    if (schema.list_type == "map") check_map_list(schema, value, path, issues);
    for (std::size_t i = 0; schema.items && i < value.size(); ++i) walk_lists(*schema.items, value[i], item_path(path, i), issues);
  }
  for (const json::Member& member : value.object()) {
    if (const Schema* child = member_schema(&schema, member.key)) walk_lists(*child, member.value, child_path(schema, path, member.key), issues);
  }
}

bool is_kind_name(std::string_view kind) {
  static const Pattern kLabel = *Pattern::compile("^[a-z]([-a-z0-9]*[a-z0-9])?$");
  return kind.size() <= 63 && kLabel.matches(to_lower(kind));
}

void check_identity(const json::Value& object, const std::string& path, std::vector<FieldIssue>& issues) {
  const std::string prefix = path.empty() ? "" : path + ".";
  for (const std::string_view key : {"apiVersion", "kind"}) {
    const std::string field = prefix + std::string(key);
    const json::Value* value = object.find(key);
    if (value == nullptr) {
      issues.push_back(required_value(field, "must not be empty"));
    } else if (!value->is_string()) {
      issues.push_back(invalid_value(field, go_value(*value), "must be a string"));
    } else if (value->as_string().empty()) {
      issues.push_back(invalid_value(field, "\"\"", "must not be empty"));
    } else if (key == "apiVersion" && split(value->as_string(), '/').size() > 2) {
      issues.push_back(invalid_value(field, quoted(value->as_string()), "unexpected GroupVersion string: " + value->str()));
    } else if (key == "kind" && !is_kind_name(value->as_string())) {
      issues.push_back(invalid_value(field, quoted(value->as_string()),
                                     "may have mixed case, but should otherwise match: a DNS-1035 label must consist of lower case alphanumeric characters "
                                     "or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', "
                                     "regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"));
    }
  }
  const json::Value* metadata = object.find("metadata");
  if (metadata != nullptr && !metadata->is_object()) issues.push_back(invalid_value(prefix + "metadata", go_value(*metadata), "must be an object"));
}

// NOLINTNEXTLINE(misc-no-recursion)
void walk_embedded(const Schema& schema, const json::Value& value, const std::string& path, std::vector<FieldIssue>& issues) {
  if (value.is_object() && schema.embedded_resource) check_identity(value, path, issues);
  for (const json::Member& member : value.object()) {
    if (const Schema* child = member_schema(&schema, member.key)) walk_embedded(*child, member.value, child_path(schema, path, member.key), issues);
  }
  for (std::size_t i = 0; schema.items && i < value.array().size(); ++i) walk_embedded(*schema.items, value[i], item_path(path, i), issues);
}

}  // namespace

void validate_lists(const Schema& schema, const json::Value& object, std::vector<FieldIssue>& issues) { walk_lists(schema, object, "", issues); }

void validate_embedded(const Schema& schema, const json::Value& object, std::vector<FieldIssue>& issues) { walk_embedded(schema, object, "", issues); }

}  // namespace slipway::kubesim
