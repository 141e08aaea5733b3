// Tokens of CEL. Pure; any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::kubesim::cel {

enum class TokenKind : std::uint8_t { End, Identifier, Integer, Double, String, Operator };

struct Token {
  TokenKind kind = TokenKind::End;
  std::uint32_t offset = 0;
  std::string text;  // identifier, operator, the number as written, or the string's content
};

struct LexError {
  std::uint32_t offset = 0;
  std::string message;
};

// The last token is End.
[[nodiscard]] std::expected<std::vector<Token>, LexError> tokenize(std::string_view source);

}  // namespace slipway::kubesim::cel
