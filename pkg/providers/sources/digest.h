// The digest that pins a file. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace slipway::providers {

[[nodiscard]] std::string sha256_digest(std::string_view bytes);  // "sha256:" and 64 lower-case hexadecimal digits
[[nodiscard]] bool is_sha256_digest(std::string_view text) noexcept;

}  // namespace slipway::providers
