// No input may crash the substitution, and without a dollar nothing changes.
#include <cstdlib>

#include "pkg/providers/substitute.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace slipway;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto result = providers::substitute(text, {{"A", "value"}, {"EMPTY", ""}});
  if (text.find('$') == std::string_view::npos && (!result || *result != text)) std::abort();
  return 0;
}
