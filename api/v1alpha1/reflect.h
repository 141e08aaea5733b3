// The templates that turn a described struct into a TypeInfo, read it from JSON and write it to JSON. Only schema.cpp and codec.cpp include this.
#pragma once

#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>

#include "api/v1alpha1/describe.h"
#include "api/v1alpha1/schema.h"

namespace slipway::api::reflect {

template <class T>
using Members = boost::describe::describe_members<T, boost::describe::mod_public>;
template <class T>
inline constexpr bool is_vector = false;
template <class E>
inline constexpr bool is_vector<std::vector<E>> = true;
template <class T>
inline constexpr bool is_optional = false;
template <class E>
inline constexpr bool is_optional<std::optional<E>> = true;
using StringMap = std::map<std::string, std::string>;
template <class T>
concept Scalar = std::same_as<T, std::string> || std::same_as<T, std::int64_t> || std::same_as<T, bool> || std::same_as<T, Any>;

constexpr std::string_view json_name(std::string_view member) { return member.ends_with('_') ? member.substr(0, member.size() - 1) : member; }

// Calls f(json name, pointer to member) for each member of T, in their order.
template <class T, class F>
void for_each_member(F&& f) {
  boost::mp11::mp_for_each<Members<T>>([&](auto member) { f(json_name(member.name), member.pointer); });
}

// ---- writing: absent where empty, except where the schema does not take it so

template <class T>
[[nodiscard]] json::Value write(const T& value);

template <class V>
void write_member(json::Object& out, std::string_view name, const V& value, const FieldMeta& meta) {
  if constexpr (is_optional<V>) {
    if (value) out.append(std::string(name), write(*value));
  } else {
    if constexpr (std::same_as<V, std::string> || std::same_as<V, StringMap> || is_vector<V>) {
      if (value.empty() && !meta.required && meta.min_items == 0) return;
    }
    out.append(std::string(name), write(value));
  }
}

template <class T>
json::Value write(const T& value) {
  if constexpr (Scalar<T>) {
    return json::Value(value);
  } else if constexpr (std::same_as<T, StringMap>) {
    json::Object out;
    for (const auto& [key, text] : value) out.append(key, json::Value(text));
    return json::Value(std::move(out));
  } else if constexpr (is_vector<T>) {
    json::Value out{json::Array{}};
    for (const auto& element : value) out.push_back(write(element));
    return out;
  } else {
    json::Object out;
    for_each_member<T>(
        [&](std::string_view name, auto pointer) { write_member(out, name, value.*pointer, field_meta(type_name(static_cast<const T*>(nullptr)), name)); });
    return json::Value(std::move(out));
  }
}

// ---- reading: tolerant; what is missing or of another type keeps what it had. check.h says what is wrong.

template <class T>
void read(const json::Value& from, T& to) {
  if constexpr (std::same_as<T, std::string>) {
    if (from.is_string()) to = from.str();
  } else if constexpr (std::same_as<T, std::int64_t>) {
    to = from.as_int(to);
  } else if constexpr (std::same_as<T, bool>) {
    to = from.as_bool(to);
  } else if constexpr (std::same_as<T, Any>) {
    to = from;
  } else if constexpr (std::same_as<T, StringMap>) {
    for (const json::Member& member : from.object())
      if (member.value.is_string()) to[member.key] = member.value.str();
  } else if constexpr (is_optional<T>) {
    if (from.is_null()) return;
    to.emplace();
    read(from, *to);
  } else if constexpr (is_vector<T>) {
    if (!from.is_array()) return;
    to.clear();
    for (const json::Value& element : from.array()) read(element, to.emplace_back());
  } else {
    for_each_member<T>([&](std::string_view name, auto pointer) {
      if (const json::Value* member = from.find(name)) read(*member, to.*pointer);
    });
  }
}

// ---- describing

template <class T>
[[nodiscard]] const TypeInfo& type_info();

// The default of a member: what its initialiser says. An object gets {} where something in it has a default, so that the API server goes into it.
template <class V>
std::optional<json::Value> fallback_of(const V& initial, const FieldMeta& meta) {
  if (meta.required) return std::nullopt;
  if constexpr (is_optional<V>) {
    return std::nullopt;
  } else if constexpr (std::same_as<V, std::string> || std::same_as<V, StringMap> || is_vector<V>) {
    if (initial.empty()) return std::nullopt;
    return write(initial);
  } else if constexpr (Scalar<V>) {
    return write(initial);
  } else {
    for (const FieldInfo& field : type_info<V>().fields)
      if (field.fallback) return json::Value(json::Object{});
    return std::nullopt;
  }
}

template <class T>
TypeInfo make_type_info() {
  TypeInfo info;
  if constexpr (std::same_as<T, std::string>) {
    info.shape = Shape::String;
  } else if constexpr (std::same_as<T, std::int64_t>) {
    info.shape = Shape::Integer;
  } else if constexpr (std::same_as<T, bool>) {
    info.shape = Shape::Boolean;
  } else if constexpr (std::same_as<T, StringMap>) {
    info.shape = Shape::Texts;
  } else if constexpr (is_vector<T>) {
    info.shape = Shape::List;
    info.element = &type_info<typename T::value_type>();
  } else if constexpr (!std::same_as<T, Any>) {
    info.shape = Shape::Object;
    info.name = type_name(static_cast<const T*>(nullptr));
    const T initial{};
    for_each_member<T>([&](std::string_view name, auto pointer) {
      using V = std::remove_cvref_t<decltype(initial.*pointer)>;
      const FieldMeta& meta = field_meta(info.name, name);
      info.fields.push_back({std::string(name), &meta, &type_info<V>(), fallback_of(initial.*pointer, meta)});
    });
  }
  return info;
}

template <class T>
const TypeInfo& type_info() {
  if constexpr (is_optional<T>) {
    return type_info<typename T::value_type>();
  } else {
    static const TypeInfo info = make_type_info<T>();
    return info;
  }
}

}  // namespace slipway::api::reflect
