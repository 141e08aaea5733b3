#include "pkg/providers/sources/auth_challenge.h"

#include <optional>

#include "pkg/base/strings.h"

namespace slipway::providers {
namespace {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}
  [[nodiscard]] bool done() const noexcept { return rest_.empty(); }
  void skip(std::string_view set) { rest_.remove_prefix(std::min(rest_.find_first_not_of(set), rest_.size())); }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string_view word() {
    const std::size_t n = std::min(rest_.find_first_of(" \t,=\""), rest_.size());
    const std::string_view out = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return out;
  }
  // A token or a quoted string; nothing where the quotes do not close.
  std::optional<std::string> value() {
    if (!take('"')) return std::string(word());
    std::string out;
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return out;
      if (c != '\\') {
        out.push_back(c);
      } else if (!rest_.empty()) {
        out.push_back(rest_.front());
        rest_.remove_prefix(1);
      }
    }
    return std::nullopt;
  }

 private:
  std::string_view rest_;
};

}  // namespace

std::vector<AuthChallenge> parse_challenges(std::string_view value) {
  std::vector<AuthChallenge> out;
  Scanner scanner(value);
  for (;;) {
    scanner.skip(" \t,");
    if (scanner.done()) return out;
    const std::string name = to_lower(scanner.word());
    if (name.empty()) return out;
    scanner.skip(" \t");
    if (!scanner.take('=')) {  // a word without a value begins the next challenge
      out.push_back({.scheme = name, .parameters = {}});
      continue;
    }
    scanner.skip(" \t");
    auto text = scanner.value();
    if (!text || out.empty()) return out;
    out.back().parameters.emplace(name, std::move(*text));
  }
}

}  // namespace slipway::providers
