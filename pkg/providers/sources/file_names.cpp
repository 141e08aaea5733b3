#include "pkg/providers/sources/file_names.h"

#include <algorithm>

#include "pkg/base/semver.h"
#include "pkg/base/strings.h"

namespace slipway::providers {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
}  // namespace

Status check_segment(std::string_view what, std::string_view text) {
  const bool fits = !text.empty() && text.size() <= 255 && text != "." && text != "..";
  if (fits &&
      std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || is_letter(c) || std::string_view("._-+~").find(c) != std::string_view::npos; }))
    return {};
  return fail(Disposition::Invalid, std::string(what) + " \"" + (is_utf8(text) ? shorten(text, 100) : "(no UTF-8)") +
                                        "\" must be 1 to 255 letters, digits and . _ - + ~, and name no other folder");
}

bool is_semantic_version(std::string_view text) noexcept { return text.size() <= 255 && parse_semver(text).has_value(); }

bool is_version_or_latest(std::string_view text) noexcept { return text == "latest" || is_semantic_version(text); }

}  // namespace slipway::providers
