#include "pkg/providers/sources/memory_repository.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "pkg/base/semver.h"
#include "pkg/base/strings.h"

namespace slipway::providers {
namespace {

std::vector<std::string> names_of(const auto& map) {
  std::vector<std::string> out;
  for (const auto& [name, value] : map)
    if (!name.empty()) out.push_back(name);
  return out;
}

Result<std::string> find_file(const MemorySource& source, const std::string& version, const std::string& name) {
  auto set = source.versions.find(version);
  if (set == source.versions.end()) set = source.versions.find("");
  if (set == source.versions.end()) return fail(no_such_version(source.where, version, names_of(source.versions)));
  const FileSet& files = set->second;
  auto file = files.find(name);
  if (file == files.end() && is_components_name(name)) file = files.find(kPlainComponents);
  if (file == files.end()) return fail(no_such_file(source.where, version, name, names_of(files)));
  return file->second;
}

template <class T>
Awaitable<Result<T>> at_once(Result<T> value) {
  co_return value;
}

class MemoryRepository final : public Repository {
 public:
  explicit MemoryRepository(MemorySource source) : source_(std::move(source)) {}
  [[nodiscard]] const std::string& where() const noexcept override { return source_.where; }
  [[nodiscard]] const std::string& components_file() const noexcept override { return source_.components_file; }
  [[nodiscard]] const std::string& default_version() const noexcept override { return source_.default_version; }

  Awaitable<Result<std::vector<std::string>>> versions(Deadline) override { return at_once<std::vector<std::string>>(names_of(source_.versions)); }
  Awaitable<Result<std::string>> file(std::string version, std::string name, Deadline) override { return at_once(find_file(source_, version, name)); }

 private:
  MemorySource source_;
};

}  // namespace

std::shared_ptr<Repository> make_memory_repository(MemorySource source) { return std::make_shared<MemoryRepository>(std::move(source)); }

bool is_components_name(std::string_view name) noexcept { return name.ends_with(".yaml") && (name.starts_with("components") || name.contains("-components")); }

std::string find_components_file(const FileSet& files) {
  std::vector<std::string> named;
  std::vector<std::string> others;
  for (const auto& [name, content] : files) {
    if (is_components_name(name)) named.push_back(name);
    if (name != "metadata.yaml" && !name.ends_with(".sig")) others.push_back(name);
  }
  if (named.size() == 1) return named.front();
  if (named.empty() && others.size() == 1) return others.front();
  return {};
}

Error no_such_file(std::string_view where, std::string_view version, std::string_view name, std::span<const std::string> have) {
  const std::string at = version.empty() ? "" : " in version " + std::string(version);
  const std::string there = have.empty() ? "nothing" : shorten(join(have, ", "), 200);
  return {Disposition::NotFound, std::string(where) + " has no file " + std::string(name) + at + "; it has " + there};
}

Error no_such_version(std::string_view where, std::string_view version, std::vector<std::string> have) {
  const std::string wanted = shorten(version, 100);
  const std::string text = std::string(where) + " has no version " + wanted;
  if (have.empty()) return {Disposition::NotFound, text + ", nor any other"};
  std::ranges::sort(have, [](const std::string& a, const std::string& b) { return compare_versions(b, a) < 0; });
  const std::string there = text + "; it has " + shorten(join(have, ", "), 200);
  if (std::ranges::find(have, "v" + wanted) != have.end()) return {Disposition::NotFound, there + ": write v" + wanted};
  if (wanted.starts_with('v') && std::ranges::find(have, wanted.substr(1)) != have.end())
    return {Disposition::NotFound, there + ": versions begin with v, so " + wanted.substr(1) + " has to be called " + wanted + " there"};
  return {Disposition::NotFound, there};
}

}  // namespace slipway::providers
