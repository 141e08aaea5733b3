// Versions as Semantic Versioning 2.0.0 defines them (https://semver.org), with the leading v of Git tags: "v1.5.1", "1.2.0-rc.1+build.5". Pure; any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace slipway {

struct SemVer {
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  std::uint64_t patch = 0;
  std::string prerelease = {};  // "rc.1"; empty for a final release
  std::string build = {};       // never counts in comparisons
};

// Nothing where the text is no semantic version: three numbers without leading zeros that fit in 64 bits, identifiers of [0-9A-Za-z-], none of them empty,
// numeric ones of the pre-release without leading zeros. One leading "v" is allowed; white space is not.
[[nodiscard]] std::optional<SemVer> parse_semver(std::string_view text);
// Without the v: "1.2.0-rc.1+build.5".
[[nodiscard]] std::string to_string(const SemVer& version);

// Precedence (section 11 of the specification): a pre-release is older than its release; versions that differ in `build` only are equal.
[[nodiscard]] std::weak_ordering operator<=>(const SemVer& a, const SemVer& b);
[[nodiscard]] inline bool operator==(const SemVer& a, const SemVer& b) { return (a <=> b) == 0; }

// The same for text, as provider inventories hold it. Text that is no version is older than any that is, and equal to other such text.
[[nodiscard]] std::strong_ordering compare_versions(std::string_view a, std::string_view b);

}  // namespace slipway
