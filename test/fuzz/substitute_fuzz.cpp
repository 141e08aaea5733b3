// No input may crash the substitution, and without a dollar nothing changes. Listing the variables and substituting agree on what can be read.
#include <cstdlib>

#include "pkg/providers/substitute.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace slipway;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto result = providers::substitute(text, {{"A", "value"}, {"EMPTY", ""}, {"N", "-2"}, {"U", "\xC3\xA9*\xFF"}});
  if (text.find('$') == std::string_view::npos && (!result || *result != text)) std::abort();
  if (result && !providers::variables_of(text)) std::abort();
  return 0;
}
