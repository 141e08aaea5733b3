// What is no resource: health, version, discovery, OpenAPI.
#include <algorithm>
#include <array>

#include "pkg/base/strings.h"
#include "pkg/kubesim/core.h"

namespace slipway::kubesim {
namespace {

constexpr auto kHealth = std::to_array<std::string_view>({"healthz", "livez", "readyz"});

std::optional<net::Response> health(const Core& core, const net::Target& target) {
  const auto parts = split(std::string_view(target.path).substr(std::min<std::size_t>(1, target.path.size())), '/');
  if (std::ranges::find(kHealth, parts.front()) == kHealth.end()) return std::nullopt;
  const std::string& endpoint = parts.front();
  if (core.stopped) return net::Response{500, "text/plain; charset=utf-8", "[-]shutdown failed: the server is stopping\n" + endpoint + " check failed\n"};
  if (target.has("verbose")) return net::Response{200, "text/plain; charset=utf-8", "[+]ping ok\n[+]etcd ok\n" + endpoint + " check passed\n"};
  return net::Response{200, "text/plain; charset=utf-8", "ok"};
}

net::Response version(const std::string& git_version) {
  const auto parts = split(git_version.starts_with('v') ? git_version.substr(1) : git_version, '.');
  const json::Value body = json::Object{{"major", parts.front()},    {"minor", parts.size() > 1 ? parts[1] : std::string("0")},
                                        {"gitVersion", git_version}, {"gitCommit", ""},
                                        {"gitTreeState", "clean"},   {"buildDate", "1970-01-01T00:00:00Z"},
                                        {"goVersion", "none"},       {"compiler", "clang"},
                                        {"platform", "linux/amd64"}};
  return {200, "application/json", json::dump_pretty(body) + "\n"};
}

json::Value paths(const ResourceRegistry& registry) {
  std::vector<std::string> all{"/api", "/api/v1", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"};
  for (const auto& def : registry.all()) {
    if (def->gvr.group.empty()) continue;
    all.push_back("/apis/" + def->gvr.group);
    all.push_back("/apis/" + def->gvr.group + "/" + def->gvr.version);
  }
  std::ranges::sort(all);
  all.erase(std::ranges::unique(all).begin(), all.end());
  json::Array out;
  for (auto& path : all) out.emplace_back(std::move(path));
  return json::Object{{"paths", std::move(out)}};
}

}  // namespace

std::optional<net::Response> handle_path(Core& core, const net::Request& request, const net::Target& target) {
  if (auto response = health(core, target)) return response;
  if (target.path == "/version" || target.path == "/version/") return version(core.options.version);
  if (target.path == "/" || target.path.empty()) return net::Response{200, "application/json", json::dump_pretty(paths(core.backend.registry())) + "\n"};
  if (auto response = discovery_response(request, core.backend.registry(), core.options.version)) return response;
  return openapi_response(request, core.backend.registry(), core.options.version);
}

}  // namespace slipway::kubesim
