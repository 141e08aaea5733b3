#include "pkg/kubesim/accept.h"

#include "pkg/base/strings.h"

namespace slipway::kubesim {

std::string_view MediaRange::param(std::string_view name) const noexcept {
  for (const auto& [key, value] : params) {
    if (key == name) return value;
  }
  return {};
}

bool MediaRange::matches(std::string_view media_type) const noexcept {
  if (type == "*/*" || type == media_type) return true;
  return type.ends_with("/*") && media_type.starts_with(std::string_view(type).substr(0, type.size() - 1));
}

std::vector<MediaRange> parse_accept(std::string_view header) {
  std::vector<MediaRange> ranges;
  for (const std::string& part : split(header, ',')) {
    MediaRange range;
    for (const std::string& piece : split(part, ';')) {
      const std::string_view text = trim(piece);
      if (range.type.empty()) {
        if (text.empty()) break;
        range.type = to_lower(text);
        continue;
      }
      const std::size_t equals = text.find('=');
      if (equals != std::string_view::npos) range.params.emplace_back(to_lower(trim(text.substr(0, equals))), std::string(trim(text.substr(equals + 1))));
    }
    if (!range.type.empty()) ranges.push_back(std::move(range));
  }
  if (ranges.empty()) ranges.push_back({.type = "*/*", .params = {}});
  return ranges;
}

}  // namespace slipway::kubesim
