// How a user of a kubeconfig signs in.
#include <algorithm>
#include <array>

#include "pkg/base/strings.h"
#include "pkg/kube/detail/exec_credential.h"
#include "pkg/kube/detail/kubeconfig_entry.h"

namespace slipway::kube::detail {
namespace {

constexpr std::array kUserRefusals{
    Refusal{"auth-provider", "is not supported, and Kubernetes has removed it: give an exec plugin, a client certificate, a token or a tokenFile"},
};

bool fits_a_header(std::string_view text) noexcept {
  return is_utf8(text) && std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F; });
}

Result<std::string> header_field(const Entry& entry, std::string_view name) {
  auto text = text_field(entry, name);
  if (text && !fits_a_header(*text)) return entry.bad(name, "holds control characters");
  return text;
}

Result<std::vector<std::string>> strings_field(const Entry& entry, const json::Value& list, std::string_view name) {
  if (!list.is_null() && !list.is_array()) return entry.bad(name, "must be a list of strings");
  std::vector<std::string> out;
  for (const auto& one : list.array()) {
    if (!one.is_string() || !fits_a_header(one.as_string())) return entry.bad(name, "must be a list of strings");
    out.push_back(one.str());
  }
  return out;
}

Result<Impersonation> read_impersonation(const Entry& user) {
  Impersonation out;
  auto name = header_field(user, "as");
  if (!name) return fail(std::move(name).error());
  auto uid = header_field(user, "as-uid");
  if (!uid) return fail(std::move(uid).error());
  auto groups = strings_field(user, (*user.value)["as-groups"], "as-groups");
  if (!groups) return fail(std::move(groups).error());
  const json::Value& extra = (*user.value)["as-user-extra"];
  if (!extra.is_null() && !extra.is_object()) return user.bad("as-user-extra", "must be a mapping of lists");
  for (const auto& [key, values] : extra.object()) {
    auto list = strings_field(user, values, "as-user-extra");
    if (!list) return fail(std::move(list).error());
    out.extra.emplace(key, std::move(*list));
  }
  out.user = std::move(*name);
  out.uid = std::move(*uid);
  out.groups = std::move(*groups);
  if (out.user.empty() && !out.empty()) return user.bad("as", "is missing beside as-uid, as-groups or as-user-extra");
  return out;
}

// Two ways of saying who one is would leave it to chance which counts.
Status one_way_only(const Entry& user, const ClusterConfig& out) {
  const bool token = !out.token.empty() || !out.token_file.empty();
  const bool basic = !out.username.empty();
  if (token && basic) return user.bad("username", "stands beside a token: give one of them");
  if (out.exec && (token || basic)) return user.bad("exec", "stands beside a token or a username: give one of them");
  if (out.exec && !out.client_cert_pem.empty()) return user.bad("exec", "stands beside a client certificate: give one of them");
  return {};
}

Status read_certificate(const Entry& user, ClusterConfig& out) {
  auto cert = pem_field(user, "client-certificate");
  if (!cert) return fail(std::move(cert).error());
  auto key = pem_field(user, "client-key");
  if (!key) return fail(std::move(key).error());
  if (cert->pem.empty() != key->pem.empty())
    return cert->pem.empty() ? user.bad("client-certificate-data", "is missing beside client-key")
                             : user.bad("client-key-data", "is missing beside client-certificate");
  out.client_cert_pem = std::move(cert->pem);
  out.client_cert_file = std::move(cert->file);
  out.client_key_pem = std::move(key->pem);
  out.client_key_file = std::move(key->file);
  return {};
}

Status read_token(const Entry& user, ClusterConfig& out) {
  auto token = text_field(user, "token");
  if (!token) return fail(std::move(token).error());
  if (!token->empty()) {
    token = clean_token(*token, user.file->source + ": " + user.field("token"));
    if (!token) return fail(std::move(token).error());
  }
  auto token_file = path_field(user, "tokenFile");
  if (!token_file) return fail(std::move(token_file).error());
  out.token = std::move(*token);
  out.token_file = std::move(*token_file);
  return {};
}

Status read_basic(const Entry& user, ClusterConfig& out) {
  auto name = header_field(user, "username");
  if (!name) return fail(std::move(name).error());
  auto password = header_field(user, "password");
  if (!password) return fail(std::move(password).error());
  if (name->contains(':')) return user.bad("username", "may not hold a colon");
  if (name->empty() && !password->empty()) return user.bad("username", "is missing beside password");
  out.username = std::move(*name);
  out.password = std::move(*password);
  return {};
}

Result<std::map<std::string, std::string>> read_exec_env(const Entry& exec) {
  std::map<std::string, std::string> out;
  const json::Value& env = (*exec.value)["env"];
  if (!env.is_null() && !env.is_array()) return exec.bad("env", "must be a list of name and value");
  for (const auto& one : env.array()) {
    const std::string name = one["name"].str();
    if (name.empty() || name.contains('=') || name.contains('\0') || one["value"].as_string().contains('\0'))
      return exec.bad("env", "has an entry whose name or value cannot be passed on");
    out[name] = one["value"].str();
  }
  return out;
}

}  // namespace

Result<ExecConfig> read_exec(const Entry& exec) {
  if (!exec.value->is_object()) return bad(*exec.file, exec.path, "must be a mapping");
  ExecConfig out;
  out.api_version = (*exec.value)["apiVersion"].str();
  if (!is_exec_version(out.api_version)) return exec.bad("apiVersion", "must be client.authentication.k8s.io/v1 or client.authentication.k8s.io/v1beta1");
  auto command = text_field(exec, "command");
  if (!command) return fail(std::move(command).error());
  if (command->empty()) return exec.bad("command", "is missing");
  if (command->contains('/')) command = path_field(exec, "command");  // as client-go: beside the kubeconfig, not the working directory
  if (!command) return fail(std::move(command).error());
  auto args = strings_field(exec, (*exec.value)["args"], "args");
  if (!args) return fail(std::move(args).error());
  auto env = read_exec_env(exec);
  if (!env) return fail(std::move(env).error());
  out.interactive_mode = (*exec.value)["interactiveMode"].str(out.api_version.ends_with("/v1beta1") ? "IfAvailable" : "");
  if (out.interactive_mode != "Never" && out.interactive_mode != "IfAvailable" && out.interactive_mode != "Always")
    return exec.bad("interactiveMode", "must be Never, IfAvailable or Always");
  out.command = std::move(*command);
  out.args = std::move(*args);
  out.env = std::move(*env);
  out.install_hint = shorten((*exec.value)["installHint"].as_string(), 1000);
  out.provide_cluster_info = (*exec.value)["provideClusterInfo"].as_bool();
  return out;
}

Status read_user(const Entry& user, ClusterConfig& out) {
  if (Status ok = refuse(user, kUserRefusals); !ok) return ok;
  if (Status ok = read_certificate(user, out); !ok) return ok;
  if (Status ok = read_token(user, out); !ok) return ok;
  if (Status ok = read_basic(user, out); !ok) return ok;
  auto impersonate = read_impersonation(user);
  if (!impersonate) return fail(std::move(impersonate).error());
  out.impersonate = std::move(*impersonate);
  if (const json::Value& exec = (*user.value)["exec"]; !exec.is_null()) {
    if (user.file->base_dir.empty())
      return user.bad("exec", "is refused here: a kubeconfig that is no file of this machine may not run its programs; give a client certificate or a token");
    auto read = read_exec({user.file, &exec, user.field("exec")});
    if (!read) return fail(std::move(read).error());
    out.exec = std::move(*read);
  }
  return one_way_only(user, out);
}

}  // namespace slipway::kube::detail
