#include "pkg/kube/detail/kubeconfig.h"

#include <array>
#include <filesystem>

#include "pkg/base/strings.h"
#include "pkg/yaml/yaml.h"

namespace slipway::kube {
namespace detail {
namespace {

std::unexpected<Error> bad(const KubeconfigFile& file, std::string_view field, std::string_view sentence) {
  std::string text = file.source;
  return fail(Disposition::Invalid, text.append(": ").append(field).append(" ").append(sentence));
}

// An entry of clusters, users or contexts, and where it stands in messages: "users[admin].user".
struct Entry {
  const KubeconfigFile* file = nullptr;
  const json::Value* value = nullptr;
  std::string path;
  [[nodiscard]] std::string field(std::string_view name) const { return path + "." + std::string(name); }
  [[nodiscard]] std::unexpected<Error> bad(std::string_view name, std::string_view sentence) const { return detail::bad(*file, field(name), sentence); }
};

Entry find_entry(std::span<const KubeconfigFile> files, std::string_view list, std::string_view inner, std::string_view name) {
  for (const auto& file : files)
    for (const auto& entry : file.document[list].array())
      if (entry["name"].as_string() == name) {
        std::string path(list);
        path.append("[").append(shorten(name, 80)).append("].").append(inner);
        return {&file, &entry[inner], std::move(path)};
      }
  return {};
}

std::string names_of(std::span<const KubeconfigFile> files, std::string_view list) {
  std::vector<std::string> names;
  for (const auto& file : files)
    for (const auto& entry : file.document[list].array()) names.push_back(shorten(entry["name"].as_string(), 80));
  if (names.size() > 10) names.resize(10);
  return names.empty() ? "none" : join(names, ", ");
}

bool present(const json::Value& v) noexcept { return !v.is_null() && !(v.is_string() && v.as_string().empty()) && !(v.is_bool() && !v.as_bool()); }

struct Refusal {
  std::string_view field;
  std::string_view sentence;
};
constexpr std::array kClusterRefusals{
    Refusal{"insecure-skip-tls-verify", "is refused: give certificate-authority-data, so that the server can be verified"},
    Refusal{"proxy-url", "is not supported: Slipway connects to servers directly"},
};
constexpr std::array kUserRefusals{
    Refusal{"exec", "is not supported: give a client certificate, a token or a tokenFile (a service account token is good for this)"},
    Refusal{"auth-provider", "is not supported, and Kubernetes has removed it: give a client certificate, a token or a tokenFile"},
    Refusal{"username", "is not supported, and Kubernetes has removed it: give a client certificate, a token or a tokenFile"},
    Refusal{"password", "is not supported, and Kubernetes has removed it: give a client certificate, a token or a tokenFile"},
    Refusal{"as", "is not supported: sign in as the user that is meant"},
    Refusal{"as-uid", "is not supported: sign in as the user that is meant"},
    Refusal{"as-groups", "is not supported: sign in as the user that is meant"},
    Refusal{"as-user-extra", "is not supported: sign in as the user that is meant"},
};

template <std::size_t N>
Status refuse(const Entry& entry, const std::array<Refusal, N>& refusals) {
  for (const auto& r : refusals)
    if (present((*entry.value)[r.field])) return entry.bad(r.field, r.sentence);
  return {};
}

Result<std::string> text_field(const Entry& entry, std::string_view name) {
  const json::Value& v = (*entry.value)[name];
  if (!v.is_null() && !v.is_string()) return entry.bad(name, "must be a string");
  return v.str();
}

Result<std::string> path_field(const Entry& entry, std::string_view name) {
  auto text = text_field(entry, name);
  if (!text || text->empty()) return text;
  if (entry.file->base_dir.empty()) {
    const bool has_data = name != "tokenFile";
    return entry.bad(name, has_data ? "names a file, which is not read here: put its content into " + std::string(name) + "-data"
                                    : std::string("names a file, which is not read here: put the token into token"));
  }
  return (std::filesystem::path(entry.file->base_dir) / *text).lexically_normal().string();
}

// "<name>-data" in base64, else the file "<name>": client-go's order.
Result<std::string> pem_field(const Entry& entry, const std::string& name) {
  const std::string data_name = name + "-data";
  auto data = text_field(entry, data_name);
  if (!data) return data;
  std::string pem;
  if (!data->empty()) {
    if (!base64_decode(*data, pem)) return entry.bad(data_name, "is not base64");
    if (!pem.contains("-----BEGIN ")) return entry.bad(data_name, "does not hold PEM after decoding");
    return pem;
  }
  auto path = path_field(entry, name);
  if (!path || path->empty()) return path;
  auto content = read_small_file(*path);
  if (!content) return entry.bad(name, "cannot be used: " + content.error().message());
  if (!content->contains("-----BEGIN ")) return entry.bad(name, "names " + *path + ", which is not a PEM file");
  return content;
}

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
  out.server = std::move(*server);
  while (out.server.ends_with('/')) out.server.pop_back();
  out.ca_pem = std::move(*ca);
  out.tls_server_name = std::move(*name);
  return {};
}

Status read_user(const Entry& user, ClusterConfig& out) {
  if (Status ok = refuse(user, kUserRefusals); !ok) return ok;
  auto cert = pem_field(user, "client-certificate");
  if (!cert) return fail(std::move(cert).error());
  auto key = pem_field(user, "client-key");
  if (!key) return fail(std::move(key).error());
  if (cert->empty() != key->empty())
    return cert->empty() ? user.bad("client-certificate-data", "is missing beside client-key")
                         : user.bad("client-key-data", "is missing beside client-certificate");
  auto token = text_field(user, "token");
  if (!token) return fail(std::move(token).error());
  if (!token->empty()) {
    token = clean_token(*token, user.file->source + ": " + user.field("token"));
    if (!token) return fail(std::move(token).error());
  }
  auto token_file = path_field(user, "tokenFile");
  if (!token_file) return fail(std::move(token_file).error());
  out.client_cert_pem = std::move(*cert);
  out.client_key_pem = std::move(*key);
  out.token = std::move(*token);
  out.token_file = std::move(*token_file);
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

std::string write_kubeconfig(const ClusterConfig& config, std::string_view cluster_name) {
  const std::string name(cluster_name);
  const std::string user = name + "-admin";
  const std::string context = user + "@" + name;

  json::Value cluster;
  cluster.set("server", config.server);
  if (!config.ca_pem.empty()) cluster.set("certificate-authority-data", base64_encode(config.ca_pem));
  if (!config.tls_server_name.empty()) cluster.set("tls-server-name", config.tls_server_name);

  json::Value login{json::Object{}};
  if (!config.client_cert_pem.empty()) {
    login.set("client-certificate-data", base64_encode(config.client_cert_pem));
    login.set("client-key-data", base64_encode(config.client_key_pem));
  }
  if (!config.token.empty()) login.set("token", config.token);
  if (!config.token_file.empty()) login.set("tokenFile", config.token_file);

  json::Value chosen;
  chosen.set("cluster", name);
  chosen.set("user", user);
  if (!config.default_namespace.empty() && config.default_namespace != "default") chosen.set("namespace", config.default_namespace);

  const auto entry = [](const std::string& entry_name, std::string_view field, json::Value value) {
    json::Value v;
    v.set("name", entry_name);
    v.set(field, std::move(value));
    return v;
  };
  json::Value doc;
  doc.set("apiVersion", "v1");
  doc.set("kind", "Config");
  doc.ref("clusters").push_back(entry(name, "cluster", std::move(cluster)));
  doc.ref("users").push_back(entry(user, "user", std::move(login)));
  doc.ref("contexts").push_back(entry(context, "context", std::move(chosen)));
  doc.set("current-context", context);
  return yaml::dump(doc);
}

}  // namespace slipway::kube
