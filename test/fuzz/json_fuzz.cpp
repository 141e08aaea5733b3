// What parses must be written and read back the same; patches of anything onto anything must not crash.
#include <cstdlib>

#include "pkg/json/value.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace slipway;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto value = json::parse(text);
  if (!value) return 0;
  const auto back = json::parse(json::dump(*value));
  if (!back || *back != *value) std::abort();
  json::Value patched = (*value)["doc"];
  static_cast<void>(json::json_patch(patched, (*value)["patch"]));
  const json::Value from = (*value)["doc"];
  const json::Value to = (*value)["patch"];
  json::Value merged = from;
  json::merge_patch(merged, to);
  return 0;
}
