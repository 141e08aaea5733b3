// RFC 1952 over zlib. What is unpacked is untrusted: the output has an absolute limit, whatever a header promises. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "pkg/base/error.h"

namespace slipway::providers {

[[nodiscard]] bool is_gzip(std::string_view bytes) noexcept;
[[nodiscard]] bool is_zstd(std::string_view bytes) noexcept;
// All members of the file, one after the other. `what` names it in messages. Errors: Invalid (no gzip, truncated, damaged, larger than `limit` bytes when
// unpacked, something after its end; zstd is refused by name).
[[nodiscard]] Result<std::string> gunzip(std::string_view bytes, std::size_t limit, std::string_view what);
// Equal bytes give equal files: no name, no time. Errors: Transient (out of memory).
[[nodiscard]] Result<std::string> gzip(std::string_view bytes);

}  // namespace slipway::providers
