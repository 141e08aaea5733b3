// ${VAR} in component files, by the grammar of drone/envsubst as far as published components use it: ${V}, ${V:=d}, ${V=d}, ${V:-d} (all three: the
// default where V is unset or empty), spaces inside the braces, $$ for a dollar. Other forms (${#V}, ${V/a/b}, ${V^} ...) are refused by name. Values are not
// scanned again. Pure; any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "pkg/base/error.h"

namespace slipway::providers {

// Errors: Invalid. All missing variables are named at once, sorted; values never appear in an error.
[[nodiscard]] Result<std::string> substitute(std::string_view text, const std::map<std::string, std::string>& variables);

}  // namespace slipway::providers
