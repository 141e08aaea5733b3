// What parses must be written and, where it can be, read back the same.
#include <cstdlib>

#include "pkg/yaml/yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace slipway;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto documents = yaml::parse_all(text, "fuzz", {.max_bytes = 1UL << 16U, .max_nodes = 10'000, .max_depth = 60});
  if (!documents) return 0;
  for (const json::Value& document : *documents) {
    const auto back = yaml::parse(yaml::dump(document), "written");
    // Written keys over 1024 characters are not read back (YAML 1.2, 7.4): then it must be an error, never something else.
    if (back && *back != document) std::abort();
  }
  return 0;
}
