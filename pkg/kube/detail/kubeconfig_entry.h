// An entry of a kubeconfig's clusters, users or contexts, and how its fields are read: with the place in every error, "users[admin].user.token".
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "pkg/kube/detail/kubeconfig.h"

namespace slipway::kube::detail {

[[nodiscard]] std::unexpected<Error> bad(const KubeconfigFile& file, std::string_view field, std::string_view sentence);

struct Entry {
  const KubeconfigFile* file = nullptr;
  const json::Value* value = nullptr;
  std::string path;
  [[nodiscard]] std::string field(std::string_view name) const { return path + "." + std::string(name); }
  [[nodiscard]] std::unexpected<Error> bad(std::string_view name, std::string_view sentence) const { return detail::bad(*file, field(name), sentence); }
};
// The first file's; its value is null where there is none.
[[nodiscard]] Entry find_entry(std::span<const KubeconfigFile> files, std::string_view list, std::string_view inner, std::string_view name);

struct Refusal {
  std::string_view field;
  std::string_view sentence;
};
[[nodiscard]] Status refuse(const Entry& entry, std::span<const Refusal> refusals);

[[nodiscard]] Result<std::string> text_field(const Entry& entry, std::string_view name);
// An absolute path: relative ones start at the kubeconfig's folder. Refused where files may not be named at all.
[[nodiscard]] Result<std::string> path_field(const Entry& entry, std::string_view name);
struct Pem {
  std::string pem;
  std::string file;  // where it came from; empty for "-data"
};
// "<name>-data" in base64, else the file "<name>": client-go's order.
[[nodiscard]] Result<Pem> pem_field(const Entry& entry, const std::string& name);

[[nodiscard]] Status read_user(const Entry& user, ClusterConfig& out);
[[nodiscard]] Result<ExecConfig> read_exec(const Entry& exec);  // the entry of users[].user.exec

}  // namespace slipway::kube::detail
