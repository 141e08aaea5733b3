#include "pkg/providers/sources/url_repository.h"

#include <vector>

#include "pkg/base/strings.h"
#include "pkg/providers/sources/file_names.h"
#include "pkg/providers/sources/github_repository.h"
#include "pkg/providers/sources/http_url.h"
#include "pkg/providers/sources/version_list.h"

namespace slipway::providers {
namespace {

using Versions = std::vector<std::string>;

// Files at {base}/{version}/{file}, or at {base}/{file}.
struct Place {
  HttpFetcher fetcher;
  std::string base;  // no slash at its end
  bool versioned = true;
  bool listed = true;  // versions.txt may say what is on offer
  std::string own_version;
  std::string components;
  std::optional<Versions> known;
};
using PlacePtr = std::shared_ptr<Place>;

FetchRequest request_for(const Place& place, std::string url) {
  FetchRequest request(std::move(url));
  request.authorization = authorization_of(place.fetcher.access());
  return request;
}

Awaitable<Result<std::string>> fetch_file(PlacePtr place, std::string version, std::string name, Deadline deadline) {
  if (auto fits = check_segment("file", name); !fits) co_return fail(std::move(fits).error().in(place->base));
  if (place->versioned && !is_version_or_latest(version))
    co_return fail(Disposition::Invalid, place->base + ": version \"" + shorten(version, 100) + "\" is neither semantic versioning (v1.2.3) nor latest");
  const std::string folder = place->versioned ? place->base + "/" + percent_encode(version) : place->base;
  auto answer = co_await place->fetcher.send(request_for(*place, folder + "/" + percent_encode(name)), deadline);
  if (!answer) co_return fail(std::move(answer).error());
  co_return std::move(answer->body);
}

Result<Versions> without_list(const Place& place) {
  if (place.own_version != "latest") return Versions{place.own_version};
  return fail(Disposition::NotFound, place.base + ": has no versions.txt with a version a line, so nobody knows which is the latest: name the version");
}

Awaitable<Result<Versions>> list_versions(PlacePtr place, Deadline deadline) {
  if (!place->versioned) co_return Versions{};
  if (!place->listed) co_return Versions{place->own_version};
  if (place->known) co_return *place->known;
  FetchRequest request = request_for(*place, place->base + "/versions.txt");
  request.max_bytes = kMaxVersionListBytes;
  auto answer = co_await place->fetcher.send(std::move(request), deadline);
  // Object stores that may not be listed say 403 of what is not there.
  if (!answer && (answer.error().is(Disposition::NotFound) || answer.error().is(Disposition::Forbidden))) co_return without_list(*place);
  if (!answer) co_return fail(std::move(answer).error());
  VersionList list;
  auto added = list.add_lines(answer->body);
  if (added) added = list.add(place->own_version);
  if (!added) co_return fail(std::move(added).error().in(answer->final_url));
  if (list.empty()) co_return without_list(*place);
  place->known = list.take();
  co_return *place->known;
}

class PlaceRepository final : public Repository {
 public:
  explicit PlaceRepository(PlacePtr place) : place_(std::move(place)) {}
  [[nodiscard]] const std::string& where() const noexcept override { return place_->base; }
  [[nodiscard]] const std::string& components_file() const noexcept override { return place_->components; }
  [[nodiscard]] const std::string& default_version() const noexcept override { return place_->own_version; }
  Awaitable<Result<Versions>> versions(Deadline deadline) override { return list_versions(place_, deadline); }
  Awaitable<Result<std::string>> file(std::string version, std::string name, Deadline deadline) override {
    return fetch_file(place_, std::move(version), std::move(name), deadline);
  }

 private:
  PlacePtr place_;
};

bool is_gitlab(const std::vector<std::string>& parts, const HttpUrl& url) {
  const bool api = parts.size() > 2 && parts[0] == "api" && parts[1] == "v4" && parts[2] == "projects";
  return api && (url.host.starts_with("gitlab.") || (parts.size() > 5 && parts[4] == "packages" && parts[5] == "generic"));
}

Status check_gitlab(const std::vector<std::string>& parts, const HttpUrl& url) {
  if (parts.size() == 9 && parts[4] == "packages" && parts[5] == "generic" && is_semantic_version(parts[7])) return {};
  return fail(Disposition::Invalid, "URL \"" + url.shown() +
                                        "\": a package of GitLab is https://{host}/api/v4/projects/{project}/packages/generic/{package}/{version}/{file}, "
                                        "its version semantic versioning (v1.2.3): what is the latest cannot be asked for");
}

Result<std::shared_ptr<Repository>> open_place(const HttpUrl& url, std::vector<std::string> parts, RepositoryOptions options) {
  const bool gitlab = is_gitlab(parts, url);
  if (auto fits = gitlab ? check_gitlab(parts, url) : Status{}; !fits) return fail(std::move(fits).error());
  if (auto fits = check_segment("the file at the end of the path", parts.back()); !fits) return fail(std::move(fits).error().in("URL \"" + url.shown() + "\""));
  auto place = std::make_shared<Place>(Place{
      HttpFetcher(std::move(options.executor), *options.clock, std::move(options.access), std::move(options.transports), std::move(options.on_failed_attempt)),
      {},
      true,
      true,
      {},
      {},
      {}});
  place->components = std::move(parts.back());
  parts.pop_back();
  place->versioned = !parts.empty() && is_version_or_latest(parts.back());
  place->listed = !gitlab;
  if (place->versioned) {
    place->own_version = std::move(parts.back());
    parts.pop_back();
  }
  place->base = parts.empty() ? url.origin() : url.origin() + "/" + join(parts, "/");
  return std::make_shared<PlaceRepository>(std::move(place));
}

}  // namespace

Result<std::shared_ptr<Repository>> open_url(std::string text, RepositoryOptions options) {
  auto url = parse_http_url(text);
  if (!url) return fail(std::move(url).error());
  if (!url->query.empty())
    return fail(Disposition::Invalid, "URL \"" + url->shown() + "\": may not hold a query: every file of the source has an address of its own beside this one");
  if (url->host == "github.com" || url->host == "www.github.com") return open_github(*url, std::move(options));
  return open_place(*url, split(std::string_view(url->path).substr(1), '/'), std::move(options));
}

}  // namespace slipway::providers
