#include <array>

#include "pkg/base/strings.h"
#include "pkg/kube/detail/kubeconfig_entry.h"
#include "pkg/net/proxy.h"
#include "pkg/yaml/yaml.h"

namespace slipway::kube {
namespace detail {
namespace {

std::string names_of(std::span<const KubeconfigFile> files, std::string_view list) {
  std::vector<std::string> names;
  for (const auto& file : files)
    for (const auto& entry : file.document[list].array()) names.push_back(shorten(entry["name"].as_string(), 80));
  if (names.size() > 10) names.resize(10);
  return names.empty() ? "none" : join(names, ", ");
}

constexpr std::array kClusterRefusals{
    Refusal{"insecure-skip-tls-verify", "is refused: give certificate-authority-data, so that the server can be verified"},
};

bool is_loopback(std::string_view authority) noexcept {
  const auto host = authority.substr(0, authority.starts_with('[') ? authority.find(']') + 1 : authority.find(':'));
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

Status check_server(const Entry& cluster, std::string_view server) {
  if (server.empty()) return cluster.bad("server", "is missing: give https://host:port");
  const bool plain = server.starts_with("http://");
  if (!plain && !server.starts_with("https://")) return cluster.bad("server", "must start with https://");
  const std::string_view rest = server.substr(plain ? 7 : 8);
  const std::string_view authority = rest.substr(0, rest.find('/'));
  if (authority.empty() || rest.find_first_of("?#\\ \t\r\n") != std::string_view::npos)
    return cluster.bad("server", "must be https://host:port, without a query");
  if (authority.contains('@')) return cluster.bad("server", "may not hold a user name or password");
  if (plain && !is_loopback(authority)) return cluster.bad("server", "must start with https:// (plain http is for this machine's own addresses)");
  return {};
}

Status read_cluster(const Entry& cluster, ClusterConfig& out) {
  if (Status ok = refuse(cluster, kClusterRefusals); !ok) return ok;
  auto server = text_field(cluster, "server");
  if (!server) return fail(std::move(server).error());
  if (Status ok = check_server(cluster, *server); !ok) return ok;
  auto ca = pem_field(cluster, "certificate-authority");
  if (!ca) return fail(std::move(ca).error());
  auto name = text_field(cluster, "tls-server-name");
  if (!name) return fail(std::move(name).error());
  auto proxy = text_field(cluster, "proxy-url");
  if (!proxy) return fail(std::move(proxy).error());
  if (auto parsed = proxy->empty() ? Result<net::ProxyUrl>() : net::parse_proxy(*proxy); !parsed)
    return cluster.bad("proxy-url", "cannot be used: " + parsed.error().message());
  out.server = std::move(*server);
  while (out.server.ends_with('/')) out.server.pop_back();
  out.ca_pem = std::move(ca->pem);
  out.ca_file = std::move(ca->file);
  out.tls_server_name = std::move(*name);
  out.proxy_url = std::move(*proxy);
  return {};
}

// What a cluster says to the exec plugins of its users.
json::Value exec_extension(const Entry& cluster) {
  for (const auto& one : (*cluster.value)["extensions"].array())
    if (one["name"].as_string() == "client.authentication.k8s.io/exec") return one["extension"];
  return {};
}

Result<std::string> choose_context(std::span<const KubeconfigFile> files, std::string_view wanted) {
  if (!wanted.empty()) return std::string(wanted);
  for (const auto& file : files)
    if (const auto current = file.document["current-context"].as_string(); !current.empty()) return std::string(current);
  return bad(files.front(), "current-context", "is not set: name a context (there are: " + names_of(files, "contexts") + ")");
}

}  // namespace

Result<KubeconfigFile> parse_file(std::string_view yaml, std::string_view source, std::string_view base_dir) {
  if (yaml.size() > kMaxConfigFile) return fail(Disposition::Invalid, std::string(source) + ": a kubeconfig may not be larger than 1 MiB");
  auto document = yaml::parse(yaml, source, {.max_bytes = kMaxConfigFile, .max_nodes = 50'000, .max_depth = 32});
  if (!document) return fail(std::move(document).error().in("reading a kubeconfig"));
  KubeconfigFile file{std::move(*document), std::string(source), std::string(base_dir)};
  if (!file.document.is_object()) return fail(Disposition::Invalid, file.source + ": not a kubeconfig: it holds no mapping with clusters, users and contexts");
  if (const auto kind = kind_of(file.document); !kind.empty() && kind != "Config") return bad(file, "kind", "must be Config, not " + shorten(kind, 40));
  for (const char* list : {"clusters", "users", "contexts"}) {
    const json::Value& v = file.document[list];
    if (!v.is_null() && !v.is_array()) return bad(file, list, "must be a list");
  }
  return file;
}

Result<ClusterConfig> resolve(std::span<const KubeconfigFile> files, std::string_view context) {
  auto name = choose_context(files, context);
  if (!name) return fail(std::move(name).error());
  const Entry chosen = find_entry(files, "contexts", "context", *name);
  if (chosen.value == nullptr)
    return bad(files.front(), "contexts", "has no entry \"" + shorten(*name, 80) + "\" (there are: " + names_of(files, "contexts") + ")");
  const std::string_view cluster_name = (*chosen.value)["cluster"].as_string();
  const std::string_view user_name = (*chosen.value)["user"].as_string();
  const Entry cluster = find_entry(files, "clusters", "cluster", cluster_name);
  if (cluster.value == nullptr)
    return chosen.bad("cluster", "names \"" + shorten(cluster_name, 80) + "\", which clusters does not have (there are: " + names_of(files, "clusters") + ")");
  ClusterConfig out;
  if (Status ok = read_cluster(cluster, out); !ok) return fail(std::move(ok).error());
  if (!user_name.empty()) {
    const Entry user = find_entry(files, "users", "user", user_name);
    if (user.value == nullptr)
      return chosen.bad("user", "names \"" + shorten(user_name, 80) + "\", which users does not have (there are: " + names_of(files, "users") + ")");
    if (Status ok = read_user(user, out); !ok) return fail(std::move(ok).error());
    if (out.exec) out.exec->cluster_extension = exec_extension(cluster);
  }
  out.default_namespace = (*chosen.value)["namespace"].str("default");
  return out;
}

}  // namespace detail

Result<ClusterConfig> parse_kubeconfig(std::string_view yaml, std::string_view source, std::string_view base_dir, std::string_view context) {
  auto file = detail::parse_file(yaml, source, base_dir);
  if (!file) return fail(std::move(file).error());
  return detail::resolve(std::span(&*file, 1), context);
}

}  // namespace slipway::kube
