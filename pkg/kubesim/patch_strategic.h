// Strategic merge patch for the built-in kinds (apimachinery pkg/util/strategicpatch): lists of objects merge by their merge key, finalizers as a set,
// everything else as RFC 7386; directives $patch (replace, delete, merge), $retainKeys, $deleteFromPrimitiveList/x and $setElementOrder/x. Pure.
#pragma once

#include <expected>
#include <string>

#include "pkg/json/value.h"
#include "pkg/kubesim/merge_types.h"

namespace slipway::kubesim {

// Errors: the sentence of the BadRequest.
[[nodiscard]] std::expected<void, std::string> strategic_merge(json::Value& target, const json::Value& patch, const MergeType& type);

}  // namespace slipway::kubesim
