#include "pkg/providers/substitute.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "pkg/base/strings.h"
#include "pkg/providers/detail/expand.h"
#include "pkg/providers/detail/expression.h"

namespace slipway::providers {
namespace {

using detail::Expression;

constexpr std::size_t kMaxShownNames = 16'384;  // bytes; a message goes into a condition

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'; }
bool is_plain_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$'; }

// The text without the spaces of ${ V }, wherever that stands (in a default and behind $$ too), and the line of each place in it.
class Source {
 public:
  explicit Source(std::string_view given) {
    text_.reserve(given.size());
    for (std::size_t i = 0; i < given.size();) {
      const std::size_t next = std::min(given.find("${", i), given.size());
      text_ += given.substr(i, next - i);
      i = next == given.size() ? next : copy_braces(given, next);
    }
  }
  [[nodiscard]] std::string_view text() const { return text_; }

  [[nodiscard]] Error error(std::size_t offset, const std::string& what) const {
    auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(offset), '\n');
    for (const auto& [at, lines] : removed_)
      if (at <= offset) line += lines;
    const std::string_view rest = std::string_view(text_).substr(offset);
    std::string shown = shorten(rest.substr(0, std::min(rest.find_first_of("}\r\n"), rest.size() - 1) + 1), 60);
    if (!is_utf8(shown)) shown = "${...}";
    return {Disposition::Invalid, "line " + std::to_string(line) + ": " + std::string(trim(shown)) + ": " + what};
  }

 private:
  // Where `at` starts ${ V }, copies ${V}; otherwise just the two characters. Returns what is next in `given`.
  std::size_t copy_braces(std::string_view given, std::size_t at) {
    const auto skip = [&](std::size_t from, auto wanted) {
      while (from < given.size() && wanted(given[from])) ++from;
      return from;
    };
    const std::size_t name = skip(at + 2, is_space);
    const std::size_t name_end = skip(name, is_plain_name);
    const std::size_t close = skip(name_end, is_space);
    text_ += "${";
    const bool spaced = name > at + 2 || close > name_end;
    if (!spaced || name == name_end || close >= given.size() || given[close] != '}') return at + 2;
    text_ += given.substr(name, name_end - name);
    text_ += '}';
    const auto inside = given.substr(at, close - at);
    if (const auto lines = std::ranges::count(inside, '\n'); lines > 0) removed_.emplace_back(text_.size(), lines);
    return close + 1;
  }

  std::string text_;
  std::vector<std::pair<std::size_t, std::ptrdiff_t>> removed_;  // line breaks that are gone, by the place behind them
};

// Calls on_text and on_expression(expression, offset) for the parts in their order.
template <class OnText, class OnExpression>
Status walk(const Source& source, OnText on_text, OnExpression on_expression) {
  const std::string_view text = source.text();
  for (std::size_t pos = 0; pos < text.size();) {
    const std::size_t dollar = std::min(text.find('$', pos), text.size());
    on_text(text.substr(pos, dollar - pos));
    pos = dollar;
    if (pos == text.size()) break;
    const char next = pos + 1 < text.size() ? text[pos + 1] : ' ';
    if (next != '{') {
      on_text("$");
      pos += next == '$' ? 2 : 1;
      continue;
    }
    auto expression = detail::parse_expression(text, pos);
    if (!expression) return fail(source.error(expression.error().offset, expression.error().message));
    if (auto done = on_expression(*expression, dollar); !done) return done;
  }
  return {};
}

std::string written_default(const Expression& e) {
  std::string out;
  for (const detail::Word& word : e.words) out += word.expression ? "${" + std::string(word.expression->name) + "}" : word.text;
  return out;
}

// By name, the default of the first occurrence.
Result<std::map<std::string, std::string>> defaults_of(const Source& source) {
  std::map<std::string, std::string> out;
  auto done = walk(
      source, [](std::string_view) {},
      [&](const Expression& e, std::size_t) -> Status {
        const std::string name(e.name);
        if (!out.contains(name)) out.emplace(name, written_default(e));
        return {};
      });
  if (!done) return fail(std::move(done).error());
  return out;
}

}  // namespace

Result<std::string> substitute(std::string_view text, const std::map<std::string, std::string>& variables) {
  const Source source(text);
  const auto defaults = defaults_of(source);
  if (!defaults) return fail(defaults.error());
  std::vector<std::string> missing;
  for (const auto& [name, fallback] : *defaults)
    if (fallback.empty() && !variables.contains(name)) missing.push_back(name);
  if (!missing.empty())
    return fail(Disposition::Invalid,
                "value for variables [" + shorten(join(missing, ", "), kMaxShownNames) + "] is not set; put them into the provider's variablesSecretRef");

  std::string out;
  out.reserve(text.size());
  detail::Expander expander(variables);
  auto done = walk(
      source, [&](std::string_view part) { out += part; },
      [&](const Expression& e, std::size_t offset) -> Status {
        auto value = expander.expand(e);
        if (!value) return fail(source.error(offset, value.error().message()));
        out += *value;
        return {};
      });
  if (!done) return fail(std::move(done).error());
  return out;
}

Result<std::vector<Variable>> variables_of(std::string_view text) {
  const auto defaults = defaults_of(Source(text));
  if (!defaults) return fail(defaults.error());
  std::vector<Variable> out;
  for (const auto& [name, fallback] : *defaults) out.push_back({name, !fallback.empty(), fallback});
  return out;
}

}  // namespace slipway::providers
