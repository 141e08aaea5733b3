// Block style, written by hand: yaml-cpp's emitter does not quote what a YAML 1.1 reader would take for another type.
#include <algorithm>

#include "pkg/base/strings.h"
#include "pkg/yaml/yaml.h"

namespace slipway::yaml {
namespace {

bool plain(std::string_view text) {
  if (text.empty() || text.size() > 200) return false;
  const auto word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (!word(text.front()) && text.front() != '/') return false;
  for (const char c : text)
    if (!word(c) && !(c >= '0' && c <= '9') && std::string_view("-_./+@").find(c) == std::string_view::npos) return false;
  const std::string lower = to_lower(text);
  for (const std::string_view taken : {"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
    if (lower == taken) return false;
  return true;
}

bool literal_block(std::string_view text) {
  return text.size() > 1 && text.find('\n') != std::string_view::npos && text.back() == '\n' && !text.starts_with(' ') && !text.starts_with('\n') &&
         std::ranges::none_of(text, [](char c) { return (c >= 0 && c < ' ' && c != '\n') || c == '\x7f'; }) && text.find("\n\n\n") == std::string_view::npos &&
         !text.ends_with("\n\n");
}

void scalar(std::string& out, const json::Value& value, std::size_t indent) {
  if (!value.is_string()) {
    out += json::dump(value);
    return;
  }
  const std::string_view text = value.as_string();
  if (plain(text)) {
    out += text;
  } else if (literal_block(text)) {
    out += "|";
    for (const std::string& line : split(text.substr(0, text.size() - 1), '\n')) {
      out += '\n';
      if (!line.empty()) out.append(indent, ' ').append(line);
    }
  } else {
    out += json::dump(value);  // a JSON string is a YAML double-quoted scalar
  }
}

std::string key_text(const std::string& key) { return plain(key) ? key : json::dump(json::Value(key)); }

void block(std::string& out, const json::Value& value, std::size_t indent, bool first_inline);

void member_value(std::string& out, const json::Value& value, std::size_t indent, bool in_sequence) {
  if ((value.is_array() || value.is_object()) && value.size() == 0) {
    out += value.is_array() ? " []\n" : " {}\n";
  } else if (value.is_object()) {
    out += '\n';
    block(out, value, indent + 2, false);
  } else if (value.is_array()) {
    out += '\n';
    block(out, value, in_sequence ? indent + 2 : indent, false);
  } else {
    out += ' ';
    scalar(out, value, indent + 2);
    out += '\n';
  }
}

// first_inline: the first line continues a "- " that is already written.
void block(std::string& out, const json::Value& value, std::size_t indent, bool first_inline) {
  bool pad = !first_inline;
  if (value.is_object()) {
    for (const json::Member& member : value.object()) {
      if (pad) out.append(indent, ' ');
      pad = true;
      out.append(key_text(member.key)).append(":");
      member_value(out, member.value, indent, false);
    }
    return;
  }
  for (const json::Value& element : value.array()) {
    if (pad) out.append(indent, ' ');
    pad = true;
    out += '-';
    if (element.size() > 0) {
      out += ' ';
      block(out, element, indent + 2, true);
    } else {
      member_value(out, element, indent, true);
    }
  }
}

}  // namespace

std::string dump(const json::Value& value) {
  std::string out;
  if (value.size() > 0) {
    block(out, value, 0, false);
  } else {
    scalar(out, value, 2);
    out += '\n';
  }
  return out;
}

}  // namespace slipway::yaml
