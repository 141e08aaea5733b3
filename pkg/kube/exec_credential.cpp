#include "pkg/kube/detail/exec_credential.h"

#include <algorithm>

#include "pkg/base/strings.h"
#include "pkg/base/time.h"
#include "pkg/kube/detail/kubeconfig.h"
#include "pkg/net/pki.h"

namespace slipway::kube::detail {
namespace {

constexpr std::size_t kMaxOutput = 10UL << 20U;

json::Value cluster_info(const ExecConfig& exec, const ClusterConfig& cluster) {
  json::Value out;
  out.set("server", cluster.server);
  if (!cluster.tls_server_name.empty()) out.set("tls-server-name", cluster.tls_server_name);
  if (!cluster.ca_pem.empty()) out.set("certificate-authority-data", base64_encode(cluster.ca_pem));
  if (!cluster.proxy_url.empty()) out.set("proxy-url", cluster.proxy_url);
  out.set("config", exec.cluster_extension);
  return out;
}

}  // namespace

bool is_exec_version(std::string_view v) noexcept { return v == "client.authentication.k8s.io/v1" || v == "client.authentication.k8s.io/v1beta1"; }

std::string exec_info(const ExecConfig& exec, const ClusterConfig& cluster) {
  json::Value spec;
  if (exec.provide_cluster_info) spec.set("cluster", cluster_info(exec, cluster));
  spec.set("interactive", false);
  return json::dump(json::Value(json::Object{{"apiVersion", exec.api_version}, {"kind", "ExecCredential"}, {"spec", std::move(spec)}}));
}

Result<ExecCredential> parse_exec_credential(std::string_view text, const ExecConfig& exec) {
  const auto refuse = [](std::string_view why) { return fail(Disposition::Unauthorized, "its answer " + std::string(why)); };
  const auto answer = json::parse(text, {.max_bytes = kMaxOutput, .max_depth = 32});
  if (!answer || !answer->is_object()) return refuse("is no JSON object");
  if (kind_of(*answer) != "ExecCredential") return refuse("is no ExecCredential");
  if (const auto version = (*answer)["apiVersion"].as_string(); version != exec.api_version)
    return refuse("is of version \"" + shorten(version, 80) + "\", and " + exec.api_version + " was asked for");
  const json::Value& status = (*answer)["status"];
  if (!status.is_object()) return refuse("has no status");
  ExecCredential out;
  out.cert_pem = status["clientCertificateData"].str();
  out.key_pem = status["clientKeyData"].str();
  if (out.cert_pem.empty() != out.key_pem.empty()) return refuse("has a certificate without a key, or a key without a certificate");
  if (const auto token = status["token"].as_string(); !token.empty()) {
    auto clean = clean_token(token, "status.token");
    if (!clean) return refuse("has a token that cannot be sent");
    out.token = std::move(*clean);
  }
  if (out.token.empty() && out.cert_pem.empty()) return refuse("has neither a token nor a certificate");
  if (const json::Value& expiry = status["expirationTimestamp"]; !expiry.is_null()) {
    out.expires = parse_rfc3339(expiry.as_string());
    if (!out.expires) return refuse("has an expirationTimestamp that is no time");
  }
  if (!out.cert_pem.empty()) {
    const auto validity = net::validity_of(out.cert_pem);
    if (!validity) return refuse("has a certificate that cannot be read");
    out.expires = std::min(out.expires.value_or(validity->until), validity->until);
  }
  return out;
}

}  // namespace slipway::kube::detail
