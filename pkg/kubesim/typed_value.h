// Objects with their types, as structured-merge-diff walks them: which fields a value has, how two differ, how a configuration merges in. Pure.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "pkg/kubesim/field_set.h"

namespace slipway::kubesim {

struct Comparison {
  FieldSet added, removed, modified;
};

[[nodiscard]] FieldSet fields_of(const json::Value& value, const MergeType& type);
[[nodiscard]] Comparison compare(const json::Value& before, const json::Value& after, const MergeType& type);
// `config` wins; lists that are maps or sets merge, atomic ones are replaced.
[[nodiscard]] json::Value merge_config(const json::Value& live, const json::Value& config, const MergeType& type);
[[nodiscard]] json::Value without_fields(const json::Value& value, const FieldSet& remove, const MergeType& type);

// The element of a list item, or nothing where it lacks its keys.
[[nodiscard]] std::optional<std::string> item_element(const json::Value& item, const MergeType& list);
// What an applied configuration may not have: items without their keys, or twice the same. The sentence names the place; empty: fine.
[[nodiscard]] std::string check_lists(const json::Value& value, const MergeType& type);

}  // namespace slipway::kubesim
