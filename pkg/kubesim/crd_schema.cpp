#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "pkg/kubesim/crd.h"
#include "pkg/kubesim/pattern.h"
#include "pkg/kubesim/schema.h"
#include "pkg/kubesim/status_error.h"

namespace slipway::kubesim {

namespace {

enum class Level : std::uint8_t { Root, Item, Field };

constexpr std::size_t kMaxIssues = 50;  // a schema that is wrong everywhere needs no longer list

std::string key_path(const std::string& path, std::string_view key) { return path + ".properties[" + std::string(key) + "]"; }
std::string index_path(const std::string& path, std::string_view key, std::size_t i) { return path + "." + std::string(key) + "[" + std::to_string(i) + "]"; }

bool set(const json::Value& v) { return !v.is_null() && !(v.is_bool() && !v.as_bool()) && !(v.is_string() && v.as_string().empty()); }

class SchemaChecker {
 public:
  explicit SchemaChecker(std::vector<FieldIssue>& issues) : issues_(issues) {}

  // NOLINTBEGIN(misc-no-recursion): json::parse bounds the depth
  void check(const json::Value& s, Level level, const std::string& path) {
    if (issues_.size() >= kMaxIssues) return;
    if (!s.is_object()) return add(invalid_value(path, go_value(s), "must be a schema object"));
    check_keywords(s, path);
    check_type(s, level, path);
    check_metadata(s, level, path);
    check_extensions(s, path);
    check_list(s, path);
    check_values(s, s, path, is_int_or_string_any_of(s["anyOf"]), is_int_or_string_any_of(s["allOf"][0]["anyOf"]));
    for (const json::Member& member : s["properties"].object()) check(member.value, Level::Field, key_path(path, member.key));
    if (s["items"].is_object()) check(s["items"], Level::Item, path + ".items");
    const json::Value& additional = s["additionalProperties"];
    if (!additional.is_null() && level == Level::Root) add(forbidden_value(path + ".additionalProperties", "must not be used at the root"));
    if (!additional.is_null() && s["properties"].size() != 0 && !(additional.is_bool() && additional.as_bool())) {
      add(forbidden_value(path + ".additionalProperties", "additionalProperties and properties are mutual exclusive"));
    }
    if (additional.is_object()) check(additional, Level::Field, path + ".additionalProperties");
  }

 private:
  void check_keywords(const json::Value& s, const std::string& path) {
    static constexpr std::string_view kTypes[] = {"array", "boolean", "integer", "number", "object", "string"};
    const std::string_view type = s["type"].as_string();
    if (type == "null") {
      add(forbidden_value(path + ".type", "type cannot be set to null, use nullable as an alternative"));
    } else if (!type.empty() && std::ranges::find(kTypes, type) == std::end(kTypes)) {
      add(unsupported_value(path + ".type", type, kTypes));
    }
    for (const std::string_view key : {"id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"}) {
      if (s.contains(key)) add(forbidden_value(path + "." + std::string(key), std::string(key) + " is not supported"));
    }
    if (s["items"].is_array()) add(forbidden_value(path + ".items", "items must be a schema object and not an array"));
    if (s["uniqueItems"].as_bool()) {
      add(forbidden_value(path + ".uniqueItems", "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"));
    }
  }

  void check_type(const json::Value& s, Level level, const std::string& path) {
    const std::string_view type = s["type"].as_string();
    const bool open = s["x-kubernetes-int-or-string"].as_bool() || s["x-kubernetes-preserve-unknown-fields"].as_bool();
    if (s["x-kubernetes-embedded-resource"].as_bool() && type != "object") {
      constexpr std::string_view kMust = "must be object if x-kubernetes-embedded-resource is true";
      add(type.empty() ? required_value(path + ".type", kMust) : invalid_value(path + ".type", quoted(type), kMust));
    } else if (type.empty() && !open) {
      static constexpr std::string_view kWhere[] = {"must not be empty at the root", "must not be empty for specified array items",
                                                    "must not be empty for specified object fields"};
      add(required_value(path + ".type", kWhere[static_cast<std::size_t>(level)]));
    }
    if (level == Level::Root && !type.empty() && type != "object") add(invalid_value(path + ".type", quoted(type), "must be object at the root"));
    if (level == Level::Root && s["nullable"].as_bool()) add(forbidden_value(path + ".nullable", "nullable cannot be true at the root"));
    if (type == "array" && s["items"].is_null()) add(required_value(path + ".items", "must be specified"));
  }

  void check_metadata(const json::Value& s, Level level, const std::string& path) {
    const bool embedded = s["x-kubernetes-embedded-resource"].as_bool();
    if (level != Level::Root && !embedded) return;
    for (const std::string_view key : {"kind", "apiVersion"}) {
      const json::Value* child = s["properties"].find(key);
      if (child != nullptr && (*child)["type"].as_string() != "string") {
        add(invalid_value(key_path(path, key) + ".type", quoted((*child)["type"].as_string()), "must be string"));
      }
    }
    const json::Value* metadata = s["properties"].find("metadata");
    if (metadata != nullptr && (*metadata)["type"].as_string() != "object") {
      add(invalid_value(key_path(path, "metadata") + ".type", quoted((*metadata)["type"].as_string()), "must be object"));
    }
    if (metadata != nullptr && level == Level::Root) check_root_metadata(*metadata, key_path(path, "metadata"));
    if (embedded && !s["x-kubernetes-preserve-unknown-fields"].as_bool() && s["properties"].size() == 0) {
      add(required_value(path + ".properties", "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields"));
    }
  }

  void check_root_metadata(const json::Value& metadata, const std::string& path) {
    const bool only_names =
        std::ranges::all_of(metadata["properties"].object(), [](const json::Member& m) { return m.key == "name" || m.key == "generateName"; });
    const bool only_known = std::ranges::all_of(metadata.object(), [](const json::Member& m) { return m.key == "type" || m.key == "properties"; });
    if (!only_names || !only_known) {
      add(forbidden_value(path, "must not specify anything other than name and generateName, but metadata is implicitly specified"));
    }
  }

  void check_extensions(const json::Value& s, const std::string& path) {
    const json::Value& preserve = s["x-kubernetes-preserve-unknown-fields"];
    const bool int_or_string = s["x-kubernetes-int-or-string"].as_bool();
    if (preserve.is_bool() && !preserve.as_bool()) {
      add(invalid_value(path + ".x-kubernetes-preserve-unknown-fields", "false", "must be true or undefined"));
    }
    if (int_or_string && preserve.as_bool()) {
      add(invalid_value(path + ".x-kubernetes-preserve-unknown-fields", "true", "must be false if x-kubernetes-int-or-string is true"));
    }
    if (int_or_string && s["x-kubernetes-embedded-resource"].as_bool()) {
      add(invalid_value(path + ".x-kubernetes-embedded-resource", "true", "must be false if x-kubernetes-int-or-string is true"));
    }
    static constexpr std::string_view kMapTypes[] = {"atomic", "granular"};
    const std::string_view map_type = s["x-kubernetes-map-type"].as_string();
    if (map_type.empty()) return;
    if (s["type"].as_string() != "object") {
      add(invalid_value(path + ".type", quoted(s["type"].as_string()), "must be object if x-kubernetes-map-type is specified"));
    }
    if (std::ranges::find(kMapTypes, map_type) == std::end(kMapTypes)) {
      add(unsupported_value(path + ".x-kubernetes-map-type", map_type, kMapTypes));
    }
  }

  void check_list(const json::Value& s, const std::string& path) {
    static constexpr std::string_view kListTypes[] = {"atomic", "set", "map"};
    const std::string_view list_type = s["x-kubernetes-list-type"].as_string();
    const json::Value& keys = s["x-kubernetes-list-map-keys"];
    if (keys.size() != 0 && list_type != "map") {
      constexpr std::string_view kMust = "must be map if x-kubernetes-list-map-keys is non-empty";
      const std::string field = path + ".x-kubernetes-list-type";
      add(list_type.empty() ? required_value(field, kMust) : invalid_value(field, quoted(list_type), kMust));
    }
    if (list_type.empty()) return;
    if (s["type"].as_string() != "array") {
      constexpr std::string_view kMust = "must be array if x-kubernetes-list-type is specified";
      const std::string_view type = s["type"].as_string();
      add(type.empty() ? required_value(path + ".type", kMust) : invalid_value(path + ".type", quoted(type), kMust));
    }
    if (std::ranges::find(kListTypes, list_type) == std::end(kListTypes)) {
      add(unsupported_value(path + ".x-kubernetes-list-type", list_type, kListTypes));
    }
    if ((list_type == "set" || list_type == "map") && s["items"]["nullable"].as_bool()) {
      add(forbidden_value(path + ".items.nullable", "cannot be nullable when x-kubernetes-list-type is " + std::string(list_type)));
    }
    if (list_type == "set" && s["items"]["type"].as_string() == "object" && s["items"]["x-kubernetes-map-type"].as_string() != "atomic") {
      add(invalid_value(path + ".items.x-kubernetes-map-type", go_value(s["items"]["x-kubernetes-map-type"]),
                        "must be atomic as item of a list with x-kubernetes-list-type=set"));
    }
    if (list_type == "map") check_map_keys(s, path);
  }

  void check_map_keys(const json::Value& s, const std::string& path) {
    const json::Value& keys = s["x-kubernetes-list-map-keys"];
    const json::Value& items = s["items"];
    if (keys.size() == 0) add(required_value(path + ".x-kubernetes-list-map-keys", "must not be empty if x-kubernetes-list-type is map"));
    if (items.is_null()) return add(required_value(path + ".items", "must have a schema if x-kubernetes-list-type is map"));
    if (items["type"].as_string() != "object") {
      return add(invalid_value(path + ".items.type", quoted(items["type"].as_string()), "must be object if parent array's x-kubernetes-list-type is map"));
    }
    std::set<std::string_view> seen;
    for (const json::Value& key : keys.array()) {
      const std::string_view name = key.as_string();
      const json::Value* property = items["properties"].find(name);
      const std::string field = key_path(path + ".items", name);
      if (!seen.insert(name).second) add(invalid_value(path + ".x-kubernetes-list-map-keys", go_value(keys), "must not contain duplicate entries"));
      if (property == nullptr) {
        add(invalid_value(path + ".x-kubernetes-list-map-keys", go_value(keys), "entries must all be names of item properties"));
        continue;
      }
      const std::string_view type = (*property)["type"].as_string();
      if (type == "array" || type == "object") {
        add(invalid_value(field + ".type", quoted(type), "must be a scalar type if parent array's x-kubernetes-list-type is map"));
      }
      if (std::ranges::find(items["required"].array(), key) == items["required"].array().end() && !property->contains("default")) {
        add(required_value(field + ".default", "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"));
      }
      if ((*property)["nullable"].as_bool()) {
        add(forbidden_value(field + ".nullable", "this property is in x-kubernetes-list-map-keys, so it cannot be nullable"));
      }
    }
  }

  static bool is_int_or_string_any_of(const json::Value& any_of) {
    static const json::Value kInteger = json::Object{{"type", "integer"}};
    static const json::Value kString = json::Object{{"type", "string"}};
    return any_of.size() == 2 && any_of[0] == kInteger && any_of[1] == kString;
  }

  // `s` holds the junctions, `structure` the schema that must name what they speak of.
  void check_values(const json::Value& s, const json::Value& structure, const std::string& path, bool skip_any_of, bool skip_first_all_of) {
    if (const json::Value& pattern = s["pattern"]; set(pattern)) {
      if (const auto compiled = Pattern::compile(pattern.as_string()); !compiled) {
        add(invalid_value(path + ".pattern", quoted(pattern.as_string()), "must be a valid regular expression, but isn't: " + compiled.error().message()));
      }
    }
    for (const std::string_view key : {"anyOf", "allOf", "oneOf"}) {
      if (key == "anyOf" && skip_any_of) continue;
      for (std::size_t i = 0; i < s[key].size(); ++i) {
        check_nested(s[key][i], &structure, index_path(path, key, i), key == "allOf" && i == 0 && skip_first_all_of);
      }
    }
    if (s["not"].is_object()) check_nested(s["not"], &structure, path + ".not", false);
  }

  void check_nested(const json::Value& v, const json::Value* structure, const std::string& path, bool skip_any_of) {
    if (issues_.size() >= kMaxIssues) return;
    static constexpr std::pair<std::string_view, std::string_view> kForbidden[] = {
        {"type", "must be empty to be structural"},
        {"additionalProperties", "must be undefined to be structural"},
        {"default", "must be undefined to be structural"},
        {"title", "must be empty to be structural"},
        {"description", "must be empty to be structural"},
        {"nullable", "must be false to be structural"},
        {"x-kubernetes-preserve-unknown-fields", "must be false to be structural"},
        {"x-kubernetes-embedded-resource", "must be false to be structural"},
        {"x-kubernetes-int-or-string", "must be false to be structural"},
        {"x-kubernetes-list-map-keys", "must be empty to be structural"},
        {"x-kubernetes-list-type", "must be undefined to be structural"},
        {"x-kubernetes-map-type", "must be undefined to be structural"},
        {"x-kubernetes-validations", "must be empty to be structural"},
    };
    for (const auto& [key, sentence] : kForbidden) {
      if (set(v[key])) add(forbidden_value(path + "." + std::string(key), sentence));
    }
    if (v["properties"].contains("metadata")) add(forbidden_value(key_path(path, "metadata"), "must not be specified in a nested context"));
    check_values(v, *structure, path, skip_any_of, false);
    for (const json::Member& member : v["properties"].object()) {
      const json::Value* known = (*structure)["properties"].find(member.key);
      const std::string here = key_path(path, member.key);
      if (known == nullptr) {
        add(required_value(key_path(structural_path(path), member.key), "because it is defined in " + here));
      } else {
        check_nested(member.value, known, here, false);
      }
    }
    if (!v["items"].is_object()) return;
    const json::Value& items = (*structure)["items"];
    if (items.is_null()) return add(required_value(structural_path(path) + ".items", "because it is defined in " + path + ".items"));
    check_nested(v["items"], &items, path + ".items", false);
  }
  // NOLINTEND(misc-no-recursion)

  // The path without its junctions: "a.anyOf[0].properties[b]" is "a.properties[b]".
  static std::string structural_path(const std::string& path) {
    static constexpr std::string_view kJunctions[] = {".anyOf[", ".allOf[", ".oneOf[", ".not"};
    std::string out = path;
    for (const std::string_view junction : kJunctions) {
      for (std::size_t at = out.find(junction); at != std::string::npos; at = out.find(junction, at)) {
        const std::size_t end = junction.ends_with('[') ? out.find(']', at) + 1 : at + junction.size();
        out.erase(at, end - at);
      }
    }
    return out;
  }

  void add(FieldIssue issue) { issues_.push_back(std::move(issue)); }

  std::vector<FieldIssue>& issues_;
};

}  // namespace

void validate_crd_schema(const json::Value& schema, const std::string& path, std::vector<FieldIssue>& issues) {
  const std::size_t before = issues.size();
  SchemaChecker(issues).check(schema, Level::Root, path);
  if (issues.size() == before) return validate_crd_rules(schema, path, issues);
  std::ranges::sort(issues.begin() + static_cast<std::ptrdiff_t>(before), issues.end(), {}, &FieldIssue::field);
}

}  // namespace slipway::kubesim
