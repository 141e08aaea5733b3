#include "pkg/kubesim/typed_check.h"

#include <algorithm>

#include "pkg/base/time.h"
#include "pkg/kubesim/status_error.h"
#include "pkg/kubesim/typed_fields.h"

namespace slipway::kubesim {
namespace {

using Fields = std::vector<TypedField>;

std::string_view json_word(const json::Value& v) {
  switch (v.type()) {
    case json::Type::Bool: return "bool";
    case json::Type::Integer:
    case json::Type::Double: return "number";
    case json::Type::String: return "string";
    case json::Type::Array: return "array";
    case json::Type::Object: return "object";
    case json::Type::Null: break;
  }
  return "null";
}

std::string go_type(std::string_view type) {
  if (type == "s") return "string";
  if (type == "i") return "int64";
  if (type == "j") return "int32";
  if (type == "b") return "bool";
  if (type == "y") return "[]uint8";
  if (type == "T") return "v1.Time";
  if (type == "M") return "v1.MicroTime";
  if (type == "Q") return "resource.Quantity";
  if (type == "I") return "intstr.IntOrString";
  if (type == "X") return "[]string";
  return "v1." + std::string(type.substr(type.rfind('.') + 1));
}

std::string below(const std::string& path, const std::string& key) {
  if (path.empty()) return key;
  std::string out = path;
  return out.append(".").append(key);
}

bool is_message(std::string_view type) { return type.size() > 1; }

bool scalar_fits(const json::Value& v, std::string_view type) {
  if (type == "s" || type == "y") return v.is_string();
  if (type == "i" || type == "j") return v.is_integer() || (v.is_number() && static_cast<double>(v.as_int()) == v.as_double());
  if (type == "b") return v.is_bool();
  if (type == "T" || type == "M") return v.is_string() && parse_rfc3339(v.as_string());
  if (type == "Q" || type == "I") return v.is_string() || v.is_number();
  if (type == "X") return v.is_array();
  return true;
}

// The walk over both: `visit` hears of members that the types do not have and may not keep the object; the result is the first that does not decode.
class Checker {
 public:
  std::string object(const json::Value& v, std::string_view message, const std::string& path) {
    if (v.is_null()) return {};
    if (!v.is_object()) return {};
    for (const auto& [key, member] : v.object()) {
      const TypedField* field = find(message, key);
      if (field == nullptr || member.is_null()) continue;
      std::string wrong = this->field(member, *field, message, below(path, key));
      if (!wrong.empty()) return wrong;
    }
    return {};
  }

  static const TypedField* find(std::string_view message, std::string_view key) {
    const Fields* fields = typed_fields(message);
    if (fields == nullptr) return nullptr;
    for (const auto& f : *fields) {
      if (f.name == key) return &f;
      if (f.name != "+") continue;
      if (const TypedField* inlined = find(f.type, key)) return inlined;
    }
    return nullptr;
  }

 private:
  static std::string wrong(const json::Value& v, std::string_view owner, const std::string& path, const std::string& type) {
    return "json: cannot unmarshal " + std::string(json_word(v)) + " into Go struct field " + std::string(owner.substr(owner.rfind('.') + 1)) + "." + path +
           " of type " + type;
  }

  std::string field(const json::Value& v, const TypedField& f, std::string_view owner, const std::string& path) {
    if (f.map) {
      if (!v.is_object()) return wrong(v, owner, path, "map[string]" + go_type(f.type));
      for (const auto& [key, value] : v.object())
        if (std::string bad = single(value, f.type, owner, path); !bad.empty()) return bad;
      return {};
    }
    if (!f.repeated) return single(v, f.type, owner, path);
    if (!v.is_array()) return wrong(v, owner, path, "[]" + go_type(f.type));
    for (const auto& item : v.array())
      if (std::string bad = single(item, f.type, owner, path); !bad.empty()) return bad;
    return {};
  }

  std::string single(const json::Value& v, std::string_view type, std::string_view owner, const std::string& path) {
    if (v.is_null()) return {};
    if (!is_message(type)) {
      if (scalar_fits(v, type)) return {};
      if ((type == "T" || type == "M") && v.is_string())
        return "parsing time " + quoted(v.as_string()) + " as \"2006-01-02T15:04:05Z07:00\": cannot parse " + quoted(v.as_string());
      return wrong(v, owner, path, go_type(type));
    }
    if (!v.is_object()) return wrong(v, owner, path, go_type(type));
    return object(v, type, path);
  }
};

void drop(json::Value& v, std::string_view message, const std::string& path, std::vector<std::string>& out);

void drop_field(json::Value& v, const TypedField& f, const std::string& path, std::vector<std::string>& out) {
  if (!is_message(f.type)) return;
  if (f.map && v.is_object()) {
    for (auto& [key, value] : v.make_object()) drop(value, f.type, below(path, key), out);
  } else if (f.repeated && v.is_array()) {
    std::size_t i = 0;
    for (auto& item : v.make_array()) drop(item, f.type, path + "[" + std::to_string(i++) + "]", out);
  } else {
    drop(v, f.type, path, out);
  }
}

void drop(json::Value& v, std::string_view message, const std::string& path, std::vector<std::string>& out) {
  if (!v.is_object() || typed_fields(message) == nullptr) return;
  std::vector<std::string> unknown;
  for (auto& [key, member] : v.make_object()) {
    const std::string at = below(path, key);
    if (path.empty() && (key == "apiVersion" || key == "kind")) continue;
    if (const TypedField* f = Checker::find(message, key)) {
      drop_field(member, *f, at, out);
    } else {
      unknown.push_back(key);
      out.push_back(at);
    }
  }
  for (const auto& key : unknown) v.erase(key);
}

// Kinds of the same name in two groups: the table has core's Event.
std::string_view message_of(const ResourceDef& def) { return def.is_crd || def.gvr.group == "events.k8s.io" ? std::string_view{} : std::string_view(def.kind); }

}  // namespace

std::string undecodable(const ResourceDef& def, const json::Value& object) {
  const json::Value& meta = object["metadata"];
  std::string wrong;
  if (!meta.is_null() && !meta.is_object())
    wrong = "json: cannot unmarshal " + std::string(json_word(meta)) + " into Go struct field " + def.kind + ".metadata of type v1.ObjectMeta";
  if (wrong.empty()) wrong = Checker().object(meta, "ObjectMeta", "metadata");
  if (wrong.empty()) wrong = Checker().object(object, message_of(def), {});
  if (wrong.empty()) return wrong;
  return def.kind + " in version " + quoted(def.gvr.version) + " cannot be handled as a " + def.kind + ": " + wrong;
}

std::vector<std::string> drop_unknown(const ResourceDef& def, json::Value& object) {
  std::vector<std::string> out;
  if (json::Value* meta = object.find_mut("metadata")) drop(*meta, "ObjectMeta", "metadata", out);
  drop(object, message_of(def), {}, out);
  return out;
}

}  // namespace slipway::kubesim
