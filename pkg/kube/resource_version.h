// resourceVersions are ordered within one resource (KEP-5504): positive decimal numbers of any length. What is no such number has no order. Pure; any thread.
#pragma once

#include <compare>
#include <optional>
#include <string_view>

namespace slipway::kube {

// Nothing where either is empty, "0", has a leading zero or another character (aggregated APIs may do as they like).
[[nodiscard]] std::optional<std::strong_ordering> compare_resource_versions(std::string_view a, std::string_view b) noexcept;

}  // namespace slipway::kube
