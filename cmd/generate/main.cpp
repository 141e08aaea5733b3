// slipway_generate [--check] ROOT: writes the generated files below ROOT, or says which are stale. Exit status 1 where one is stale or cannot be written.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "api/v1alpha1/crd.h"
#include "cmd/generate/reference.h"
#include "pkg/yaml/yaml.h"

namespace {

struct File {
  std::string path;
  std::string text;
};

std::vector<File> generated() {
  using namespace slipway;
  std::vector<File> files;
  for (const api::Resource* resource : {&api::management_cluster_requests(), &api::workload_clusters()})
    files.push_back({"config/crd/slipway.dev_" + std::string(resource->plural) + ".yaml",
                     "# Written by hack/generate from api/v1alpha1: change it there.\n" + yaml::dump(api::custom_resource_definition(*resource))});
  files.push_back({"docs/api.md", generate::api_reference()});
  return files;
}

bool same(const std::string& path, const std::string& text) {
  std::ifstream in(path, std::ios::binary);
  return in && std::string(std::istreambuf_iterator<char>(in), {}) == text;
}

}  // namespace

int main(int argc, char** argv) {
  const bool check = argc == 3 && std::string_view(argv[1]) == "--check";
  if (argc != 2 && !check) {
    std::fputs("usage: slipway_generate [--check] ROOT\n", stderr);
    return 2;
  }
  const std::string root = std::string(argv[argc - 1]) + "/";
  int status = 0;
  for (const File& file : generated()) {
    if (same(root + file.path, file.text)) continue;
    if (check) {
      std::fprintf(stderr, "%s is stale: run hack/generate and commit the result\n", file.path.c_str());
      status = 1;
      continue;
    }
    std::ofstream out(root + file.path, std::ios::binary | std::ios::trunc);
    out << file.text;
    out.close();
    if (!out) {
      std::fprintf(stderr, "cannot write %s\n", file.path.c_str());
      status = 1;
    } else {
      std::printf("wrote %s\n", file.path.c_str());
    }
  }
  return status;
}
