#include "pkg/kube/detail/kubeconfig_entry.h"

#include <filesystem>

#include "pkg/base/strings.h"

namespace slipway::kube::detail {

std::unexpected<Error> bad(const KubeconfigFile& file, std::string_view field, std::string_view sentence) {
  std::string text = file.source;
  return fail(Disposition::Invalid, text.append(": ").append(field).append(" ").append(sentence));
}

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

namespace {

bool present(const json::Value& v) noexcept { return !v.is_null() && !(v.is_string() && v.as_string().empty()) && !(v.is_bool() && !v.as_bool()); }

}  // namespace

Status refuse(const Entry& entry, std::span<const Refusal> refusals) {
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

Result<Pem> pem_field(const Entry& entry, const std::string& name) {
  const std::string data_name = name + "-data";
  auto data = text_field(entry, data_name);
  if (!data) return fail(std::move(data).error());
  Pem out;
  if (!data->empty()) {
    if (!base64_decode(*data, out.pem)) return entry.bad(data_name, "is not base64");
    if (!out.pem.contains("-----BEGIN ")) return entry.bad(data_name, "does not hold PEM after decoding");
    return out;
  }
  auto path = path_field(entry, name);
  if (!path) return fail(std::move(path).error());
  if (path->empty()) return out;
  auto content = read_small_file(*path);
  if (!content) return entry.bad(name, "cannot be used: " + content.error().message());
  if (!content->contains("-----BEGIN ")) return entry.bad(name, "names " + *path + ", which is not a PEM file");
  out.pem = std::move(*content);
  out.file = std::move(*path);
  return out;
}

}  // namespace slipway::kube::detail
