#include "pkg/kubesim/names.h"

#include <algorithm>

#include "pkg/base/strings.h"

namespace slipway::kubesim {
namespace {

using Problems = std::vector<std::string>;

bool lower(char c) { return c >= 'a' && c <= 'z'; }
bool digit(char c) { return c >= '0' && c <= '9'; }
bool alnum(char c) { return lower(c) || digit(c) || (c >= 'A' && c <= 'Z'); }

bool is_label(std::string_view s) {
  const auto edge = [](char c) { return lower(c) || digit(c); };
  return !s.empty() && edge(s.front()) && edge(s.back()) && std::ranges::all_of(s, [&](char c) { return edge(c) || c == '-'; });
}

bool is_subdomain(std::string_view s) {
  const auto parts = split(s, '.');
  return std::ranges::all_of(parts, [](const std::string& part) { return is_label(part); });
}

// ([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]
bool is_qualified_part(std::string_view s) {
  return !s.empty() && alnum(s.front()) && alnum(s.back()) && std::ranges::all_of(s, [](char c) { return alnum(c) || c == '-' || c == '_' || c == '.'; });
}

std::string too_long(std::size_t max) { return "must be no more than " + std::to_string(max) + " bytes"; }

std::string regex_error(std::string_view message, std::string_view format, std::initializer_list<std::string_view> examples) {
  std::string out(message);
  out += " (e.g. ";
  bool first = true;
  for (const auto example : examples) {
    if (!first) out += " or ";
    first = false;
    out.append("'").append(example).append("', ");
  }
  return out.append("regex used for validation is '").append(format).append("')");
}

constexpr std::string_view kQualified = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

std::string qualified_error() {
  return regex_error("must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character", kQualified,
                     {"MyName", "my.name", "123-abc"});
}

}  // namespace

Problems dns_label_problems(std::string_view value) {
  Problems out;
  if (value.size() > 63) out.push_back(too_long(63));
  if (is_label(value)) return out;
  if (is_subdomain(value)) {
    out.emplace_back("must not contain dots");
  } else {
    out.push_back(
        regex_error("a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an "
                    "alphanumeric character",
                    "[a-z0-9]([-a-z0-9]*[a-z0-9])?", {"my-name", "123-abc"}));
  }
  return out;
}

Problems dns_subdomain_problems(std::string_view value) {
  Problems out;
  if (value.size() > 253) out.push_back(too_long(253));
  if (!is_subdomain(value))
    out.push_back(
        regex_error("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with "
                    "an alphanumeric character",
                    "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", {"example.com"}));
  return out;
}

Problems dns_1035_problems(std::string_view value) {
  Problems out;
  if (value.size() > 63) out.push_back(too_long(63));
  if (!is_label(value) || !lower(value.front()))
    out.push_back(
        regex_error("a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with "
                    "an alphanumeric character",
                    "[a-z]([-a-z0-9]*[a-z0-9])?", {"my-name", "abc-123"}));
  return out;
}

Problems path_segment_problems(std::string_view value) {
  if (value == "." || value == "..") return {"may not be '" + std::string(value) + "'"};
  Problems out;
  for (const char c : {'/', '%'})
    if (value.contains(c)) out.push_back(std::string("may not contain '") + c + "'");
  return out;
}

Problems qualified_name_problems(std::string_view value) {
  Problems out;
  const auto parts = split(value, '/');
  if (parts.size() > 2) return {"a qualified name " + qualified_error() + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"};
  if (parts.size() == 2) {
    if (parts[0].empty()) out.emplace_back("prefix part must be non-empty");
    if (!parts[0].empty())
      for (const auto& problem : dns_subdomain_problems(parts[0])) out.push_back("prefix part " + problem);
  }
  const std::string& name = parts.back();
  if (name.empty()) {
    out.emplace_back("name part must be non-empty");
  } else if (name.size() > 63) {
    out.push_back("name part " + too_long(63));
  }
  if (!is_qualified_part(name)) out.push_back("name part " + qualified_error());
  return out;
}

Problems label_value_problems(std::string_view value) {
  Problems out;
  if (value.size() > 63) out.push_back(too_long(63));
  if (!value.empty() && !is_qualified_part(value))
    out.push_back(
        regex_error("a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
                    "alphanumeric character",
                    "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?", {"MyValue", "my_value", "12345"}));
  return out;
}

}  // namespace slipway::kubesim
