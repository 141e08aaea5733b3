// The structs of types.h as data: what the checker, the CRDs and docs/api.md walk without templates. Built once from describe.h and fields.cpp;
// immutable afterwards. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/v1alpha1/fields.h"
#include "pkg/json/value.h"

namespace slipway::api {

enum class Shape : std::uint8_t { Object, List, String, Integer, Boolean, Texts, Any };  // Texts: strings by name

struct TypeInfo;
struct FieldInfo {
  std::string name;                     // as in JSON: "class"
  const FieldMeta* meta = nullptr;      // never null
  const TypeInfo* type = nullptr;       // never null
  std::optional<json::Value> fallback;  // the default; nothing where the field has none
};
struct TypeInfo {
  Shape shape = Shape::Any;
  std::string_view name;              // of an Object: "Provider"
  const TypeInfo* element = nullptr;  // of a List
  std::vector<FieldInfo> fields;      // of an Object
  [[nodiscard]] const FieldInfo* find(std::string_view field) const noexcept;
};

// One of the two resources, with what the API server has to know about it.
struct Column {
  std::string_view name, type, path, doc;
  bool wide = false;
};
struct Resource {
  std::string_view kind, plural, singular, short_name, doc;
  const TypeInfo* spec;
  const TypeInfo* status;
  std::vector<Column> columns;
};
inline constexpr std::string_view kGroup = "slipway.dev";
inline constexpr std::string_view kVersion = "v1alpha1";
[[nodiscard]] const Resource& management_cluster_requests();
[[nodiscard]] const Resource& workload_clusters();

// Sets what is absent (or null where the field has a default), at every level, as the API server does before it validates.
void apply_defaults(const TypeInfo& type, json::Value& object);

}  // namespace slipway::api
