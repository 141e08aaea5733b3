#include "pkg/providers/sources/version_list.h"

#include <set>
#include <utility>

#include "pkg/base/strings.h"
#include "pkg/providers/sources/file_names.h"

namespace slipway::providers {

Status VersionList::add(std::string_view version) {
  // What Go writes behind a version 2 or newer of a module that does not say so in its path; the tag has no such end.
  constexpr std::string_view kIncompatible = "+incompatible";
  if (version.ends_with(kIncompatible)) version.remove_suffix(kIncompatible.size());
  if (!is_semantic_version(version)) return {};
  if (versions_.size() >= kMaxVersions) return fail(Disposition::Invalid, "lists more than " + std::to_string(kMaxVersions) + " versions");
  versions_.emplace_back(version);
  return {};
}

Status VersionList::add_lines(std::string_view text) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (auto added = add(trim(text.substr(0, end))); !added) return added;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

std::vector<std::string> VersionList::take() {
  std::set<std::string, std::less<>> seen;
  std::vector<std::string> out;
  for (std::string& version : versions_)
    if (seen.insert(version).second) out.push_back(std::move(version));
  versions_.clear();
  return out;
}

}  // namespace slipway::providers
