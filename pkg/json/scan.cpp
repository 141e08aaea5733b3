#include "pkg/json/scan.h"

#include <bit>
#include <cstdint>
#include <cstring>

namespace slipway::json {
namespace {

bool is_space(char c) noexcept { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

std::size_t skip_space(std::string_view text, std::size_t at) noexcept {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

// The first '"' or '\\' from `at` on, eight bytes a step: x has a zero byte where (x - 0x01..) & ~x & 0x80.. is set.
std::size_t quote_or_escape(std::string_view text, std::size_t at) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  constexpr std::uint64_t kHigh = 0x8080808080808080U;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + at, 8);
    const std::uint64_t quote = eight ^ (kOnes * '"');
    const std::uint64_t escape = eight ^ (kOnes * '\\');
    const std::uint64_t found = (((quote - kOnes) & ~quote) | ((escape - kOnes) & ~escape)) & kHigh;
    if (found != 0) return at + static_cast<std::size_t>(std::countr_zero(found)) / 8;
  }
  while (at < text.size() && text[at] != '"' && text[at] != '\\') ++at;
  return at;
}

// 64 bytes at a time, as simdjson finds structure (Langdale, Lemire: Parsing Gigabytes of JSON per Second, 2019): a bit for each byte.
using Block = unsigned char __attribute__((ext_vector_type(64)));
using Bits = bool __attribute__((ext_vector_type(64)));

std::uint64_t bits(Bits of) noexcept { return std::bit_cast<std::uint64_t>(of); }

// Set from each quote that opens to before the one that closes; `open`: a string has begun before.
std::uint64_t within_strings(std::uint64_t quotes, bool open) noexcept {
  for (unsigned shift = 1; shift < 64; shift *= 2) quotes ^= quotes << shift;
  return open ? ~quotes : quotes;
}

// Each byte that a backslash before it takes its meaning from; `carried`: the first is one, and then whether the first after these is.
std::uint64_t escaped_ones(std::uint64_t backslashes, bool& carried) noexcept {
  std::uint64_t escaped = carried ? 1 : 0;
  carried = false;
  for (; backslashes != 0; backslashes &= backslashes - 1) {
    const std::uint64_t backslash = backslashes & (~backslashes + 1);
    if ((escaped & backslash) != 0) continue;
    escaped |= backslash << 1;
    carried = backslash << 1 == 0;
  }
  return escaped;
}

}  // namespace

std::size_t ValueEnd::in_block(const char* text) noexcept {
  Block block;
  std::memcpy(&block, text, sizeof block);
  const std::uint64_t escaped = escaped_ones(bits(__builtin_convertvector(block == '\\', Bits)), escaped_);
  const std::uint64_t quotes = bits(__builtin_convertvector(block == '"', Bits)) & ~escaped;
  const std::uint64_t structure = ~within_strings(quotes, in_string_) & ~escaped;
  const Block folded = block | 0x20;  // '[' becomes '{' and ']' becomes '}'; nothing else does
  const std::uint64_t opens = bits(__builtin_convertvector(folded == '{', Bits)) & structure;
  std::uint64_t closes = bits(__builtin_convertvector(folded == '}', Bits)) & structure;
  const auto closed = static_cast<std::size_t>(std::popcount(closes));
  for (std::size_t k = 1; closed >= depth_ && closes != 0; ++k, closes &= closes - 1) {
    const std::uint64_t opened = opens & ((closes & (~closes + 1)) - 1);  // before this one closes
    if (depth_ + static_cast<std::size_t>(std::popcount(opened)) == k) return static_cast<std::size_t>(std::countr_zero(closes)) + 1;
  }
  depth_ += static_cast<std::size_t>(std::popcount(opens)) - closed;
  in_string_ ^= (std::popcount(quotes) & 1) != 0;
  return 0;
}

std::size_t ValueEnd::find(std::string_view text, std::size_t from) {
  std::size_t at = from + scanned_;
  while (at < text.size()) {
    if (depth_ > 0 && text.size() - at >= sizeof(Block)) {
      const std::size_t length = in_block(text.data() + at);
      if (length != 0) return at + length;
      at += sizeof(Block);
      continue;
    }
    if (escaped_) {
      escaped_ = false;
      ++at;
      continue;
    }
    if (in_string_) {
      at = quote_or_escape(text, at);
      if (at == text.size()) break;
      if (text[at] == '\\') {
        escaped_ = true;
      } else {
        in_string_ = false;
        if (depth_ == 0) return at + 1;
      }
      ++at;
      continue;
    }
    switch (text[at]) {
      case '"': in_string_ = true; break;
      case '\\': escaped_ = true; break;  // out of place, and the parser's to refuse
      case '{':
      case '[': ++depth_; break;
      case '}':
      case ']':
        if (depth_ == 0) return at;  // after a scalar
        if (--depth_ == 0) return at + 1;
        break;
      case ',':
      case ' ':
      case '\t':
      case '\r':
      case '\n':
        if (depth_ == 0) return at;
        break;
      default: break;
    }
    ++at;
  }
  scanned_ = at - from;
  return npos;
}

Members::Members(std::string_view object) : text_(object) {
  at_ = skip_space(text_, 0);
  at_ = at_ < text_.size() && text_[at_] == '{' ? at_ + 1 : text_.size();
}

bool Members::next() {
  at_ = skip_space(text_, at_);
  if (at_ < text_.size() && text_[at_] == ',') at_ = skip_space(text_, at_ + 1);
  if (at_ >= text_.size() || text_[at_] != '"') return false;
  const std::size_t key_end = ValueEnd().find(text_, at_);
  if (key_end == ValueEnd::npos) return false;
  key_ = text_.substr(at_ + 1, key_end - at_ - 2);
  at_ = skip_space(text_, key_end);
  if (at_ >= text_.size() || text_[at_] != ':') return false;
  at_ = skip_space(text_, at_ + 1);
  const std::size_t end = ValueEnd().find(text_, at_);
  if (end == ValueEnd::npos || end == at_) return false;
  value_ = text_.substr(at_, end - at_);
  at_ = end;
  return true;
}

std::string_view plain_string(std::string_view value) noexcept {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"' || value.find('\\') != std::string_view::npos) return {};
  return value.substr(1, value.size() - 2);
}

}  // namespace slipway::json
