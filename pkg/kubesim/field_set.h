// A set of field paths, as metadata.managedFields[].fieldsV1 holds them (structured-merge-diff fieldpath.Set). Path elements are kept in their
// serialised form: "f:spec", `k:{"name":"x"}`, `v:"a"`. Pure.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "pkg/json/value.h"
#include "pkg/kubesim/merge_types.h"

namespace slipway::kubesim {

using FieldPath = std::vector<std::string>;

class FieldSet {
 public:
  [[nodiscard]] static FieldSet from_json(const json::Value& fields_v1);
  [[nodiscard]] json::Value to_json() const;

  [[nodiscard]] bool empty() const noexcept;
  [[nodiscard]] bool has(const std::string& element) const { return members_.contains(element); }
  [[nodiscard]] const FieldSet* child(const std::string& element) const;  // what is below it, or nullptr
  void insert(std::span<const std::string> path);
  void merge(const FieldSet& other);                                // union
  [[nodiscard]] FieldSet minus(const FieldSet& other) const;        // path by path
  [[nodiscard]] FieldSet minus_below(const FieldSet& other) const;  // other's paths and everything below them
  [[nodiscard]] FieldSet intersect(const FieldSet& other) const;
  // Named fields of structs that have something below them become members themselves.
  [[nodiscard]] FieldSet with_named_fields(const MergeType& type) const;
  void for_each(const std::function<void(const FieldPath&)>& visit) const;
  friend bool operator==(const FieldSet&, const FieldSet&) = default;

 private:
  void visit_below(FieldPath& path, const std::function<void(const FieldPath&)>& visit) const;

  std::set<std::string> members_;
  std::map<std::string, FieldSet> children_;
};

// ".spec.containers[name="x"].image", as conflicts name it.
[[nodiscard]] std::string to_string(const FieldPath& path);

// The type below one path element.
[[nodiscard]] MergeType descend(const MergeType& type, std::string_view element);

}  // namespace slipway::kubesim
