// YAML as Kubernetes users write it, into json::Value, over yaml-cpp. Scalars are resolved by the YAML 1.2 core schema; the YAML 1.1
// booleans (yes, no, on, off, y, n) unquoted are refused with a hint to quote them. Anchors, aliases and merge keys are refused; so are duplicate keys. Caps:
// bytes, nodes, depth. Errors: Invalid, with source:line:column.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pkg/json/value.h"

namespace slipway::yaml {

struct Limits {
  std::size_t max_bytes = 4UL << 20U;
  std::size_t max_nodes = 400'000;
  std::size_t max_depth = 100;
};
// One document; empty input gives null. More than one is an error.
[[nodiscard]] Result<json::Value> parse(std::string_view text, std::string_view source, Limits limits = {});
// Every document but the empty ones. JSON documents are YAML too.
[[nodiscard]] Result<std::vector<json::Value>> parse_all(std::string_view text, std::string_view source, Limits limits = {});
[[nodiscard]] std::string dump(const json::Value& value);  // block style, members in their order

}  // namespace slipway::yaml
