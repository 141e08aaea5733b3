#include "test/unit/api/support.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "pkg/yaml/yaml.h"

namespace slipway::test {

std::filesystem::path repository() {
  if (const char* root = std::getenv("SLIPWAY_ROOT")) return root;
  std::filesystem::path path = std::filesystem::current_path();
  while (!std::filesystem::exists(path / "hack" / "generate")) {
    if (path == path.root_path()) throw std::runtime_error("run this test inside the checkout, or set SLIPWAY_ROOT to it");
    path = path.parent_path();
  }
  return path;
}

std::string file_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all = [] {
    const auto file = yaml::parse(file_text(repository() / "test/unit/api/cases.yaml"), "cases.yaml");
    if (!file) throw std::runtime_error(file.error().message());
    std::vector<Case> out;
    for (const json::Value& entry : (*file)["cases"].array()) {
      const json::Value& base = (*file)["bases"][entry["base"].as_string()];
      Case c{.name = entry["name"].str(), .object = base, .old = {}, .errors = {}};
      json::merge_patch(c.object, entry["patch"]);
      if (entry.contains("old")) {
        c.old = base;
        json::merge_patch(c.old, entry["old"]);
      }
      for (const json::Value& error : entry["errors"].array()) c.errors.push_back(error.str());
      out.push_back(std::move(c));
    }
    return out;
  }();
  return all;
}

}  // namespace slipway::test
