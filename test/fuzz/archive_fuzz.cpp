// No archive may crash the readers of gzip and tar or hand out a name that leaves its folder, and what was read can be written and read again.
#include <cstdlib>

#include "pkg/providers/sources/gzip.h"
#include "pkg/providers/sources/tar.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace slipway::providers;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  constexpr std::size_t kLimit = 1U << 20U;
  const auto unpacked = gunzip(bytes, kLimit, "input");
  if (unpacked && unpacked->size() > kLimit) std::abort();
  const auto files = read_tar(unpacked ? std::string_view(*unpacked) : bytes, "input");
  if (!files) return 0;
  for (const TarFile& file : *files)
    if (!is_plain_path(file.name)) std::abort();
  const auto written = write_tar(*files);
  if (!written) return 0;  // a name that is too long for ustar
  const auto again = read_tar(*written, "input");
  if (!again || *again != *files) std::abort();
  return 0;
}
