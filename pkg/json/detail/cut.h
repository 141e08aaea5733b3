// Takes what a projection drops out of a text before it is parsed: finding the end of a value is several times faster than reading it.
#pragma once

#include <string>
#include <string_view>

#include "pkg/json/value.h"

namespace slipway::json::detail {

// Appends `text` to `out` without the dropped members of objects, as far as that is easy: no "*", no escapes in names. False where the text is not as it should
// be; `out` is then of no use. What is left out is checked for brackets and quotes only.
[[nodiscard]] bool cut(std::string_view text, const Projection& drop, std::string& out);

}  // namespace slipway::json::detail
