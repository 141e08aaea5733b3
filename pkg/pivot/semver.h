// Which of two release versions is newer, as provider inventories write them ("v1.5.1", "v1.2.0-rc.1"). Pure; any thread.
#pragma once

#include <compare>
#include <string_view>

namespace slipway::pivot {

// Semantic versioning 2.0.0 precedence; build metadata does not count, a leading v neither. Text that is no version is older than any.
[[nodiscard]] std::strong_ordering compare_versions(std::string_view a, std::string_view b);

}  // namespace slipway::pivot
