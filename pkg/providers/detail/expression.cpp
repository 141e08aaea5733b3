#include "pkg/providers/detail/expression.h"

#include <utility>

#include "pkg/providers/detail/unicode.h"

namespace slipway::providers::detail {
namespace {

using Parsed = std::expected<Expression, SyntaxError>;
using Done = std::expected<void, SyntaxError>;

class Parser {
 public:
  Parser(std::string_view text, std::size_t pos) : text_(text), pos_(pos) {}
  [[nodiscard]] std::size_t pos() const { return pos_; }

  Parsed expression(std::size_t depth) {
    const std::size_t outer = std::exchange(start_, pos_);
    if (depth > kMaxNesting) return wrong("more than " + std::to_string(kMaxNesting) + " expressions inside of each other");
    pos_ += 2;
    Expression e;
    if (auto done = body(e, depth); !done) return std::unexpected(std::move(done).error());
    if (!take('}')) return wrong(at_end() ? "missing closing brace" : "missing closing brace where the expression should end");
    start_ = outer;
    return e;
  }

 private:
  [[nodiscard]] bool at_end() const { return pos_ >= text_.size(); }
  [[nodiscard]] char peek(std::size_t ahead = 0) const { return pos_ + ahead < text_.size() ? text_[pos_ + ahead] : '\0'; }
  [[nodiscard]] bool at_expression() const { return peek() == '$' && peek(1) == '{'; }
  bool take(char c) {
    if (at_end() || text_[pos_] != c) return false;
    ++pos_;
    return true;
  }
  [[nodiscard]] std::unexpected<SyntaxError> wrong(std::string message) const { return std::unexpected(SyntaxError{start_, std::move(message)}); }

  Done name(Expression& e) {
    const std::size_t from = pos_;
    while (!at_end()) {
      const CodePoint c = code_point_at(text_, pos_);
      if (c.value != '_' && !is_letter_or_digit(c.value)) break;
      pos_ += c.size;
    }
    e.name = text_.substr(from, pos_ - from);
    if (e.name.empty()) return wrong("has no variable name (letters, digits and _)");
    return {};
  }

  Done body(Expression& e, std::size_t depth) {
    if (take('#')) {
      e.form = Form::Length;
      return name(e);
    }
    if (auto named = name(e); !named) return named;
    const char next = peek(1);
    switch (peek()) {
      case ':': return next == '=' || next == '-' || next == '?' || next == '+' ? fallback(e, 2, depth) : substring(e, depth);
      case '=': return fallback(e, 1, depth);
      case ',':
      case '^': letter_case(e); return {};
      case '#':
      case '%': return trim(e, depth);
      case '/': return replacement(e, depth);
      default: return {};
    }
  }

  // ${V:=a${W}b}: up to the first brace that closes no inner expression; nothing is escaped.
  Done fallback(Expression& e, std::size_t operator_size, std::size_t depth) {
    e.form = Form::Default;
    pos_ += operator_size;
    while (peek() != '}') {
      if (at_end()) return wrong("missing closing brace");
      if (auto done = word(e, "}", false, depth); !done) return done;
    }
    return {};
  }

  Done substring(Expression& e, std::size_t depth) {
    e.form = Form::Substring;
    ++pos_;
    if (static_cast<unsigned char>(peek()) >= 0x80U) return wrong("bad substitution: a position is a number");
    if (auto done = word(e, ":}", false, depth); !done) return done;
    if (peek() != ':') return {};
    while (take(':')) continue;  // any number of them is one
    return word(e, "}", false, depth);
  }

  // ${V^,} is no form of a shell; it is read, and is the value unchanged.
  void letter_case(Expression& e) {
    const char first = text_[pos_++];
    const char second = peek();
    if (second != ',' && second != '^') {
      e.form = first == '^' ? Form::UpperFirst : Form::LowerFirst;
      return;
    }
    ++pos_;
    e.form = first != second ? Form::Value : first == '^' ? Form::Upper : Form::Lower;
  }

  Done trim(Expression& e, std::size_t depth) {
    const char mark = text_[pos_++];
    const bool longest = take(mark);
    if (mark == '#') e.form = longest ? Form::TrimLongestPrefix : Form::TrimPrefix;
    if (mark == '%') e.form = longest ? Form::TrimLongestSuffix : Form::TrimSuffix;
    return word(e, "}", false, depth);
  }

  // The pattern ends at a slash, even if that is behind the next brace.
  Done replacement(Expression& e, std::size_t depth) {
    ++pos_;
    e.form = take('/') ? Form::ReplaceAll : take('#') ? Form::ReplacePrefix : take('%') ? Form::ReplaceSuffix : Form::ReplaceFirst;
    if (auto done = word(e, "/", true, depth); !done) return done;
    if (peek() != '/') return wrong("bad substitution: a replacement is ${V/old/new}, with both slashes");
    while (take('/')) continue;  // any number of them is one
    return peek() == '}' ? Done{} : word(e, "}", true, depth);
  }

  // An inner expression, or text up to one of `stops` or to an inner expression; never empty. Escapes are \/ \\ and $$.
  Done word(Expression& e, std::string_view stops, bool escapes, std::size_t depth) {
    Word& word = e.words.emplace_back();
    if (at_expression()) {
      auto inner = expression(depth + 1);
      if (!inner) return std::unexpected(std::move(inner).error());
      word.expression = std::make_unique<Expression>(std::move(*inner));
      return {};
    }
    while (!at_end() && !at_expression() && !stops.contains(peek())) {
      if (escapes && ((peek() == '$' && peek(1) == '$') || (peek() == '\\' && (peek(1) == '/' || peek(1) == '\\')))) ++pos_;
      word.text.push_back(text_[pos_++]);
    }
    if (word.text.empty()) return wrong(at_end() ? "missing closing brace" : "bad substitution: an argument is missing");
    return {};
  }

  std::string_view text_;
  std::size_t pos_;
  std::size_t start_ = 0;  // of the innermost expression
};

}  // namespace

std::expected<Expression, SyntaxError> parse_expression(std::string_view text, std::size_t& pos) {
  Parser parser(text, pos);
  auto e = parser.expression(1);
  if (e) pos = parser.pos();
  return e;
}

}  // namespace slipway::providers::detail
