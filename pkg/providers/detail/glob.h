// Shell globs as the trims of ${V#p} know them: * and ? (both match a slash too), [a-z], [^a-z], and \ before a character that means itself. A malformed glob
// matches nothing. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace slipway::providers::detail {

enum class Extent : bool { Shortest, Longest };

// `text` without the shortest or longest non-empty start (end) that `pattern` matches; unchanged where there is none. An end is matched as the library does
// it: the glob and the text are both turned around, so that a class or an escape in it is malformed and the text stays. Linear in text times pattern.
[[nodiscard]] std::string trim_prefix(std::string_view text, std::string_view pattern, Extent extent);
[[nodiscard]] std::string trim_suffix(std::string_view text, std::string_view pattern, Extent extent);

}  // namespace slipway::providers::detail
