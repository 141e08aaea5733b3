// What --dry-run and --rehearse of `slipway move` show: the plan as a tree of owners, and beside each object what happens to it on either side. Pure; any
// thread.
#pragma once

#include <string>

#include "pkg/json/value.h"
#include "pkg/pivot/pivot.h"

namespace slipway::cmd {

// Nothing stands in the way.
[[nodiscard]] bool would_move(const pivot::Preview& preview, const pivot::Options& options);
// A column for the target only where there is one: "+ create", "= copied" (by this move before), "= use" (what is there serves), "! taken".
[[nodiscard]] std::string preview_text(const pivot::Preview& preview, const pivot::Options& options);
// All objects, in the plan's order.
[[nodiscard]] json::Value preview_value(const pivot::Preview& preview, const pivot::Options& options);

}  // namespace slipway::cmd
