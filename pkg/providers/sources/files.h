// Small files, whole, from folders whose content is not trusted. Synchronous: at most kMaxFileBytes from a local disk. Any thread.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "pkg/base/error.h"

namespace slipway::providers {

// Errors: NotFound; Invalid (larger than max_bytes, or no regular file: a pipe or a device is not opened for long); Forbidden; Terminal (the disk).
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path, std::size_t max_bytes);
// folder/relative with every symlink resolved. Errors: NotFound; Invalid where a symlink leads out of the folder.
[[nodiscard]] Result<std::filesystem::path> resolve_inside(const std::filesystem::path& folder, const std::filesystem::path& relative);
// Readers see all of the bytes or what was there before, also after a crash: written to a new file in `temporary` (the same file system), synced, renamed.
// Errors: Transient, such as a full disk.
[[nodiscard]] Status write_file(const std::filesystem::path& path, std::string_view bytes, const std::filesystem::path& temporary);

}  // namespace slipway::providers
