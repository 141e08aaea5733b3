#include <cstring>
#include <new>
#include <stdexcept>

#include "pkg/json/detail/word.h"

namespace slipway::json::detail {
namespace {

constexpr std::int64_t kMostSmall = (std::int64_t{1} << 60) - 1;
constexpr std::size_t kLongestText = (1UL << 31U) - 1;

Word box(Tag tag, std::int64_t bits) { return pointing(tag, new Box{.bits = bits, .frozen = false}); }

}  // namespace

Word integer_word(std::int64_t i) {
  if (i > kMostSmall || i < -kMostSmall) return box(Tag::Integer, i);
  return word_of(Tag::Small, static_cast<Word>(i));
}

Word double_word(double d) { return box(Tag::Double, std::bit_cast<std::int64_t>(d)); }

Word short_word(std::string_view s) noexcept {
  Word word = word_of(Tag::Short, s.size());
  std::memcpy(reinterpret_cast<char*>(&word) + 1, s.data(), s.size());
  return word;
}

Word string_word(std::string_view s) {
  if (s.size() <= kShort) return short_word(s);
  if (s.size() > kLongestText) throw std::length_error("a JSON string is longer than 2 GiB");
  auto* text = static_cast<Text*>(::operator new(sizeof(Text) + s.size()));
  text->size = static_cast<std::uint32_t>(s.size()) & 0x7FFFFFFFU;
  text->frozen = 0;
  std::memcpy(text + 1, s.data(), s.size());
  return pointing(Tag::String, text);
}

void throw_out_of_range() { throw std::out_of_range("index past the end of a JSON array"); }

}  // namespace slipway::json::detail
