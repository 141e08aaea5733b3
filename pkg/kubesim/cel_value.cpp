#include "pkg/kubesim/cel_value.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "pkg/base/time.h"
#include "pkg/kubesim/schema_rules.h"

namespace slipway::kubesim::cel {

namespace {

const Schema* field_schema(const Schema* schema, std::string_view key) {
  if (schema == nullptr) return nullptr;
  const auto it = schema->properties.find(key);
  return it != schema->properties.end() ? it->second.get() : schema->additional.get();
}

Value string_of(std::string_view text, const Schema* schema) {
  if (schema != nullptr && schema->rules->format == "duration") {
    Duration duration;
    if (parse_go_duration(text, duration)) return Value(duration);
  }
  if (schema != nullptr && is_time_format(schema->rules->format)) {
    const bool date = schema->rules->format == "date";
    if (const auto time = parse_rfc3339(std::string(text) + (date ? "T00:00:00Z" : ""))) return Value(Timestamp{time->time_since_epoch().count()});
  }
  return Value(std::string(text));
}

}  // namespace

Value Value::of(const json::Value& json, const Schema* schema) {
  switch (json.type()) {
    case json::Type::Null: return {};
    case json::Type::Bool: return Value(json.as_bool());
    case json::Type::Integer: return schema != nullptr && schema->type == "number" ? Value(json.as_double()) : Value(json.as_int());
    case json::Type::Double: {
      const double number = json.as_double();
      const bool whole = schema != nullptr && schema->type == "integer" && std::nearbyint(number) == number && std::abs(number) < 9e15;
      return whole ? Value(static_cast<std::int64_t>(number)) : Value(number);
    }
    case json::Type::String: return string_of(json.as_string(), schema);
    case json::Type::Array:
    case json::Type::Object: return Value(View{&json, schema});
  }
  return {};
}

Kind Value::kind() const noexcept {
  if (const View* view = get<View>()) return view->json->is_array() ? Kind::List : Kind::Map;
  static constexpr Kind kKinds[] = {Kind::Null,     Kind::Bool,      Kind::Int, Kind::Double, Kind::String,
                                    Kind::Duration, Kind::Timestamp, Kind::Map, Kind::List,   Kind::Map};
  return kKinds[data_.index()];
}

std::size_t Value::size() const noexcept {
  if (const View* view = get<View>()) return view->json->size();
  if (const auto* items = get<std::shared_ptr<const Items>>()) return (*items)->size();
  if (const auto* entries = get<std::shared_ptr<const Entries>>()) return (*entries)->size();
  return 0;
}

Value Value::at(std::size_t index) const {
  if (const View* view = get<View>()) {
    if (view->json->is_array()) return of((*view->json)[index], view->schema != nullptr ? view->schema->items.get() : nullptr);
    return Value((view->json->object().begin() + static_cast<std::ptrdiff_t>(index))->key);
  }
  if (const auto* items = get<std::shared_ptr<const Items>>()) return (**items)[index];
  if (const auto* entries = get<std::shared_ptr<const Entries>>()) return (**entries)[index].first;
  return {};
}

Value Value::value_at(std::size_t index) const {
  if (const View* view = get<View>(); view != nullptr && view->json->is_object()) {
    const json::Member& member = *(view->json->object().begin() + static_cast<std::ptrdiff_t>(index));
    return of(member.value, field_schema(view->schema, member.key));
  }
  if (const auto* entries = get<std::shared_ptr<const Entries>>()) return (**entries)[index].second;
  return {};
}

bool Value::find(std::string_view key, Value& out) const {
  if (const View* view = get<View>()) {
    const json::Value* found = view->json->find(key);
    if (found == nullptr) return false;
    out = of(*found, field_schema(view->schema, key));
    return true;
  }
  return find(Value(std::string(key)), out);
}

bool Value::find(const Value& key, Value& out) const {
  if (get<View>() != nullptr) {
    const auto* text = key.get<std::string>();
    return text != nullptr && find(std::string_view(*text), out);
  }
  const auto* entries = get<std::shared_ptr<const Entries>>();
  if (entries == nullptr) return false;
  for (const auto& [name, value] : **entries) {
    if (!(name == key)) continue;
    out = value;
    return true;
  }
  return false;
}

namespace {

double number_of(const Value& v) {
  const auto* integer = v.get<std::int64_t>();
  return integer != nullptr ? static_cast<double>(*integer) : *v.get<double>();
}

// NOLINTNEXTLINE(misc-no-recursion): depth is bounded by the nesting of resources
bool equal_containers(const Value& a, const Value& b) {
  if (a.size() != b.size()) return false;
  const bool list = a.kind() == Kind::List;
  for (std::size_t i = 0; i < a.size(); ++i) {
    Value other;
    if (list) {
      other = b.at(i);
    } else if (!b.find(a.at(i), other)) {
      return false;
    }
    if (!((list ? a.at(i) : a.value_at(i)) == other)) return false;
  }
  return true;
}

}  // namespace

// NOLINTNEXTLINE(misc-no-recursion)
bool operator==(const Value& a, const Value& b) {
  const Kind left = a.kind();
  const Kind right = b.kind();
  const auto numeric = [](Kind k) { return k == Kind::Int || k == Kind::Double; };
  if (numeric(left) && numeric(right) && left != right) return number_of(a) == number_of(b);
  if (left != right) return false;
  switch (left) {
    case Kind::Null: return true;
    case Kind::Bool: return *a.get<bool>() == *b.get<bool>();
    case Kind::Int: return *a.get<std::int64_t>() == *b.get<std::int64_t>();
    case Kind::Double: return *a.get<double>() == *b.get<double>();
    case Kind::String: return *a.get<std::string>() == *b.get<std::string>();
    case Kind::Duration: return *a.get<Duration>() == *b.get<Duration>();
    case Kind::Timestamp: return *a.get<Timestamp>() == *b.get<Timestamp>();
    case Kind::List:
    case Kind::Map: return equal_containers(a, b);
  }
  return false;
}

bool is_time_format(std::string_view format) noexcept { return format == "date" || format == "date-time" || format == "datetime"; }

std::string_view name_of(Kind kind) noexcept {
  static constexpr std::string_view kNames[] = {"null_type", "bool", "int", "double", "string", "google.protobuf.Duration", "google.protobuf.Timestamp",
                                                "list",      "map"};
  return kNames[static_cast<std::size_t>(kind)];
}

bool parse_go_duration(std::string_view text, Duration& out) {
  struct Unit {
    std::string_view name;
    double nanoseconds;
  };
  static constexpr Unit kUnits[] = {{"ns", 1}, {"us", 1e3}, {"\xC2\xB5s", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}};
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") {
    out = {};
    return true;
  }
  if (text.empty()) return false;
  double total = 0;
  while (!text.empty()) {
    const std::size_t digits = text.find_first_not_of("0123456789.");
    if (digits == 0 || digits == std::string_view::npos) return false;
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + digits, number, std::chars_format::fixed);
    if (error != std::errc{} || end != text.data() + digits) return false;
    text.remove_prefix(digits);
    const std::string_view name = text.substr(0, text.find_first_of("0123456789."));
    const Unit* unit = nullptr;
    for (const Unit& candidate : kUnits) {
      if (candidate.name == name) unit = &candidate;
    }
    if (unit == nullptr) return false;
    total += number * unit->nanoseconds;
    text.remove_prefix(name.size());
  }
  if (total >= static_cast<double>(std::numeric_limits<std::int64_t>::max())) return false;
  out.nanoseconds = std::llround(negative ? -total : total);
  return true;
}

}  // namespace slipway::kubesim::cel
