#include "pkg/kube/resource_version.h"

#include <algorithm>

namespace slipway::kube {
namespace {

bool ordered(std::string_view rv) noexcept {
  return !rv.empty() && rv.front() != '0' && std::ranges::all_of(rv, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<std::strong_ordering> compare_resource_versions(std::string_view a, std::string_view b) noexcept {
  if (!ordered(a) || !ordered(b)) return std::nullopt;
  if (a.size() != b.size()) return a.size() <=> b.size();
  return a.compare(b) <=> 0;
}

}  // namespace slipway::kube
