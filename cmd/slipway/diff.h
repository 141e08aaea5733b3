// What changes between two texts, line by line, as diff -u shows it. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace slipway::cmd {

// Lines of `from` that go begin with '-', those of `to` that come with '+', the others with ' '; at most `context` of those around a change, and "..." where
// some are left out. Empty where the texts are equal. The longest common subsequence decides what stays, as long as that takes a fair time (some thousand lines
// that differ); beyond that the part that differs is replaced as a whole.
[[nodiscard]] std::string line_diff(std::string_view from, std::string_view to, std::size_t context = 3);

}  // namespace slipway::cmd
