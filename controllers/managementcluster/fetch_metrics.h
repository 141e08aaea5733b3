// What fetches of components cost and how they end: slipway_component_fetch_*. Labels come from fixed sets; hosts and paths are in logs and conditions.
// Thread: the loop's only.
#pragma once

#include <string_view>

#include "pkg/async/clock.h"
#include "pkg/providers/sources/fetch.h"

namespace slipway::controllers::managementcluster {

// "bundle", "folder", "github", "oci", "url": who is asked.
[[nodiscard]] std::string_view source_kind(const providers::SourceSpec& source, bool bundled) noexcept;
// "ok", or why not: "not_found", "refused", "forbidden", "rate_limited", "unreachable".
[[nodiscard]] std::string_view result_of(const Result<providers::Fetched>& fetched) noexcept;
// One fetch with all its attempts. One that was cancelled does not count.
void count_fetch(std::string_view source, const Result<providers::Fetched>& fetched, async::Duration took);

}  // namespace slipway::controllers::managementcluster
