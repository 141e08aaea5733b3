// Runes of a UTF-8 text that is already known to be valid; a broken byte reads as U+FFFD. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace slipway::kubesim {

// The rune at `at`, which is advanced past it. `at` must be inside of the text.
[[nodiscard]] inline char32_t utf8_next(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at++);
  if (lead < 0x80U) return lead;
  const int extra = lead >= 0xF0U ? 3 : lead >= 0xE0U ? 2 : lead >= 0xC0U ? 1 : 0;
  if (extra == 0 || text.size() - at < static_cast<std::size_t>(extra)) return 0xFFFDU;
  char32_t rune = lead & (0x3FU >> static_cast<unsigned>(extra));
  for (int i = 0; i < extra; ++i) {
    if ((byte(at) & 0xC0U) != 0x80U) return 0xFFFDU;
    rune = (rune << 6U) | (byte(at++) & 0x3FU);
  }
  return rune;
}

[[nodiscard]] inline std::size_t utf8_length(std::string_view text) {
  std::size_t runes = 0;
  for (std::size_t at = 0; at < text.size(); ++runes) (void)utf8_next(text, at);
  return runes;
}

inline void utf8_append(std::string& out, char32_t rune) {
  const auto put = [&](std::uint32_t value) { out.push_back(static_cast<char>(static_cast<unsigned char>(value))); };
  if (rune < 0x80U) {
    put(rune);
  } else if (rune < 0x800U) {
    put(0xC0U | (rune >> 6U));
    put(0x80U | (rune & 0x3FU));
  } else if (rune < 0x10000U) {
    put(0xE0U | (rune >> 12U));
    put(0x80U | ((rune >> 6U) & 0x3FU));
    put(0x80U | (rune & 0x3FU));
  } else {
    put(0xF0U | (rune >> 18U));
    put(0x80U | ((rune >> 12U) & 0x3FU));
    put(0x80U | ((rune >> 6U) & 0x3FU));
    put(0x80U | (rune & 0x3FU));
  }
}

}  // namespace slipway::kubesim
