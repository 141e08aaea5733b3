// Strategic merge patch for the built-in kinds that components hold (apimachinery pkg/util/strategicpatch; the merge keys are the patchMergeKey tags of the
// types in k8s.io/api). Lists with a merge key merge element by element, finalizers as a set, every other list is replaced; maps merge and null deletes.
// Directives: $patch (replace, delete, merge), $retainKeys, $deleteFromPrimitiveList/x; $setElementOrder/x is read and changes nothing, for what is new comes
// last and the rest stays in its place. Pure; any thread.
#pragma once

#include <string_view>

#include "pkg/base/error.h"
#include "pkg/json/value.h"

namespace slipway::providers::detail {

// Whether the merge keys of this kind are known.
[[nodiscard]] bool is_built_in(std::string_view group) noexcept;

// Errors: Invalid, naming the field; target may be half merged then.
[[nodiscard]] Status strategic_merge(json::Value& target, const json::Value& patch, std::string_view group, std::string_view kind);

}  // namespace slipway::providers::detail
