#include "pkg/pivot/semver.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pkg/base/strings.h"

namespace slipway::pivot {
namespace {

struct Version {
  std::array<std::uint64_t, 3> release{};
  std::vector<std::string> pre;
};

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return n;
}

std::optional<Version> parse(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  text = text.substr(0, text.find('+'));
  Version v;
  const auto dash = text.find('-');
  if (dash != std::string_view::npos) v.pre = split(text.substr(dash + 1), '.');
  const auto parts = split(text.substr(0, dash), '.');
  if (parts.size() != v.release.size()) return std::nullopt;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto n = number(parts[i]);
    if (!n) return std::nullopt;
    v.release[i] = *n;
  }
  return v;
}

std::strong_ordering compare_identifiers(const std::string& a, const std::string& b) {
  const auto x = number(a);
  const auto y = number(b);
  if (x && y) return *x <=> *y;
  if (x || y) return x ? std::strong_ordering::less : std::strong_ordering::greater;
  return a.compare(b) <=> 0;
}

}  // namespace

std::strong_ordering compare_versions(std::string_view a, std::string_view b) {
  const auto x = parse(a);
  const auto y = parse(b);
  if (!x || !y) return x.has_value() <=> y.has_value();
  if (const auto order = x->release <=> y->release; order != 0) return order;
  if (x->pre.empty() || y->pre.empty()) return x->pre.empty() <=> y->pre.empty();
  for (std::size_t i = 0; i < std::min(x->pre.size(), y->pre.size()); ++i)
    if (const auto order = compare_identifiers(x->pre[i], y->pre[i]); order != 0) return order;
  return x->pre.size() <=> y->pre.size();
}

}  // namespace slipway::pivot
