#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "pkg/base/strings.h"
#include "pkg/kube/detail/kubeconfig.h"
#include "pkg/log/log.h"

namespace slipway::kube {
namespace detail {

namespace fs = std::filesystem;

Result<std::string> read_small_file(const std::string& path) {
  std::error_code ec;
  const auto type = fs::status(path, ec).type();
  if (type == fs::file_type::not_found) return fail(Disposition::NotFound, path + ": there is no such file");
  // A pipe or a device could block the loop or never end.
  if (ec || type != fs::file_type::regular) return fail(Disposition::Invalid, path + ": " + (ec ? ec.message() : "not a regular file"));
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(Disposition::Invalid, path + ": cannot be opened");
  std::string content(kMaxConfigFile + 1, '\0');
  in.read(content.data(), static_cast<std::streamsize>(content.size()));
  content.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad()) return fail(Disposition::Invalid, path + ": cannot be read");
  if (content.size() > kMaxConfigFile) return fail(Disposition::Invalid, path + ": larger than 1 MiB");
  return content;
}

Result<std::string> clean_token(std::string_view text, std::string_view source) {
  const std::string_view token = trim(text);
  if (token.empty()) return fail(Disposition::Invalid, std::string(source) + " is empty");
  if (!std::ranges::all_of(token, [](char c) { return c > 0x20 && c < 0x7F; }))
    return fail(Disposition::Invalid, std::string(source) + " is not a bearer token: it holds a space or a control character");
  return std::string(token);
}

Result<ClusterConfig> in_cluster_config(std::string_view host, std::string_view port, const std::string& directory) {
  ClusterConfig config;
  config.token_file = directory + "/token";
  auto token = read_small_file(config.token_file);
  if (!token) return fail(std::move(token).error().in("reading the pod's service account"));
  auto clean = clean_token(*token, config.token_file);
  if (!clean) return fail(std::move(clean).error().in("reading the pod's service account"));
  auto ca = read_small_file(directory + "/ca.crt");
  if (ca) {
    config.ca_pem = std::move(*ca);
    config.ca_file = directory + "/ca.crt";
  } else {  // as in client-go
    log::warn("the pod's service account has no CA: the system's roots are trusted instead", {{"error", ca.error().message()}});
  }
  auto ns = read_small_file(directory + "/namespace");
  config.default_namespace = ns ? std::string(trim(*ns)) : "default";
  const bool v6 = host.contains(':');
  config.server = std::string("https://").append(v6 ? "[" : "").append(host).append(v6 ? "]" : "").append(":").append(port);
  return config;
}

namespace {

std::string_view environment(const char* name) noexcept {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

Result<KubeconfigFile> open_file(const std::string& path) {
  auto text = read_small_file(path);
  if (!text) return fail(std::move(text).error().in("reading a kubeconfig"));
  std::error_code ec;
  const fs::path absolute = fs::absolute(path, ec);
  return parse_file(*text, path, (ec ? fs::path(path) : absolute).parent_path().string());
}

// Files of a list that do not exist are passed over, as kubectl does.
Result<ClusterConfig> load_list(std::string_view list, std::string_view context) {
  std::vector<KubeconfigFile> files;
  for (const auto& path : split(list, ':')) {
    if (path.empty()) continue;
    auto file = open_file(path);
    if (!file && file.error().is(Disposition::NotFound)) continue;
    if (!file) return fail(std::move(file).error());
    files.push_back(std::move(*file));
  }
  if (files.empty()) return fail(Disposition::NotFound, "KUBECONFIG names no file that exists: " + shorten(list, 400));
  return resolve(files, context);
}

}  // namespace
}  // namespace detail

Result<ClusterConfig> load_config(std::string_view kubeconfig_flag, std::string_view context) {
  using namespace detail;
  if (!kubeconfig_flag.empty()) {
    auto file = open_file(std::string(kubeconfig_flag));
    if (!file) return fail(std::move(file).error());
    return resolve(std::span(&*file, 1), context);
  }
  if (const auto list = environment("KUBECONFIG"); !list.empty()) return load_list(list, context);
  const auto host = environment("KUBERNETES_SERVICE_HOST");
  const auto port = environment("KUBERNETES_SERVICE_PORT");
  if (!host.empty() && !port.empty()) return in_cluster_config(host, port, kServiceAccountDirectory);
  const auto home = environment("HOME");
  const std::string path = std::string(home) + "/.kube/config";
  auto file = home.empty() ? fail(Disposition::NotFound, "HOME is not set") : open_file(path);
  if (!file && file.error().is(Disposition::NotFound))
    return fail(Disposition::NotFound, "no cluster to talk to: give --kubeconfig, set KUBECONFIG, run in a pod, or create " + path);
  if (!file) return fail(std::move(file).error());
  return resolve(std::span(&*file, 1), context);
}

}  // namespace slipway::kube
