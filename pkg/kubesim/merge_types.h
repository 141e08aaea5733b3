// How the parts of an object merge: which lists are maps by key or sets, which maps are atomic, which keys are fields of a struct. For custom
// resources the structural schema says it (x-kubernetes-list-type and friends; what it does not know is deduced, as structured-merge-diff does); for
// built-in kinds a table of the well-known names does (patchStrategy and listType of kubernetes api/core/v1 types and their neighbours). Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "pkg/kubesim/detail/seam.h"

namespace slipway::kubesim {

enum class ListKind : std::uint8_t { Atomic, Set, Map };

// A default of a list-map key that objects may leave out: ports have protocol TCP.
struct KeyDefault {
  std::string_view key;
  std::string_view value;
};

// The type at one place of an object. A small value; what it points to is the ResourceDef's schema or static.
class MergeType {
 public:
  [[nodiscard]] static MergeType root(const ResourceDef& def);
  [[nodiscard]] static MergeType deduced() { return {}; }

  [[nodiscard]] MergeType field(std::string_view key) const;
  [[nodiscard]] MergeType item() const;

  [[nodiscard]] bool has_field(std::string_view key) const;  // a named field of a struct, against a key of a map
  [[nodiscard]] bool atomic_map() const;
  [[nodiscard]] ListKind list_kind() const;
  [[nodiscard]] std::span<const std::string> list_keys() const;
  [[nodiscard]] std::span<const KeyDefault> key_defaults() const;
  // Strategic merge patch: the merge key of a list of objects; empty: replaced as a whole. For lists of scalars, whether they merge as a set.
  [[nodiscard]] std::string_view patch_merge_key() const;
  [[nodiscard]] bool patch_merges_scalars() const;

  struct Rule;

 private:
  enum class Source : std::uint8_t { Deduced, Structural, BuiltIn };
  [[nodiscard]] const Rule* rule() const;

  Source source_ = Source::Deduced;
  bool root_ = false;
  const Schema* schema_ = nullptr;  // Structural
  std::string parent_;              // BuiltIn: the field above, and this one
  std::string name_;
};

}  // namespace slipway::kubesim
