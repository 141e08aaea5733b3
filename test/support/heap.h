// What the heap holds, for tests that nothing is left behind. Sanitizers' allocators do not tell: there it is 0 (and LeakSanitizer looks instead).
#pragma once

#include <cstddef>
#include <malloc.h>

namespace slipway::test {

[[nodiscard]] inline std::size_t heap_in_use() noexcept {
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

}  // namespace slipway::test
