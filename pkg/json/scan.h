// Finds where JSON values end without reading them: strings and brackets only. What is cut out so is parsed (and judged) later. Pure; any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace slipway::json {

// Looks for the end of one value in a text that arrives in pieces; it goes on where it stopped.
class ValueEnd {
 public:
  // `text` holds the value from `from` on; from one call to the next it may only grow at its end. Returns one past the value's last byte, or npos where more
  // is needed. A number or a literal ends before ',', ']', '}' or white space.
  std::size_t find(std::string_view text, std::size_t from);
  void reset() noexcept { *this = ValueEnd(); }
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);

 private:
  // Over the next 64 bytes, within an object or array: how many of them it takes to its end, 0 where it goes on.
  std::size_t in_block(const char* text) noexcept;

  std::size_t scanned_ = 0;  // after `from`
  std::size_t depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
};

// The members of an object, one after the other, as text.
class Members {
 public:
  explicit Members(std::string_view object);
  // False at the end, or where the text is broken.
  bool next();
  [[nodiscard]] std::string_view key() const noexcept { return key_; }      // as written: with its escapes, without quotes
  [[nodiscard]] std::string_view value() const noexcept { return value_; }  // as written

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  std::string_view key_, value_;
};

// A string as written, without its quotes; nothing where it is no string or has an escape.
[[nodiscard]] std::string_view plain_string(std::string_view value) noexcept;

}  // namespace slipway::json
