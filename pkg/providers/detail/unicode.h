// Code points and what Unicode says of them, as far as the names and values of variables need it. The tables are those of Unicode 15.0: general categories L
// and Nd, and the simple case mappings. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace slipway::providers::detail {

struct CodePoint {
  char32_t value = 0;  // a byte that starts no well-formed sequence: kBroken + the byte
  std::size_t size = 0;
};
inline constexpr char32_t kBroken = 0x110000;

// The code point at text[i]; i < text.size().
[[nodiscard]] CodePoint code_point_at(std::string_view text, std::size_t i) noexcept;
void append_utf8(std::string& out, char32_t c);  // a broken byte is appended as it was

[[nodiscard]] bool is_letter_or_digit(char32_t c) noexcept;
[[nodiscard]] char32_t to_upper(char32_t c) noexcept;
[[nodiscard]] char32_t to_lower(char32_t c) noexcept;

}  // namespace slipway::providers::detail
