#include "pkg/kubesim/cel_lexer.h"

#include <optional>
#include <utility>

#include "pkg/base/strings.h"
#include "pkg/kubesim/utf8.h"

namespace slipway::kubesim::cel {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name(char c) { return c == '_' || is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

class Lexer {
 public:
  explicit Lexer(std::string_view source) : text_(source) {}

  std::expected<std::vector<Token>, LexError> run() {
    while (skip_space(), at_ < text_.size()) {
      start_ = at_;
      if (auto error = next()) return std::unexpected(LexError{static_cast<std::uint32_t>(start_), std::move(*error)});
    }
    start_ = at_;
    push(TokenKind::End, "");
    return std::move(tokens_);
  }

 private:
  void push(TokenKind kind, std::string text) { tokens_.push_back({kind, static_cast<std::uint32_t>(start_), std::move(text)}); }

  void skip_space() {
    while (at_ < text_.size()) {
      if (text_.substr(at_).starts_with("//")) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (std::string_view(" \t\r\n\f").find(text_[at_]) != std::string_view::npos) {
        ++at_;
      } else {
        return;
      }
    }
  }

  // Nothing where a token was read, else what is wrong.
  std::optional<std::string> next() {
    const char c = text_[at_];
    if (is_digit(c) || (c == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) return number();
    if (c == '"' || c == '\'') return string(false);
    if ((c == 'r' || c == 'R') && at_ + 1 < text_.size() && (text_[at_ + 1] == '"' || text_[at_ + 1] == '\'')) {
      ++at_;
      return string(true);
    }
    if ((c == 'b' || c == 'B') && at_ + 1 < text_.size() && (text_[at_ + 1] == '"' || text_[at_ + 1] == '\'')) return "bytes literals are not supported";
    if (is_name(c)) {
      while (at_ < text_.size() && is_name(text_[at_])) ++at_;
      push(TokenKind::Identifier, std::string(text_.substr(start_, at_ - start_)));
      return std::nullopt;
    }
    return operation();
  }

  std::optional<std::string> operation() {
    static constexpr std::string_view kTwo[] = {"==", "!=", "<=", ">=", "&&", "||"};
    for (const std::string_view op : kTwo) {
      if (!text_.substr(at_).starts_with(op)) continue;
      at_ += 2;
      push(TokenKind::Operator, std::string(op));
      return std::nullopt;
    }
    static constexpr std::string_view kOne = "<>!+-*/%?:,.()[]{}";
    if (kOne.find(text_[at_]) == std::string_view::npos) return "Syntax error: token recognition error at: '" + std::string(1, text_[at_]) + "'";
    push(TokenKind::Operator, std::string(1, text_[at_++]));
    return std::nullopt;
  }

  std::optional<std::string> number() {
    bool floating = false;
    if (text_.substr(at_).starts_with("0x") || text_.substr(at_).starts_with("0X")) {
      at_ += 2;
      while (at_ < text_.size() && is_name(text_[at_])) ++at_;
    } else {
      while (at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '.')) floating |= text_[at_++] == '.';
      if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
        floating = true;
        ++at_;
        if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
        while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
      }
    }
    if (at_ < text_.size() && (text_[at_] == 'u' || text_[at_] == 'U')) return "unsigned integers are not supported";
    push(floating ? TokenKind::Double : TokenKind::Integer, std::string(text_.substr(start_, at_ - start_)));
    return std::nullopt;
  }

  std::optional<std::string> string(bool raw) {
    std::string_view quote = text_.substr(at_, 1);
    if (text_.substr(at_).starts_with(std::string(3, quote.front()))) quote = text_.substr(at_, 3);
    at_ += quote.size();
    std::string content;
    while (at_ < text_.size()) {
      if (text_.substr(at_).starts_with(quote)) {
        at_ += quote.size();
        push(TokenKind::String, std::move(content));
        return std::nullopt;
      }
      if (text_[at_] == '\n' && quote.size() == 1) break;
      if (text_[at_] == '\\' && !raw) {
        if (!escape(content)) return "Syntax error: invalid escape in string";
      } else {
        content.push_back(text_[at_++]);
      }
    }
    return "Syntax error: token recognition error at: '" + shorten(text_.substr(start_), 20) + "'";
  }

  bool escape(std::string& out) {
    if (++at_ >= text_.size()) return false;
    static constexpr std::string_view kFrom = "abfnrtv\\?\"'`";
    static constexpr std::string_view kTo = "\a\b\f\n\r\t\v\\?\"'`";
    const char c = text_[at_++];
    if (const auto i = kFrom.find(c); i != std::string_view::npos) {
      out.push_back(kTo[i]);
      return true;
    }
    const std::size_t digits = c == 'x' || c == 'X' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : c >= '0' && c <= '3' ? 3 : 0;
    if (digits == 0) return false;
    const bool octal = digits == 3;
    if (octal) --at_;
    char32_t rune = 0;
    for (std::size_t i = 0; i < digits; ++i, ++at_) {
      if (at_ >= text_.size()) return false;
      const char d = static_cast<char>(text_[at_] | 0x20);
      const int value = is_digit(text_[at_]) ? text_[at_] - '0' : d >= 'a' && d <= 'f' ? d - 'a' + 10 : 99;
      if (value >= (octal ? 8 : 16)) return false;
      rune = rune * (octal ? 8 : 16) + static_cast<char32_t>(value);
    }
    if (rune > 0x10FFFF || (rune >= 0xD800 && rune <= 0xDFFF)) return false;
    utf8_append(out, rune);
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t start_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

std::expected<std::vector<Token>, LexError> tokenize(std::string_view source) { return Lexer(source).run(); }

}  // namespace slipway::kubesim::cel
