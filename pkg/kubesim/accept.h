// The Accept header as kube-apiserver reads it: media types in the order written, with their parameters; q is not weighed (client-go lists by
// preference). Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::kubesim {

struct MediaRange {
  std::string type;                                         // "application/json", "*/*"; lower case
  std::vector<std::pair<std::string, std::string>> params;  // g, v, as, ...; names in lower case
  [[nodiscard]] std::string_view param(std::string_view name) const noexcept;
  [[nodiscard]] bool matches(std::string_view media_type) const noexcept;  // with the wildcards * and type/*
};

// An empty header accepts anything.
[[nodiscard]] std::vector<MediaRange> parse_accept(std::string_view header);

}  // namespace slipway::kubesim
