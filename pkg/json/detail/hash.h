// Spreads short texts over tables; not for what an adversary may choose to collide.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace slipway::json::detail {

[[nodiscard]] inline std::uint64_t hash_of(std::string_view text) noexcept {
  std::uint64_t h = text.size() * 0x9E3779B97F4A7C15U;
  while (text.size() >= 8) {
    std::uint64_t piece = 0;
    std::memcpy(&piece, text.data(), 8);
    h = (h ^ piece) * 0xFF51AFD7ED558CCDU;
    h ^= h >> 32U;
    text.remove_prefix(8);
  }
  std::uint64_t rest = 0;
  std::memcpy(&rest, text.data(), text.size());
  h = (h ^ rest) * 0xC4CEB9FE1A85EC53U;
  return h ^ (h >> 29U);
}

}  // namespace slipway::json::detail
