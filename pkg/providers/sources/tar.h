// Archives in POSIX tar: ustar, with pax paths and sizes and GNU long names. Only files matter here: folders are skipped, and links, devices and sparse files
// are refused. A name is a relative path whose parts are names ("a/b", a leading "./" is dropped). Nothing is unpacked to a disk. Pure; any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pkg/base/error.h"

namespace slipway::providers {

struct TarFile {
  std::string name;
  std::string content;
  friend bool operator==(const TarFile&, const TarFile&) = default;
};
struct TarLimits {
  std::size_t max_file = 32UL << 20U;
  std::size_t max_files = 10'000;
};

// Relative, UTF-8, no empty, "." or ".." part, no control characters, no backslash, at most 1024 bytes.
[[nodiscard]] bool is_plain_path(std::string_view name) noexcept;
// The files in their order. `what` names the archive in messages. Errors: Invalid (no tar, truncated, a bad name, the same name twice, over a limit).
[[nodiscard]] Result<std::vector<TarFile>> read_tar(std::string_view bytes, std::string_view what, TarLimits limits = {});
// Equal files give equal bytes: mode 0644, owner 0, time 0, in the order given. Errors: Invalid where a name is not plain, or too long for ustar.
[[nodiscard]] Result<std::string> write_tar(std::span<const TarFile> files);

}  // namespace slipway::providers
