// What each field means and may hold: one row a field. The CRD schema, docs/api.md and the operator's own checks read the same rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace slipway::api {

struct FieldMeta {
  std::string_view field;                    // "Provider.type": the struct and the JSON name
  std::string_view doc;                      // one or two sentences
  std::string_view format = {};              // of the string, or of a list's strings: a rule "format:..." of rules.cpp, or "date-time"
  std::string_view one_of = {};              // "Apply|Plan"
  bool required = false;                     // must be there, and not empty where it is a string
  std::optional<std::int64_t> minimum = {};  // of an integer
  std::optional<std::int64_t> maximum = {};  //
  std::size_t max_length = 253;              // code points of the string, or of each of a list's strings
  std::size_t min_items = 0;                 // of a list
  std::size_t max_items = 64;                // bounds also what a CEL rule may cost
  std::string_view unique = {};              // of a list: "name" or "type|name" (x-kubernetes-list-type map), "*" (set)
};

[[nodiscard]] std::span<const FieldMeta> field_table();
// The row of that field; a row without a doc where there is none (test_api finds those).
[[nodiscard]] const FieldMeta& field_meta(std::string_view type, std::string_view field);
[[nodiscard]] std::vector<std::string_view> choices(std::string_view one_of);  // "a|b" -> a, b; nothing for ""

}  // namespace slipway::api
