// Lists of versions as servers give them: one a line. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "pkg/base/error.h"

namespace slipway::providers {

inline constexpr std::size_t kMaxVersionListBytes = 1UL << 20U;  // the longest of a published provider is 10 KiB
inline constexpr std::size_t kMaxVersions = 10'000;

// Versions without repetitions, in the order in which they came. What is no semantic version is dropped, as clusterctl does.
class VersionList {
 public:
  // Errors: Invalid where there are more than kMaxVersions.
  [[nodiscard]] Status add(std::string_view version);
  [[nodiscard]] Status add_lines(std::string_view text);
  [[nodiscard]] bool empty() const noexcept { return versions_.empty(); }
  [[nodiscard]] std::vector<std::string> take();

 private:
  std::vector<std::string> versions_;
};

}  // namespace slipway::providers
