// Files that the simulated world reads and writes for its user.
#pragma once

#include <string>
#include <string_view>

#include "pkg/base/error.h"

namespace slipway::cmd {

// Writes for this user only (0600), through a temporary file and rename. Errors: Terminal.
[[nodiscard]] Status write_private_file(const std::string& path, std::string_view text);
[[nodiscard]] Status make_private_folder(const std::string& path);
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t max_bytes);

// The repository's config/ folder: the flag, then beside the binary's build tree, then /usr/share/slipway/config, then ./config. Errors: NotFound.
[[nodiscard]] Result<std::string> find_config_dir(const std::string& flag);

}  // namespace slipway::cmd
