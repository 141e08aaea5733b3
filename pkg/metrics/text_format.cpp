#include "pkg/metrics/detail/text_format.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "pkg/base/strings.h"

namespace slipway::metrics::detail {
namespace {

bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else if (c == '"' && quotes)
      out += "\\\"";
    else
      out += c;
  }
}

// d.ddd times ten to the exponent, without an exponent.
std::string positional(std::string_view digits, int exponent) {
  std::string out;
  if (exponent < 0) {
    out.append("0.").append(static_cast<std::size_t>(-exponent - 1), '0').append(digits);
    return out;
  }
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() <= whole) return out.append(digits).append(whole - digits.size(), '0');
  return out.append(digits.substr(0, whole)).append(".").append(digits.substr(whole));
}

}  // namespace

bool is_metric_name(std::string_view name) noexcept {
  if (name.empty() || is_digit(name.front())) return false;
  return std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c) || c == ':'; });
}

bool is_label_name(std::string_view name) noexcept { return is_metric_name(name) && !name.contains(':') && !name.starts_with("__"); }

std::string usable_label_value(std::string_view value) {
  if (value.size() <= kMaxLabelValue && is_utf8(value)) return std::string(value);
  if (is_utf8(value)) return shorten(value, kMaxLabelValue);
  std::string out(value.substr(0, kMaxLabelValue));
  std::ranges::replace_if(out, [](char c) { return static_cast<unsigned char>(c) > 127; }, '?');
  return out;
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  if (value == 0) return "0";
  if (value > 0 && value < 1e6 && value == std::floor(value)) return std::to_string(static_cast<long>(value));
  std::array<char, 40> buffer{};
  const auto [end, ec] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific);
  const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  const auto e = text.find('e');
  int exponent = 0;
  std::from_chars(text.data() + e + (text[e + 1] == '+' ? 2 : 1), text.data() + text.size(), exponent);
  const bool negative = text.front() == '-';
  std::string digits;
  std::ranges::copy_if(text.substr(0, e), std::back_inserter(digits), is_digit);
  // strconv: with the fewest digits, an exponent below -4 or from 6 on is written as such.
  constexpr int kLargest = 6;
  const std::string plain = exponent < -4 || exponent >= kLargest ? std::string(text.substr(negative ? 1 : 0)) : positional(digits, exponent);
  return negative ? "-" + plain : plain;
}

void append_head(std::string& out, std::string_view name, std::string_view help, std::string_view type) {
  out.append("# HELP ").append(name).append(" ");
  append_escaped(out, help, false);
  out.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

void append_sample(std::string& out, std::string_view name, const std::map<std::string, std::string>& labels, std::string_view le, double value) {
  out.append(name);
  char before = '{';
  for (const auto& [label, text] : labels) {
    out += before;
    out.append(label).append("=\"");
    append_escaped(out, text, true);
    out += '"';
    before = ',';
  }
  if (!le.empty()) {
    out += before;
    out.append("le=\"").append(le).append("\"");
    before = ',';
  }
  if (before == ',') out += '}';
  out.append(" ").append(number(value)).append("\n");
}

}  // namespace slipway::metrics::detail
