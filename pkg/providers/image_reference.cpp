#include <algorithm>

#include "pkg/base/strings.h"
#include "pkg/providers/images.h"

namespace slipway::providers {
namespace {

constexpr std::size_t kMaxName = 255;  // distribution/reference: the whole name, with its domain
constexpr std::size_t kMaxTag = 128;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }
bool is_alphanumeric(char c) { return is_digit(c) || is_lower(c) || is_upper(c); }

// Lower case and digits, with a dot, one or two underscores, or any number of dashes between them.
bool is_path_component(std::string_view text) {
  std::string_view separator;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && (text[i] == '.' || text[i] == '_' || text[i] == '-')) {
      separator = text.substr(i - separator.size(), separator.size() + 1);
      continue;
    }
    if (i < text.size() && !is_digit(text[i]) && !is_lower(text[i])) return false;
    const bool at_edge = i == separator.size() || i == text.size();
    const bool dashes = separator.find_first_not_of('-') == std::string_view::npos;
    if (!separator.empty() && (at_edge || (!dashes && separator != "." && separator != "_" && separator != "__"))) return false;
    separator = {};
  }
  return !text.empty();
}

bool is_host(std::string_view host) {
  if (host.starts_with('['))
    return host.size() > 2 && host.ends_with(']') &&
           std::ranges::all_of(host.substr(1, host.size() - 2), [](char c) { return is_hex(c) || c == ':' || (c >= 'A' && c <= 'F'); });
  return std::ranges::all_of(split(host, '.'), [](std::string_view label) {
    const bool edges = !label.empty() && is_alphanumeric(label.front()) && is_alphanumeric(label.back());
    return edges && std::ranges::all_of(label, [](char c) { return is_alphanumeric(c) || c == '-'; });
  });
}

bool is_domain(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || text.ends_with(']')) return is_host(text);
  const std::string_view port = text.substr(colon + 1);
  return is_host(text.substr(0, colon)) && !port.empty() && std::ranges::all_of(port, is_digit);
}

bool is_tag(std::string_view text) {
  return !text.empty() && text.size() <= kMaxTag && text.front() != '.' && text.front() != '-' &&
         std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || c == '_' || c == '.' || c == '-'; });
}

bool is_digest(std::string_view text) {
  const auto colon = text.find(':');
  const std::string_view algorithm = text.substr(0, colon);
  const std::size_t digits = algorithm == "sha256" ? 64 : algorithm == "sha384" ? 96 : algorithm == "sha512" ? 128 : 0;
  return digits != 0 && text.size() == colon + 1 + digits && std::ranges::all_of(text.substr(colon + 1), is_hex);
}

// What stands before the first slash is a domain where it cannot be a path component of Docker's hub.
bool looks_like_domain(std::string_view first) {
  return first == "localhost" || first.find_first_of(".:[") != std::string_view::npos || std::ranges::any_of(first, is_upper);
}

}  // namespace

Result<ImageReference> parse_image(std::string_view text) {
  const auto wrong = [text](std::string_view what) {
    const std::string shown = is_utf8(text) ? "\"" + shorten(text, 100) + "\"" : "the text";
    return fail(Disposition::Invalid, shown + " is no image reference: " + std::string(what));
  };
  ImageReference out;
  std::string_view rest = text;
  if (const auto at = rest.find('@'); at != std::string_view::npos) {
    out.digest = rest.substr(at + 1);
    rest = rest.substr(0, at);
    if (!is_digest(out.digest)) return wrong("the digest must be sha256, sha384 or sha512 and its lower-case hexadecimal digits");
  }
  const auto slash = rest.rfind('/');
  if (const auto colon = rest.rfind(':'); colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash)) {
    out.tag = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
    if (!is_tag(out.tag)) return wrong("a tag is at most 128 letters, digits, _, . and -, and starts with none of the last two");
  }
  if (rest.size() > kMaxName) return wrong("the name is longer than 255 bytes");
  std::vector<std::string> parts = split(rest, '/');
  if (parts.size() > 1 && looks_like_domain(parts.front())) {
    out.domain = parts.front();
    parts.erase(parts.begin());
    if (!is_domain(out.domain)) return wrong("the domain is broken");
  }
  for (const std::string& part : parts)
    if (!is_path_component(part)) return wrong("the path is lower-case letters and digits, with single . or _ or with - between them");
  out.name = std::move(parts.back());
  parts.pop_back();
  out.path = join(parts, "/");
  return out;
}

std::string ImageReference::repository() const { return domain + (domain.empty() || path.empty() ? "" : "/") + path; }

std::string ImageReference::to_string() const {
  const std::string place = repository();
  return place + (place.empty() ? "" : "/") + name + (tag.empty() ? "" : ":" + tag) + (digest.empty() ? "" : "@" + digest);
}

}  // namespace slipway::providers
