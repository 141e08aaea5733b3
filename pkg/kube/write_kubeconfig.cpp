#include "pkg/base/strings.h"
#include "pkg/kube/config.h"
#include "pkg/yaml/yaml.h"

namespace slipway::kube {
namespace {

json::Value list_of(const std::vector<std::string>& strings) {
  json::Array out;
  for (const auto& one : strings) out.emplace_back(one);
  return out;
}

void write_impersonation(const Impersonation& as, json::Value& login) {
  if (!as.user.empty()) login.set("as", as.user);
  if (!as.uid.empty()) login.set("as-uid", as.uid);
  if (!as.groups.empty()) login.set("as-groups", list_of(as.groups));
  for (const auto& [key, values] : as.extra) login.ref("as-user-extra").set(key, list_of(values));
}

}  // namespace

std::string write_kubeconfig(const ClusterConfig& config, std::string_view cluster_name) {
  const std::string name(cluster_name);
  const std::string user = name + "-admin";
  const std::string context = user + "@" + name;

  json::Value cluster;
  cluster.set("server", config.server);
  if (!config.ca_pem.empty()) cluster.set("certificate-authority-data", base64_encode(config.ca_pem));
  if (!config.tls_server_name.empty()) cluster.set("tls-server-name", config.tls_server_name);
  if (!config.proxy_url.empty()) cluster.set("proxy-url", config.proxy_url);

  json::Value login{json::Object{}};
  if (!config.client_cert_pem.empty()) {
    login.set("client-certificate-data", base64_encode(config.client_cert_pem));
    login.set("client-key-data", base64_encode(config.client_key_pem));
  }
  if (!config.token.empty()) login.set("token", config.token);
  if (!config.token_file.empty()) login.set("tokenFile", config.token_file);
  if (!config.username.empty()) {
    login.set("username", config.username);
    login.set("password", config.password);
  }
  write_impersonation(config.impersonate, login);

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
