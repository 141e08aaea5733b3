#include "pkg/providers/sources/local_repository.h"

#include <algorithm>
#include <filesystem>

#include "pkg/base/strings.h"
#include "pkg/providers/sources/file_names.h"
#include "pkg/providers/sources/files.h"
#include "pkg/providers/sources/memory_repository.h"
#include "pkg/providers/sources/version_list.h"

namespace slipway::providers {
namespace {

namespace fs = std::filesystem;
using Versions = std::vector<std::string>;

constexpr std::string_view kScheme = "file://";

template <class T>
Awaitable<Result<T>> given(Result<T> result) {
  co_return result;
}

class LocalRepository final : public Repository {
 public:
  LocalRepository(std::string base, std::string label, std::string version, std::string components)
      : base_(std::move(base)), label_(std::move(label)), version_(std::move(version)), components_(std::move(components)), where_(base_ + "/" + label_) {}
  [[nodiscard]] const std::string& where() const noexcept override { return where_; }
  [[nodiscard]] const std::string& components_file() const noexcept override { return components_; }
  [[nodiscard]] const std::string& default_version() const noexcept override { return version_; }
  Awaitable<Result<Versions>> versions(Deadline) override { return given(list()); }
  Awaitable<Result<std::string>> file(std::string version, std::string name, Deadline) override { return given(read(version, name)); }

 private:
  [[nodiscard]] Result<Versions> list() const {
    auto folder = resolve_inside(base_, label_);
    if (!folder) return fail(std::move(folder).error());
    std::error_code ec;
    VersionList list;
    for (fs::directory_iterator it(*folder, ec), end; !ec && it != end; it.increment(ec)) {
      std::error_code unreadable;
      if (!it->is_directory(unreadable)) continue;
      if (auto added = list.add(it->path().filename().string()); !added) return fail(std::move(added).error().in(where_));
    }
    if (ec) return fail(Disposition::Terminal, where_ + ": " + ec.message());
    return list.take();
  }
  [[nodiscard]] Result<std::string> read(const std::string& version, const std::string& name) const {
    if (auto fits = check_segment("file", name); !fits) return fail(std::move(fits).error().in(where_));
    if (!is_semantic_version(version))
      return fail(Disposition::Invalid, where_ + ": version \"" + shorten(version, 100) + "\" is not semantic versioning (v1.2.3)");
    auto path = resolve_inside(base_, fs::path(label_) / version / name);
    if (!path && path.error().is(Disposition::NotFound))
      if (auto there = list(); there && std::ranges::find(*there, version) == there->end()) return fail(no_such_version(where_, version, std::move(*there)));
    if (!path) return fail(std::move(path).error());
    return read_file(*path, kMaxFileBytes);
  }

  std::string base_;
  std::string label_;
  std::string version_;
  std::string components_;
  std::string where_;
};

}  // namespace

bool is_local(std::string_view location) noexcept { return location.starts_with(kScheme) || location.starts_with('/'); }

Result<std::shared_ptr<Repository>> open_local(std::string location) {
  const auto wrong = [&](std::string_view why) {
    return fail(Disposition::Invalid, "folder \"" + (is_utf8(location) ? shorten(location, 200) : "(no UTF-8)") + "\": " + std::string(why));
  };
  std::string path = location;
  if (location.starts_with(kScheme) && !percent_decode(std::string_view(location).substr(kScheme.size()), false, path)) return wrong("has a broken escape");
  if (!path.starts_with('/')) return wrong("must be an absolute path: file:///{base}/{label}/{version}/{file}");
  if (path.find('\0') != std::string::npos) return wrong("holds a zero byte");
  auto parts = split(std::string_view(path).substr(1), '/');
  for (const std::string& part : parts)
    if (part.empty() || part == "." || part == "..") return wrong("may not hold empty parts, . or ..");
  if (parts.size() < 4) return wrong("must be /{base}/{label}/{version}/{file}");
  std::string file = std::move(parts.back());
  parts.pop_back();
  std::string version = std::move(parts.back());
  parts.pop_back();
  std::string label = std::move(parts.back());
  parts.pop_back();
  if (!is_version_or_latest(version)) return wrong("the folder before the file must be semantic versioning (v1.2.3) or latest");
  if (auto fits = check_segment("the file", file); !fits) return wrong(fits.error().message());
  return std::make_shared<LocalRepository>("/" + join(parts, "/"), std::move(label), std::move(version), std::move(file));
}

}  // namespace slipway::providers
