#include "pkg/providers/detail/glob.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "pkg/providers/detail/unicode.h"

namespace slipway::providers::detail {
namespace {

using Characters = std::vector<char32_t>;

struct Range {
  char32_t first, last;
};
struct Token {
  enum class Kind : std::uint8_t { Star, Any, Class } kind = Kind::Any;
  bool negated = false;
  std::vector<Range> ranges;  // of a Class; a single character is one of one
};

Characters characters(std::string_view text) {
  Characters out;
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint c = code_point_at(text, i);
    out.push_back(c.value);
    i += c.size;
  }
  return out;
}

// One end of a range; i is left behind it.
std::optional<char32_t> class_character(const Characters& pattern, std::size_t& i) {
  if (i >= pattern.size() || pattern[i] == '-' || pattern[i] == ']') return std::nullopt;
  if (pattern[i] == '\\') ++i;
  if (i >= pattern.size()) return std::nullopt;
  return pattern[i] >= kBroken ? std::nullopt : std::optional(pattern[i++]);
}

std::optional<Token> character_class(const Characters& pattern, std::size_t& i) {
  Token token{Token::Kind::Class, false, {}};
  if (i < pattern.size() && pattern[i] == '^') {
    token.negated = true;
    ++i;
  }
  do {
    const auto first = class_character(pattern, i);
    if (!first) return std::nullopt;
    token.ranges.push_back({*first, *first});
    if (i >= pattern.size() || pattern[i] != '-') continue;
    const auto last = class_character(pattern, ++i);
    if (!last) return std::nullopt;
    token.ranges.back().last = *last;
  } while (i >= pattern.size() || pattern[i] != ']');
  ++i;
  return token;
}

std::optional<std::vector<Token>> compile(const Characters& pattern) {
  std::vector<Token> tokens;
  for (std::size_t i = 0; i < pattern.size();) {
    char32_t c = pattern[i++];
    if (c == '*') {
      if (tokens.empty() || tokens.back().kind != Token::Kind::Star) tokens.push_back({Token::Kind::Star, false, {}});
    } else if (c == '?') {
      tokens.push_back({Token::Kind::Any, false, {}});
    } else if (c == '[') {
      auto token = character_class(pattern, i);
      if (!token) return std::nullopt;
      tokens.push_back(std::move(*token));
    } else {
      if (c == '\\' && i >= pattern.size()) return std::nullopt;
      if (c == '\\') c = pattern[i++];
      tokens.push_back({Token::Kind::Class, false, {{c, c}}});
    }
  }
  return tokens;
}

bool accepts(const Token& token, char32_t c) {
  if (token.kind != Token::Kind::Class) return true;
  return std::ranges::any_of(token.ranges, [c](const Range& r) { return r.first <= c && c <= r.last; }) != token.negated;
}

// All states of the glob at once, a character of the text a step: state k says that what was read matches the first k tokens.
std::size_t match_length(const Characters& text, const std::vector<Token>& tokens, Extent extent) {
  const auto is_star = [&tokens](std::size_t k) { return k < tokens.size() && tokens[k].kind == Token::Kind::Star; };
  std::vector<char> reached(tokens.size() + 1, 0);
  std::vector<char> next = reached;
  reached[0] = 1;
  if (is_star(0)) reached[1] = 1;
  std::size_t length = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::ranges::fill(next, 0);
    for (std::size_t k = 0; k < tokens.size(); ++k) {
      if (reached[k] == 0) continue;
      if (is_star(k)) {
        next[k] = next[k + 1] = 1;
      } else if (accepts(tokens[k], text[i])) {
        next[k + 1] = 1;
        if (is_star(k + 1)) next[k + 2] = 1;
      }
    }
    reached.swap(next);
    if (reached.back() == 0) continue;
    length = i + 1;
    if (extent == Extent::Shortest) break;
  }
  return length;
}

std::string trim(std::string_view text, std::string_view pattern, Extent extent, bool backwards) {
  Characters subject = characters(text);
  Characters glob = characters(pattern);
  if (backwards) std::ranges::reverse(subject);
  if (backwards) std::ranges::reverse(glob);
  const auto tokens = compile(glob);
  if (!tokens) return std::string(text);
  subject.erase(subject.begin(), subject.begin() + static_cast<std::ptrdiff_t>(match_length(subject, *tokens, extent)));
  if (backwards) std::ranges::reverse(subject);
  std::string out;
  for (const char32_t c : subject) append_utf8(out, c);
  return out;
}

}  // namespace

std::string trim_prefix(std::string_view text, std::string_view pattern, Extent extent) { return trim(text, pattern, extent, false); }

std::string trim_suffix(std::string_view text, std::string_view pattern, Extent extent) { return trim(text, pattern, extent, true); }

}  // namespace slipway::providers::detail
