#include "pkg/providers/sources/docker_config.h"

#include <vector>

#include "pkg/base/strings.h"
#include "pkg/json/value.h"

namespace slipway::providers {
namespace {

// "https://index.docker.io/v1/" is a host too; an entry for one path of a host is not an entry for all of it.
std::string host_of(std::string_view key) {
  for (const std::string_view scheme : {"https://", "http://"})
    if (key.starts_with(scheme)) key.remove_prefix(scheme.size());
  const auto slash = key.find('/');
  const std::string_view path = slash == std::string_view::npos ? std::string_view() : key.substr(slash + 1);
  if (!path.empty() && path != "v1" && path != "v1/" && path != "v2" && path != "v2/") return {};
  const std::string host = to_lower(key.substr(0, slash));
  return host == "index.docker.io" || host == "registry-1.docker.io" ? "docker.io" : host;
}

Result<Access> access_of(const json::Value& entry, const std::string& what) {
  Access access;
  access.token = entry["registrytoken"].str();
  access.username = entry["username"].str();
  access.password = entry["password"].str();
  if (!access.token.empty() || (!access.username.empty() && !access.password.empty())) return access;
  if (!entry["identitytoken"].as_string().empty())
    return fail(Disposition::Invalid, what + " has an identity token, which is not supported: give a user name and password");
  std::string both;
  if (!base64_decode(entry["auth"].as_string(), both) || !both.contains(':'))
    return fail(Disposition::Invalid, what + " has no user name and password: auth must be user:password in base64");
  while (both.ends_with('\0')) both.pop_back();  // as some programs pad it
  access.username = both.substr(0, both.find(':'));
  access.password = both.substr(both.find(':') + 1);
  return access;
}

}  // namespace

Result<Access> access_from_docker_config(std::string_view dockerconfigjson, std::string_view host) {
  const auto config = json::parse(dockerconfigjson, {.max_bytes = 1UL << 20U, .max_depth = 16});
  if (!config) return fail(Disposition::Invalid, ".dockerconfigjson is no JSON");  // the parser's words could show a part of it
  const std::string wanted = host_of(host);
  std::vector<std::string> hosts;
  for (const json::Member& member : (*config)["auths"].object()) {
    const std::string one = host_of(member.key);
    if (!wanted.empty() && one == wanted) return access_of(member.value, ".dockerconfigjson: the entry for " + wanted);
    if (!one.empty()) hosts.push_back(one);
  }
  const bool helper = config->contains("credsStore") || (*config)["credHelpers"].contains(wanted);
  if (helper)
    return fail(Disposition::Invalid, ".dockerconfigjson names a credential helper, which cannot run here: give a user name and password for " + wanted);
  return fail(Disposition::NotFound,
              ".dockerconfigjson has no entry for " + shorten(host, 200) + "; it has " + (hosts.empty() ? "none" : shorten(join(hosts, ", "), 200)));
}

}  // namespace slipway::providers
