// How one word holds a JSON value: a tag in the low three bits, and a small value or the address of a block in the others. Blocks belong to their value, but
// frozen ones, which belong to the allocation around them and are never changed or freed alone. Nobody but value.h and its sources names what is here.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace slipway::json::detail {

static_assert(std::endian::native == std::endian::little && sizeof(void*) == 8, "words are laid out for 64-bit little-endian machines");

using Word = std::uint64_t;
enum class Tag : std::uint8_t { Literal, Small, Short, String, Array, Object, Integer, Double };
inline constexpr unsigned kTagBits = 3;

[[nodiscard]] constexpr Word word_of(Tag tag, Word rest = 0) noexcept { return (rest << kTagBits) | static_cast<Word>(tag); }
[[nodiscard]] constexpr Tag tag(Word w) noexcept { return static_cast<Tag>(w & 7U); }
// Null, booleans, small integers (61 bits) and short strings (7 bytes) own nothing.
[[nodiscard]] constexpr bool plain(Word w) noexcept { return (w & 7U) <= static_cast<Word>(Tag::Short); }

inline constexpr Word kNull = word_of(Tag::Literal, 0);
inline constexpr Word kFalse = word_of(Tag::Literal, 1);
inline constexpr Word kTrue = word_of(Tag::Literal, 2);
inline constexpr Word kEmptyArray = word_of(Tag::Array);
inline constexpr Word kEmptyObject = word_of(Tag::Object);

// Of elements or members. Frozen: capacity 0.
struct Block {
  std::uint32_t size;
  std::uint32_t capacity;
};
// Of a long string: this and then its bytes.
struct Text {
  std::uint32_t size : 31;
  std::uint32_t frozen : 1;
};
struct Box {
  std::int64_t bits;  // of the integer or the double
  bool frozen;
};

[[nodiscard]] inline void* address(Word w) noexcept { return reinterpret_cast<void*>(w & ~Word{7}); }
[[nodiscard]] inline Word pointing(Tag t, const void* at) noexcept { return reinterpret_cast<Word>(at) | static_cast<Word>(t); }
[[nodiscard]] inline Block* block(Word w) noexcept { return static_cast<Block*>(address(w)); }
// The first element; null where there is no block.
[[nodiscard]] inline void* payload(Word w) noexcept { return address(w) == nullptr ? nullptr : static_cast<void*>(block(w) + 1); }

[[nodiscard]] Word integer_word(std::int64_t i);
[[nodiscard]] Word double_word(double d);
[[nodiscard]] Word string_word(std::string_view s);
inline constexpr std::size_t kShort = 7;
[[nodiscard]] Word short_word(std::string_view s) noexcept;  // at most kShort bytes

[[noreturn]] void throw_out_of_range();

// Names of members, each kept once: objects of a kind share theirs. Kept for ever are the first few thousand, none of them long; the others are counted and go
// with their last member, so that hostile names cannot fill the memory. Thread: any.
struct Key {
  std::string text;  // first: a reference to it is one to its Key
  mutable std::atomic<std::uint32_t> holders{0};
  bool counted = false;
};
[[nodiscard]] inline const Key& key_of(const std::string& text) noexcept { return reinterpret_cast<const Key&>(text); }
[[nodiscard]] const std::string& keep_key(std::string_view name);
void free_key(const Key& key) noexcept;  // one holder less

// `key` is one of keep_key's.
[[nodiscard]] inline const std::string& share_key(const std::string& key) noexcept {
  if (key_of(key).counted) key_of(key).holders.fetch_add(1, std::memory_order_relaxed);
  return key;
}
inline void drop_key(const std::string& key) noexcept {
  if (key_of(key).counted) free_key(key_of(key));
}

}  // namespace slipway::json::detail
