// The grammar of ${...}: one expression of a text as a small tree. What is surprising is the library's, and is kept because published files were written
// against it. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pkg/base/error.h"

namespace slipway::providers::detail {

enum class Form : std::uint8_t {
  Value,
  Default,
  Length,
  Substring,
  UpperFirst,
  Upper,
  LowerFirst,
  Lower,
  TrimPrefix,
  TrimLongestPrefix,
  TrimSuffix,
  TrimLongestSuffix,
  ReplaceFirst,
  ReplaceAll,
  ReplacePrefix,
  ReplaceSuffix,
};

struct Expression;
// A piece of text, or an expression in its place.
struct Word {
  std::string text;
  std::unique_ptr<Expression> expression;
};
struct Expression {
  std::string_view name;  // a part of the text
  Form form = Form::Value;
  std::vector<Word> words;  // a default is all of them in a row; every other argument is one
};

inline constexpr std::size_t kMaxNesting = 32;  // the deepest published default has two levels

// What is wrong, and where the expression starts.
struct SyntaxError {
  std::size_t offset = 0;
  std::string message;
};

// The expression whose "${" is at text[pos]; leaves pos behind its "}".
[[nodiscard]] std::expected<Expression, SyntaxError> parse_expression(std::string_view text, std::size_t& pos);

}  // namespace slipway::providers::detail
