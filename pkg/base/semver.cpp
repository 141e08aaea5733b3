#include "pkg/base/semver.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "pkg/base/strings.h"

namespace slipway {
namespace {

bool all_digits(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos; }

bool leading_zero(std::string_view digits) { return digits.size() > 1 && digits.front() == '0'; }

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t n = 0;
  if (!all_digits(text) || leading_zero(text)) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc()) return std::nullopt;
  return n;
}

bool are_identifiers(std::string_view text, bool zeros_allowed) {
  constexpr std::string_view kAllowed = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-";
  return std::ranges::all_of(split(text, '.'), [&](const std::string& part) {
    return !part.empty() && part.find_first_not_of(kAllowed) == std::string::npos && (zeros_allowed || !all_digits(part) || !leading_zero(part));
  });
}

// Numbers of any length, without leading zeros: the longer one is greater.
std::weak_ordering compare_identifiers(const std::string& a, const std::string& b) {
  const bool x = all_digits(a);
  const bool y = all_digits(b);
  if (x != y) return x ? std::weak_ordering::less : std::weak_ordering::greater;
  if (x && a.size() != b.size()) return a.size() <=> b.size();
  return a.compare(b) <=> 0;
}

std::weak_ordering compare_prereleases(const std::string& a, const std::string& b) {
  if (a.empty() || b.empty()) return a.empty() <=> b.empty();
  const auto x = split(a, '.');
  const auto y = split(b, '.');
  for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i)
    if (const auto order = compare_identifiers(x[i], y[i]); order != 0) return order;
  return x.size() <=> y.size();
}

}  // namespace

std::optional<SemVer> parse_semver(std::string_view text) {
  SemVer version;
  if (text.starts_with('v')) text.remove_prefix(1);
  if (const auto plus = text.find('+'); plus != std::string_view::npos) {
    version.build = text.substr(plus + 1);
    if (!are_identifiers(version.build, true)) return std::nullopt;
    text = text.substr(0, plus);
  }
  if (const auto dash = text.find('-'); dash != std::string_view::npos) {
    version.prerelease = text.substr(dash + 1);
    if (!are_identifiers(version.prerelease, false)) return std::nullopt;
    text = text.substr(0, dash);
  }
  const auto parts = split(text, '.');
  if (parts.size() != 3) return std::nullopt;
  const std::array<std::uint64_t*, 3> fields{&version.major, &version.minor, &version.patch};
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto n = number(parts[i]);
    if (!n) return std::nullopt;
    *fields[i] = *n;
  }
  return version;
}

std::string to_string(const SemVer& version) {
  std::string out = std::to_string(version.major) + "." + std::to_string(version.minor) + "." + std::to_string(version.patch);
  if (!version.prerelease.empty()) out += "-" + version.prerelease;
  if (!version.build.empty()) out += "+" + version.build;
  return out;
}

std::weak_ordering operator<=>(const SemVer& a, const SemVer& b) {
  if (const auto order = a.major <=> b.major; order != 0) return order;
  if (const auto order = a.minor <=> b.minor; order != 0) return order;
  if (const auto order = a.patch <=> b.patch; order != 0) return order;
  return compare_prereleases(a.prerelease, b.prerelease);
}

std::strong_ordering compare_versions(std::string_view a, std::string_view b) {
  const auto x = parse_semver(a);
  const auto y = parse_semver(b);
  if (!x || !y) return x.has_value() <=> y.has_value();
  const auto order = *x <=> *y;
  return order < 0 ? std::strong_ordering::less : order > 0 ? std::strong_ordering::greater : std::strong_ordering::equal;
}

}  // namespace slipway
