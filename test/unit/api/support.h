// What the tests of the resources share: the repository's files and the table of cases.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pkg/json/value.h"

namespace slipway::test {

// The root of the checkout: above the working directory, or SLIPWAY_ROOT.
[[nodiscard]] std::filesystem::path repository();
[[nodiscard]] std::string file_text(const std::filesystem::path& path);

struct Case {
  std::string name;
  json::Value object;
  json::Value old;  // null: a creation
  std::vector<std::string> errors;
};
// test/unit/api/cases.yaml
[[nodiscard]] const std::vector<Case>& cases();

}  // namespace slipway::test
