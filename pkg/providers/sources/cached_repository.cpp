#include "pkg/providers/sources/cached_repository.h"

#include "pkg/base/strings.h"
#include "pkg/log/log.h"
#include "pkg/metrics/metrics.h"
#include "pkg/providers/sources/file_names.h"
#include "pkg/providers/sources/files.h"
#include "pkg/providers/sources/version_list.h"

namespace slipway::providers {
namespace {

using Versions = std::vector<std::string>;
using RepositoryPtr = std::shared_ptr<Repository>;
using CachePtr = std::shared_ptr<ContentCache>;

constexpr std::string_view kVersionsFile = "versions";  // beside a version that no file has: the empty one

bool is_unreachable(const Error& error) { return error.is(Disposition::Transient) || error.is(Disposition::Timeout) || error.is(Disposition::TooManyRequests); }

void count(const char* result) {
  metrics::registry().counter("slipway_component_cache_requests_total", "Files that were looked for in the cache of components.", {{"result", result}}).add();
}

void keep(ContentCache& cache, const std::string& where, std::string_view version, std::string_view file, std::string_view bytes) {
  if (auto kept = cache.put(where, version, file, bytes); !kept) log::warn("file not cached", {{"name", where}, {"error", kept.error().message()}});
}

Awaitable<Result<Versions>> list_versions(RepositoryPtr inner, CachePtr cache, Deadline deadline) {
  auto listed = co_await inner->versions(deadline);
  if (listed) {
    keep(*cache, inner->where(), "", kVersionsFile, join(*listed, "\n"));
    co_return listed;
  }
  if (!is_unreachable(listed.error())) co_return listed;
  const auto last = cache->get(inner->where(), "", kVersionsFile);
  if (!last) co_return listed;
  VersionList list;
  if (auto added = list.add_lines(*last); !added) co_return listed;
  log::warn("versions from the cache", {{"name", inner->where()}, {"error", listed.error().message()}});
  co_return list.take();
}

Awaitable<Result<std::string>> file_of(RepositoryPtr inner, CachePtr cache, std::string version, std::string name, Deadline deadline) {
  const bool immutable = is_semantic_version(version);
  auto hit = immutable ? cache->get(inner->where(), version, name) : std::nullopt;
  if (immutable) count(hit ? "hit" : "miss");
  if (hit) co_return std::move(*hit);
  auto fetched = co_await inner->file(version, name, deadline);
  if (fetched && immutable) keep(*cache, inner->where(), version, name, *fetched);
  co_return fetched;
}

class CachedRepository final : public Repository {
 public:
  CachedRepository(RepositoryPtr inner, CachePtr cache) : inner_(std::move(inner)), cache_(std::move(cache)) {}
  [[nodiscard]] const std::string& where() const noexcept override { return inner_->where(); }
  [[nodiscard]] const std::string& components_file() const noexcept override { return inner_->components_file(); }
  [[nodiscard]] const std::string& default_version() const noexcept override { return inner_->default_version(); }
  Awaitable<Result<Versions>> versions(Deadline deadline) override { return list_versions(inner_, cache_, deadline); }
  Awaitable<Result<std::string>> file(std::string version, std::string name, Deadline deadline) override {
    return file_of(inner_, cache_, std::move(version), std::move(name), deadline);
  }

 private:
  RepositoryPtr inner_;
  CachePtr cache_;
};

class OverriddenRepository final : public Repository {
 public:
  OverriddenRepository(RepositoryPtr inner, std::filesystem::path folder, std::string label)
      : inner_(std::move(inner)), folder_(std::move(folder)), label_(std::move(label)) {}
  [[nodiscard]] const std::string& where() const noexcept override { return inner_->where(); }
  [[nodiscard]] const std::string& components_file() const noexcept override { return inner_->components_file(); }
  [[nodiscard]] const std::string& default_version() const noexcept override { return inner_->default_version(); }
  Awaitable<Result<Versions>> versions(Deadline deadline) override { return inner_->versions(deadline); }
  Awaitable<Result<std::string>> file(std::string version, std::string name, Deadline deadline) override {
    auto override_ = read(version, name);
    if (!override_ && override_.error().is(Disposition::NotFound)) return inner_->file(std::move(version), std::move(name), deadline);
    return given(std::move(override_));
  }

 private:
  static Awaitable<Result<std::string>> given(Result<std::string> result) { co_return result; }
  [[nodiscard]] Result<std::string> read(const std::string& version, const std::string& name) const {
    for (const auto& [what, text] : {std::pair("provider", &label_), std::pair("version", &version), std::pair("file", &name)})
      if (auto fits = check_segment(what, *text); !fits) return fail(std::move(fits).error().in("overrides"));
    auto path = resolve_inside(folder_, std::filesystem::path(label_) / version / name);
    if (!path) return fail(std::move(path).error().in("overrides"));
    auto bytes = read_file(*path, kMaxFileBytes);
    if (!bytes) return fail(std::move(bytes).error().in("overrides"));
    log::info("file overridden", {{"name", path->string()}});
    return bytes;
  }

  RepositoryPtr inner_;
  std::filesystem::path folder_;
  std::string label_;
};

}  // namespace

std::shared_ptr<Repository> cached(std::shared_ptr<Repository> repository, std::shared_ptr<ContentCache> cache) {
  return std::make_shared<CachedRepository>(std::move(repository), std::move(cache));
}

std::shared_ptr<Repository> with_overrides(std::shared_ptr<Repository> repository, std::filesystem::path folder, std::string label) {
  return std::make_shared<OverriddenRepository>(std::move(repository), std::move(folder), std::move(label));
}

}  // namespace slipway::providers
