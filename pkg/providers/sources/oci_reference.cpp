#include "pkg/providers/sources/oci_reference.h"

#include <algorithm>

#include "pkg/base/strings.h"
#include "pkg/providers/sources/digest.h"
#include "pkg/providers/sources/http_url.h"

namespace slipway::providers {
namespace {

constexpr std::string_view kScheme = "oci://";
constexpr std::string_view kForm = "oci://host[:port]/repository[:tag|@sha256:digest] is asked for";
constexpr std::size_t kMaxRepository = 255;

bool lower_or_digit(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool word(char c) noexcept { return lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '_'; }

// [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*
bool is_component(std::string_view part) noexcept {
  if (part.empty() || !lower_or_digit(part.front()) || !lower_or_digit(part.back())) return false;
  for (std::size_t i = 0; i < part.size();) {
    if (lower_or_digit(part[i])) {
      ++i;
      continue;
    }
    const std::size_t end = std::min(part.find_first_not_of("._-", i), part.size());
    const std::string_view separator = part.substr(i, end - i);
    if (separator.empty()) return false;  // another character
    const bool dashes = separator.find_first_not_of('-') == std::string_view::npos;
    if (!dashes && separator != "." && separator != "_" && separator != "__") return false;
    i = end;
  }
  return true;
}
bool is_repository(std::string_view text) {
  return text.size() <= kMaxRepository && std::ranges::all_of(split(text, '/'), [](const std::string& part) { return is_component(part); });
}
bool is_tag(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 128 && word(text.front()) && std::ranges::all_of(text, [](char c) { return word(c) || c == '.' || c == '-'; });
}

bool is_docker_hub(std::string_view host) noexcept { return host == "docker.io" || host == "index.docker.io" || host == "registry-1.docker.io"; }

}  // namespace

std::string OciReference::to_string() const {
  std::string out = std::string(kScheme) + host + "/" + repository;
  if (!digest.empty()) return out + "@" + digest;
  return tag.empty() ? out : out + ":" + tag;
}

std::string OciReference::api() const {
  if (!is_docker_hub(host)) return "https://" + host + "/v2/" + repository;
  return "https://registry-1.docker.io/v2/" + std::string(repository.contains('/') ? "" : "library/") + repository;
}

Result<OciReference> parse_oci_reference(std::string_view text) {
  const auto refuse = [&](const std::string& why) {
    return fail(Disposition::Invalid, "\"" + shorten(text, 200) + "\" is no reference to an OCI artifact: " + why + "; " + std::string(kForm));
  };
  if (!text.starts_with(kScheme)) return refuse("it does not begin with oci://");
  std::string_view rest = text.substr(kScheme.size());
  const auto slash = rest.find('/');
  if (rest.substr(0, slash).contains('@'))
    return fail(Disposition::Invalid,
                "a reference to an OCI artifact holds a user name or password: give them as the source's credentials; " + std::string(kForm));
  if (slash == std::string_view::npos) return refuse("it names no repository");
  OciReference out;
  out.host = to_lower(rest.substr(0, slash));
  if (auto url = parse_http_url("https://" + out.host + "/"); !url) return refuse("its host is none");
  rest.remove_prefix(slash + 1);
  if (const auto at = rest.find('@'); at != std::string_view::npos) {
    out.digest = std::string(rest.substr(at + 1));
    if (!is_sha256_digest(out.digest)) return refuse("what follows the @ is not sha256: and 64 lower-case hexadecimal digits");
    rest = rest.substr(0, at);
  }
  if (const auto colon = rest.find(':'); colon != std::string_view::npos) {
    out.tag = std::string(rest.substr(colon + 1));
    if (!is_tag(out.tag)) return refuse("its tag is none: letters, digits and ._- are");
    if (!out.digest.empty()) out.tag.clear();
    rest = rest.substr(0, colon);
  }
  if (!is_repository(rest)) return refuse("its repository is none: lower-case letters, digits and ._- between slashes are");
  out.repository = std::string(rest);
  return out;
}

std::string tag_of_version(std::string_view version) {
  std::string out(version);
  std::ranges::replace(out, '+', '_');
  return out;
}
std::string version_of_tag(std::string_view tag) {
  std::string out(tag);
  std::ranges::replace(out, '_', '+');
  return out;
}

}  // namespace slipway::providers
