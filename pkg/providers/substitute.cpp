#include "pkg/providers/substitute.h"

#include <algorithm>
#include <set>
#include <vector>

#include "pkg/base/strings.h"

namespace slipway::providers {
namespace {

bool is_name_char(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

struct Expression {
  std::string name;
  std::string fallback;
  bool has_fallback = false;
};

Result<Expression> parse_expression(std::string_view inside) {
  const std::string_view text = trim(inside);
  std::size_t end = 0;
  while (end < text.size() && is_name_char(text[end])) ++end;
  Expression e;
  e.name = text.substr(0, end);
  std::string_view rest = text.substr(end);
  const std::string quoted = "${" + shorten(text, 60) + "}";
  if (e.name.empty()) return fail(Disposition::Invalid, quoted + " has no variable name");
  if (rest.empty()) return e;
  for (const std::string_view form : {":=", ":-", "="}) {
    if (!rest.starts_with(form)) continue;
    e.fallback = rest.substr(form.size());
    e.has_fallback = true;
    if (e.fallback.find("${") != std::string::npos)
      return fail(Disposition::Invalid, quoted + ": a default that holds another ${...} is not supported; write the value out");
    return e;
  }
  return fail(Disposition::Invalid, quoted + " is not supported; use ${" + e.name + "} or ${" + e.name + ":=default}");
}

}  // namespace

Result<std::string> substitute(std::string_view text, const std::map<std::string, std::string>& variables) {
  std::string out;
  out.reserve(text.size());
  std::set<std::string> missing;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '$') {
      out.push_back(text[i++]);
    } else if (text.substr(i).starts_with("$$")) {
      out.push_back('$');
      i += 2;
    } else if (text.substr(i).starts_with("${")) {
      const auto close = text.find('}', i);
      const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(i), '\n');
      if (close == std::string_view::npos) return fail(Disposition::Invalid, "line " + std::to_string(line) + ": missing closing brace after ${");
      auto expression = parse_expression(text.substr(i + 2, close - i - 2));
      if (!expression) return fail(std::move(expression).error().in("line " + std::to_string(line)));
      const auto value = variables.find(expression->name);
      if (value != variables.end() && (!value->second.empty() || !expression->has_fallback)) {
        out += value->second;
      } else if (expression->has_fallback && !expression->fallback.empty()) {
        out += expression->fallback;
      } else if (value == variables.end()) {
        missing.insert(expression->name);  // an empty default counts as none, as in clusterctl
      }
      i = close + 1;
    } else {
      out.push_back(text[i++]);
    }
  }
  if (missing.empty()) return out;
  const std::vector<std::string> names(missing.begin(), missing.end());
  return fail(Disposition::Invalid, "value for variables [" + join(names, ", ") + "] is not set; put them into the provider's variablesSecretRef");
}

}  // namespace slipway::providers
