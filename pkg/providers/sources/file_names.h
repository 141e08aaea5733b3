// Names that come from a spec, a URL or a server, before they become part of a path or of a URL. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "pkg/base/error.h"

namespace slipway::providers {

// One segment of a path that cannot leave its folder: 1 to 255 of letters, digits and ._-+~, not "." or "..". Errors: Invalid; `what` names the field.
[[nodiscard]] Status check_segment(std::string_view what, std::string_view text);
// Semantic versioning 2.0.0 with an optional leading v. For the one in pkg/base to replace.
[[nodiscard]] bool is_semantic_version(std::string_view text) noexcept;
// Semantic versioning or the word latest, which is what stands at a version's place in a location.
[[nodiscard]] bool is_version_or_latest(std::string_view text) noexcept;

}  // namespace slipway::providers
