// Parts that many frozen values have in common (the probes of a thousand pods of one Deployment), each kept once for as long as one of them lives. A part is
// made when the same subtree is seen for the second time. Thread: any; one lock.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <span>
#include <unordered_map>

#include "pkg/json/detail/word.h"

namespace slipway::json {
class Value;
}

namespace slipway::json::detail {

struct Part {
  std::uint64_t hash;
  std::uint32_t holders;
  Word word;  // of the subtree; its block follows
};

class Parts {
 public:
  static Parts& instance();

  // Under lock(), by one freeze at a time.
  [[nodiscard]] std::unique_lock<std::mutex> lock() { return std::unique_lock(mutex_); }
  // The part that is the same as `value`, with one holder more; null where there is none.
  [[nodiscard]] Part* hold(std::uint64_t hash, const Value& value);
  // True where something with this hash was seen not long ago; it is seen now.
  [[nodiscard]] bool seen(std::uint64_t hash) noexcept;
  void add(Part* part);  // made by malloc, with one holder

  void release(std::span<Part* const> parts) noexcept;  // takes the lock

 private:
  static constexpr std::size_t kRemembered = 1UL << 15U;
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, Part*> parts_;
  std::array<std::uint32_t, kRemembered> seen_{};
};

// The same in every bit that can be read, the order of members too.
[[nodiscard]] bool identical(const Value& a, const Value& b) noexcept;

}  // namespace slipway::json::detail
