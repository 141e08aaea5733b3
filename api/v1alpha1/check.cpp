#include "api/v1alpha1/check.h"

#include <algorithm>
#include <set>

#include "api/v1alpha1/rules.h"
#include "pkg/base/strings.h"

namespace slipway::api {
namespace {

std::string_view shape_name(Shape shape) noexcept {
  switch (shape) {
    case Shape::Object:
    case Shape::Texts:
    case Shape::Any: return "an object";
    case Shape::List: return "a list";
    case Shape::String: return "a string";
    case Shape::Integer: return "an integer";
    case Shape::Boolean: return "true or false";
  }
  return "";
}

std::string_view value_name(const json::Value& value) noexcept {
  switch (value.type()) {
    case json::Type::Null: return "null";
    case json::Type::Bool: return "a boolean";
    case json::Type::Integer: return "an integer";
    case json::Type::Double: return "a number";
    case json::Type::String: return "a string";
    case json::Type::Array: return "a list";
    case json::Type::Object: return "an object";
  }
  return "";
}

bool has_shape(const json::Value& value, Shape shape) noexcept {
  switch (shape) {
    case Shape::Object:
    case Shape::Texts:
    case Shape::Any: return value.is_object();
    case Shape::List: return value.is_array();
    case Shape::String: return value.is_string();
    case Shape::Integer: return value.is_integer() || (value.is_number() && value == json::Value(value.as_int()));
    case Shape::Boolean: return value.is_bool();
  }
  return false;
}

std::size_t code_points(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string unknown_field(const TypeInfo& type, std::string_view name) {
  if (name.size() <= 64) {
    for (const FieldInfo& field : type.fields)
      if (edit_distance(to_lower(name), to_lower(field.name)) <= 2) return "unknown field; did you mean \"" + field.name + "\"?";
  }
  std::vector<std::string> known;
  known.reserve(type.fields.size());
  for (const FieldInfo& field : type.fields) known.push_back(field.name);
  return known.empty() ? "unknown field; nothing may stand here" : "unknown field; known here: " + join(known, ", ");
}

class Checker {
 public:
  Checker(Checks checks, std::vector<FieldError>& errors)
      : types_(checks != Checks::Values), values_(checks != Checks::Types), errors_(errors), first_(errors.size()) {}

  // False where the value, or something in it, has a wrong type or lacks a required field.
  bool object(const TypeInfo& type, const json::Value& value, const json::Value* old, const std::string& path) {
    bool sound = true;
    if (types_)
      for (const json::Member& member : value.object())
        if (type.find(member.key) == nullptr) add(path + "." + quoted(member.key), unknown_field(type, member.key));
    for (const FieldInfo& field : type.fields) {
      const json::Value* member = value.find(field.name);
      const std::string at = path + "." + field.name;
      if (member == nullptr) {
        if (!field.meta->required) continue;
        // A struct cannot tell an object left out from an empty one, so the first pass has to say it.
        if (values_ || field.type->shape == Shape::Object) add(at, required(field));
        sound = false;
      } else {
        sound = this->value(field, *field.type, *member, old == nullptr ? nullptr : old->find(field.name), at, type.name) && sound;
      }
    }
    if (values_ && sound) run_rules(type.name, value, old, path);
    return sound;
  }

  void run_rules(std::string_view scope, const json::Value& value, const json::Value* old, const std::string& path) {
    static const json::Value kNull;
    for (const Rule& rule : rules()) {
      if (rule.scope != scope || (rule.transition && old == nullptr)) continue;
      if (rule.holds(value, old == nullptr ? kNull : *old)) continue;
      std::string at = path;
      if (!rule.at.empty()) at.append(at.empty() ? "" : ".").append(rule.at);
      add(std::move(at), invalid(value, rule));
    }
  }

 private:
  static std::string required(const FieldInfo& field) { return "is required: " + std::string(field.meta->doc); }

  // The value is named only where it is short and cannot hold a password.
  static std::string invalid(const json::Value& value, const Rule& rule) {
    std::string sentence(rule.sentence);
    if (rule.scope == "format:url") return "Invalid value: " + sentence;
    if (value.is_string()) return "Invalid value: \"" + quoted(value.as_string()) + "\": " + sentence;
    if (value.is_integer()) return "Invalid value: " + std::to_string(value.as_int()) + ": " + sentence;
    return sentence;
  }

  void add(std::string field, std::string message) {
    if (errors_.size() - first_ < kMaxErrors) {
      errors_.push_back({std::move(field), std::move(message)});
    } else if (errors_.size() - first_ == kMaxErrors) {
      errors_.push_back({"...", "there are more mistakes; correct these first"});
    }
  }

  bool value(const FieldInfo& field, const TypeInfo& type, const json::Value& value, const json::Value* old, const std::string& path, std::string_view owner) {
    if (!has_shape(value, type.shape)) {
      if (types_) {
        std::string message = "must be " + std::string(shape_name(type.shape)) + ", but is " + std::string(value_name(value));
        if (type.shape == Shape::String && (value.is_number() || value.is_bool())) message += "; put it in quotes";
        add(path, std::move(message));
      }
      return false;
    }
    switch (type.shape) {
      case Shape::Object: return object(type, value, old, path);
      case Shape::List: return list(field, type, value, path);
      case Shape::Texts: return texts(field, value, path);
      case Shape::String: return values_ ? string(field, value, path) : true;
      case Shape::Integer:
        if (values_) integer(field, value, path, owner);
        return true;
      case Shape::Boolean:
      case Shape::Any: return true;
    }
    return true;
  }

  bool string(const FieldInfo& field, const json::Value& value, const std::string& path) {
    const std::string_view text = value.as_string();
    const bool element = field.type->shape == Shape::List;
    if (text.empty() && field.meta->required) {
      add(path, required(field));
      return false;
    }
    if (code_points(text) > field.meta->max_length) add(path, "is too long: at most " + std::to_string(field.meta->max_length) + " characters");
    if (const auto allowed = choices(field.meta->one_of); !allowed.empty() && std::ranges::find(allowed, text) == allowed.end()) {
      std::vector<std::string> words(allowed.begin(), allowed.end());
      add(path, "Unsupported value: \"" + quoted(text) + "\": use " + (words.size() > 1 ? "one of " : "") + join(words, ", "));
    }
    if (!field.meta->format.empty() && (element || !text.empty())) run_rules(field.meta->format, value, nullptr, path);
    return true;
  }

  bool texts(const FieldInfo& field, const json::Value& value, const std::string& path) {
    const json::Object& entries = value.object();
    if (values_ && entries.size() > field.meta->max_items) {
      add(path, "has too many entries: at most " + std::to_string(field.meta->max_items));
      return false;
    }
    bool sound = true;
    for (const json::Member& entry : entries) {
      const std::string at = path + "." + quoted(entry.key);
      if (!entry.value.is_string()) {
        sound = false;
        if (types_) add(at, "must be a string, but is " + std::string(value_name(entry.value)) + (entry.value.is_null() ? "" : "; put it in quotes"));
      } else if (values_ && code_points(entry.value.as_string()) > field.meta->max_length) {
        add(at, "is too long: at most " + std::to_string(field.meta->max_length) + " characters");
      }
    }
    return sound;
  }

  void integer(const FieldInfo& field, const json::Value& value, const std::string& path, std::string_view owner) {
    const std::int64_t n = value.as_int();
    if (field.meta->minimum && n < *field.meta->minimum) {
      add(path, "Invalid value: " + std::to_string(n) + ": must be at least " + std::to_string(*field.meta->minimum));
    } else if (field.meta->maximum && n > *field.meta->maximum) {
      add(path, "Invalid value: " + std::to_string(n) + ": must be at most " + std::to_string(*field.meta->maximum));
    } else {
      run_rules(std::string(owner).append(".").append(field.name), value, nullptr, path);
    }
  }

  bool list(const FieldInfo& field, const TypeInfo& type, const json::Value& value, const std::string& path) {
    const json::Array& elements = value.array();
    if (values_ && elements.size() < field.meta->min_items) add(path, "must have at least " + std::to_string(field.meta->min_items) + " item");
    if (values_ && elements.size() > field.meta->max_items) {
      add(path, "has too many items: at most " + std::to_string(field.meta->max_items));
      return false;
    }
    bool sound = true;
    for (std::size_t i = 0; i < elements.size(); ++i)
      sound = this->value(field, *type.element, elements[i], nullptr, path + "[" + std::to_string(i) + "]", {}) && sound;
    if (values_ && sound && !field.meta->unique.empty()) unique(field, elements, path);
    return sound;
  }

  void unique(const FieldInfo& field, const json::Array& elements, const std::string& path) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < elements.size(); ++i) {
      std::vector<std::string> key;
      for (const std::string_view part : choices(field.meta->unique)) key.push_back((part == "*" ? elements[i] : elements[i][part]).str());
      const std::string text = join(key, "/");
      if (!seen.insert(text).second) add(path + "[" + std::to_string(i) + "]", "Duplicate value: \"" + quoted(text) + "\": name each once");
    }
  }

  bool types_;
  bool values_;
  std::vector<FieldError>& errors_;
  std::size_t first_;
};

}  // namespace

std::string quoted(std::string_view text) {
  std::string out = shorten(text, 80);
  std::ranges::replace_if(out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
  return out;
}

void check_value(const TypeInfo& type, const json::Value& value, const json::Value* old, const std::string& path, Checks checks,
                 std::vector<FieldError>& errors) {
  Checker(checks, errors).object(type, value, old, path);
}

void check_resource_rules(const Resource& resource, const json::Value& object, std::vector<FieldError>& errors) {
  Checker(Checks::Values, errors).run_rules(resource.kind, object, nullptr, "");
}

}  // namespace slipway::api
