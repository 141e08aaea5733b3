// An API server's answer as tests read it, and the media types that they send.
#pragma once

#include <string>
#include <string_view>

#include "pkg/json/value.h"
#include "pkg/net/http.h"

namespace slipway::test {

inline constexpr std::string_view kJson = "application/json";
inline constexpr std::string_view kMergePatch = "application/merge-patch+json";
inline constexpr std::string_view kJsonPatch = "application/json-patch+json";
inline constexpr std::string_view kStrategicPatch = "application/strategic-merge-patch+json";
inline constexpr std::string_view kApplyPatch = "application/apply-patch+yaml";

struct Answer {
  int status = 0;
  net::Headers headers;
  std::string text;
  json::Value body;  // null where the answer is no JSON
  [[nodiscard]] std::string message() const { return body["message"].str(); }
  [[nodiscard]] std::string reason() const { return body["reason"].str(); }
  [[nodiscard]] std::string rv() const { return body["metadata"]["resourceVersion"].str(); }
  [[nodiscard]] std::string uid() const { return body["metadata"]["uid"].str(); }
  [[nodiscard]] const json::Value& meta(std::string_view key) const { return body["metadata"][key]; }
};

}  // namespace slipway::test
