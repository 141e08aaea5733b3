// The shapes of built-in kinds as far as strategic merge needs them: which fields are lists that merge, and by which key. Static data; any thread.
#pragma once

#include <string_view>

namespace slipway::providers::detail {

struct Shape;

struct Field {
  std::string_view name;
  const Shape* shape = nullptr;  // of the value, or of the elements of a list; null: nothing below it merges
  std::string_view merge_key;    // of a list of objects
  bool is_set = false;           // a list of scalars that merges
};

// The shape of the objects of this kind; of a kind that is not in the table, one that knows just metadata.
[[nodiscard]] const Shape& shape_of(std::string_view group, std::string_view kind) noexcept;
// Null where nothing is known of the field, or `shape` is null.
[[nodiscard]] const Field* field_of(const Shape* shape, std::string_view name) noexcept;

}  // namespace slipway::providers::detail
