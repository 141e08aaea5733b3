#include "pkg/providers/detail/expand.h"

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "pkg/providers/detail/glob.h"
#include "pkg/providers/detail/unicode.h"

namespace slipway::providers::detail {
namespace {

std::unexpected<Error> too_much() {
  return fail(Disposition::Invalid, "the expressions up to here ask for more than " + std::to_string(kMaxWork >> 20U) + " MiB of work");
}

std::string letter_case(std::string_view text, char32_t (*change)(char32_t) noexcept, bool first_only) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint c = code_point_at(text, i);
    append_utf8(out, first_only && i > 0 ? c.value : change(c.value));
    i += c.size;
  }
  return out;
}

// A sign and decimal digits, nothing else; nothing where it does not fit.
std::optional<std::int64_t> number(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  std::int64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

bool inside_character(std::string_view text, std::size_t at) {
  for (std::size_t back = 1; back < 4 && back <= at; ++back)
    if (code_point_at(text, at - back).size > back) return true;
  return false;
}

// A number that cannot be read leaves the value as it is; a negative position counts from the end.
Result<std::string> substring(const std::string& value, const std::vector<std::string>& words) {
  const auto size = static_cast<std::int64_t>(value.size());
  const auto position = number(words[0]);
  if (!position) return value;
  const std::int64_t from = *position >= 0 ? *position : *position < -size ? 0 : size + *position;
  std::int64_t length = size;
  if (words.size() > 1) {
    const auto given = number(words[1]);
    if (!given) return value;
    length = *given;
  }
  if (from >= size) {
    if (length < 0 && from + length < size) return fail(Disposition::Invalid, "the length is negative");
    return std::string();
  }
  if (length < 0) return fail(Disposition::Invalid, "the length is negative");
  const auto begin = static_cast<std::size_t>(from);
  const std::size_t end = length >= size - from ? value.size() : begin + static_cast<std::size_t>(length);
  if (inside_character(value, begin) || (end < value.size() && inside_character(value, end)))
    return fail(Disposition::Invalid, "positions are counted in bytes, and this one cuts a character");
  return value.substr(begin, end - begin);
}

}  // namespace

bool Expander::spend(std::size_t bytes) {
  if (bytes > kMaxWork - work_) return false;
  work_ += bytes;
  return true;
}

Result<std::string> Expander::expand(const Expression& expression) {
  std::vector<std::string> words;
  for (const Word& part : expression.words) {
    auto text = word(part);
    if (!text) return text;
    words.push_back(std::move(*text));
  }
  const auto found = variables_.find(std::string(expression.name));
  std::string value = found == variables_.end() ? std::string() : found->second;
  if (!spend(value.size())) return too_much();
  return apply(expression.form, std::move(value), words);
}

Result<std::string> Expander::word(const Word& word) {
  if (word.expression) return expand(*word.expression);
  if (!spend(word.text.size())) return too_much();
  return word.text;
}

Result<std::string> Expander::apply(Form form, std::string value, const std::vector<std::string>& words) {
  const auto trim = [&](auto function, Extent extent) -> Result<std::string> {
    if (words[0].size() > kMaxWork / (value.size() + 1) || !spend(words[0].size() * value.size())) return too_much();
    return function(value, words[0], extent);
  };
  switch (form) {
    case Form::Value: return value;
    case Form::Default:
      if (value.empty())
        for (const std::string& part : words) value += part;
      return value;
    case Form::Length: return std::to_string(value.size());
    case Form::Substring: return substring(value, words);
    case Form::UpperFirst: return letter_case(value, to_upper, true);
    case Form::Upper: return letter_case(value, to_upper, false);
    case Form::LowerFirst: return letter_case(value, to_lower, true);
    case Form::Lower: return letter_case(value, to_lower, false);
    case Form::TrimPrefix: return trim(trim_prefix, Extent::Shortest);
    case Form::TrimLongestPrefix: return trim(trim_prefix, Extent::Longest);
    case Form::TrimSuffix: return trim(trim_suffix, Extent::Shortest);
    case Form::TrimLongestSuffix: return trim(trim_suffix, Extent::Longest);
    case Form::ReplaceFirst:
      if (const auto at = value.find(words[0]); at != std::string::npos) value.replace(at, words[0].size(), words.size() > 1 ? words[1] : std::string());
      return value;
    case Form::ReplaceAll: return replace_all(value, words[0], words.size() > 1 ? words[1] : std::string());
    case Form::ReplacePrefix:  // with nothing to put in its place, a start or an end stays
      if (words.size() > 1 && value.starts_with(words[0])) value.replace(0, words[0].size(), words[1]);
      return value;
    case Form::ReplaceSuffix:
      if (words.size() > 1 && value.ends_with(words[0])) value.replace(value.size() - words[0].size(), words[0].size(), words[1]);
      return value;
  }
  std::unreachable();
}

// An empty `from` stands before every character and at the end.
Result<std::string> Expander::replace_all(const std::string& value, const std::string& from, const std::string& to) {
  std::string out;
  for (std::size_t i = 0; i <= value.size();) {
    const std::size_t at = from.empty() ? i : value.find(from, i);
    if (at == std::string::npos || (from.empty() && at == value.size())) {
      out += value.substr(i);
      if (from.empty()) out += to;
      break;
    }
    if (!spend(to.size())) return too_much();
    const std::size_t kept = from.empty() ? code_point_at(value, at).size : at - i;
    if (from.empty()) out += to;
    out += value.substr(i, kept);
    if (!from.empty()) out += to;
    i = from.empty() ? i + kept : at + from.size();
  }
  return out;
}

}  // namespace slipway::providers::detail
