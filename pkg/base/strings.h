// Small string helpers that std lacks. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slipway {

[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);
[[nodiscard]] std::string join(std::span<const std::string> parts, std::string_view separator);
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;  // ASCII white space
[[nodiscard]] std::string to_lower(std::string_view text);            // ASCII
// Strict UTF-8 (RFC 3629: no surrogates, no overlong forms).
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;
// A prefix of at most max bytes that ends at a UTF-8 boundary, with "..." where something was cut.
[[nodiscard]] std::string shorten(std::string_view text, std::size_t max);
[[nodiscard]] std::string base64_encode(std::string_view bytes);
// False where the text is not canonical RFC 4648 base64 (line breaks are skipped, as Go's decoder does).
[[nodiscard]] bool base64_decode(std::string_view text, std::string& out);
[[nodiscard]] std::string percent_encode(std::string_view text);  // RFC 3986 unreserved stay; for one query value or path segment
[[nodiscard]] bool percent_decode(std::string_view text, bool plus_is_space, std::string& out);
// FNV-1a, for cheap change detection; never for security.
[[nodiscard]] std::uint64_t fnv1a(std::string_view bytes) noexcept;
[[nodiscard]] std::string hex(std::uint64_t value);

}  // namespace slipway
