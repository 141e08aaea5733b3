#include "pkg/providers/sources/github_repository.h"

#include <algorithm>
#include <cstdlib>

#include "pkg/base/strings.h"
#include "pkg/json/value.h"
#include "pkg/providers/sources/file_names.h"
#include "pkg/providers/sources/version_list.h"

namespace slipway::providers {
namespace {

using Versions = std::vector<std::string>;

constexpr std::string_view kApi = "https://api.github.com";
constexpr std::string_view kDefaultGoProxy = "https://proxy.golang.org";
constexpr int kMaxMajors = 50;
constexpr int kPageSize = 100;  // the most that the API gives
constexpr int kMaxPages = 30;
constexpr int kAttemptsBeforeFallback = 2;

struct GitHub {
  HttpFetcher fetcher;
  std::string owner;
  std::string name;
  std::string go_proxy;  // empty: off
  std::string where;
  std::string own_version;
  std::string components;
  std::optional<Versions> known;
  [[nodiscard]] std::string page() const { return "https://github.com/" + owner + "/" + name; }
  [[nodiscard]] std::string api() const { return std::string(kApi) + "/repos/" + owner + "/" + name; }
  [[nodiscard]] bool has_token() const { return !fetcher.access().token.empty(); }
};
using GitHubPtr = std::shared_ptr<GitHub>;

FetchRequest api_request(const GitHub& github, std::string url, std::string accept = "application/vnd.github+json") {
  FetchRequest request(std::move(url));
  request.headers = {{"Accept", std::move(accept)}, {"X-GitHub-Api-Version", "2022-11-28"}};
  if (github.has_token()) request.authorization = authorization_of(github.fetcher.access());
  return request;
}

// Module paths write an upper-case letter as ! and the lower-case one (Go modules reference, "Module proxies").
std::string escape_module(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper) out += '!';
    out += upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

Awaitable<Result<Versions>> versions_of_proxy(GitHubPtr github, Deadline deadline) {
  const std::string module = github->go_proxy + "/github.com/" + escape_module(github->owner) + "/" + escape_module(github->name);
  VersionList list;
  for (int major = 1; major <= kMaxMajors; ++major) {
    FetchRequest request(module + (major == 1 ? "" : "/v" + std::to_string(major)) + "/@v/list");
    request.max_bytes = kMaxVersionListBytes;
    request.attempts = kAttemptsBeforeFallback;
    auto answer = co_await github->fetcher.send(std::move(request), deadline);
    if (!answer && answer.error().is(Disposition::NotFound)) break;
    if (!answer) co_return fail(std::move(answer).error());
    if (auto added = list.add_lines(answer->body); !added) co_return fail(std::move(added).error().in(answer->final_url));
  }
  if (list.empty()) co_return fail(Disposition::NotFound, module + ": lists no versions");
  co_return list.take();
}

Result<json::Value> parse_answer(const FetchResponse& answer, const json::Projection* drop = nullptr) {
  auto value = json::parse(answer.body, {.max_bytes = kMaxFileBytes, .max_depth = 32}, drop);
  if (!value) return fail(std::move(value).error().in(answer.final_url));
  return value;
}

Awaitable<Result<Versions>> versions_of_api(GitHubPtr github, Deadline deadline) {
  const json::Projection drop({{"*", "body"}, {"*", "assets"}, {"*", "author"}});
  VersionList list;
  for (int page = 1; page <= kMaxPages; ++page) {
    const std::string url = github->api() + "/releases?per_page=" + std::to_string(kPageSize) + "&page=" + std::to_string(page);
    auto answer = co_await github->fetcher.send(api_request(*github, url), deadline);
    if (!answer) co_return fail(std::move(answer).error());
    auto releases = parse_answer(*answer, &drop);
    if (!releases) co_return fail(std::move(releases).error());
    if (!releases->is_array()) co_return fail(Disposition::Invalid, answer->final_url + ": the answer is no list of releases");
    for (const json::Value& release : releases->array())
      if (auto added = release["draft"].as_bool() ? Status{} : list.add(release["tag_name"].as_string()); !added)
        co_return fail(std::move(added).error().in(answer->final_url));
    if (releases->array().size() < kPageSize) break;
  }
  co_return list.take();
}

// Both ways failed: the second one's error, and why it came to that.
Error after(const Error& second, const Error& first) { return {second.disposition(), second.message() + "; before that, " + first.message()}; }

Awaitable<Result<Versions>> list_versions(GitHubPtr github, Deadline deadline) {
  if (github->known) co_return *github->known;
  Result<Versions> listed = fail(Disposition::Unsupported, "the Go module proxy is off");
  if (!github->go_proxy.empty()) {
    auto of_proxy = co_await versions_of_proxy(github, deadline);
    listed = std::move(of_proxy);
  }
  if (!listed && !listed.error().is(Disposition::Canceled)) {
    auto of_api = co_await versions_of_api(github, deadline);
    if (!of_api) co_return fail(after(of_api.error(), listed.error()));
    listed = std::move(of_api);
  }
  if (listed) github->known = *listed;
  co_return listed;
}

Awaitable<Result<std::string>> file_of_api(GitHubPtr github, std::string tag, std::string name, Deadline deadline) {
  auto answer = co_await github->fetcher.send(api_request(*github, github->api() + "/releases/tags/" + percent_encode(tag)), deadline);
  if (!answer) co_return fail(std::move(answer).error());
  auto release = parse_answer(*answer);
  if (!release) co_return fail(std::move(release).error());
  std::int64_t id = 0;
  for (const json::Value& asset : (*release)["assets"].array())
    if (asset["name"].as_string() == name) id = asset["id"].as_int();
  if (id <= 0) co_return fail(Disposition::NotFound, answer->final_url + ": the release has no file " + name);
  const std::string url = github->api() + "/releases/assets/" + std::to_string(id);
  auto asset = co_await github->fetcher.send(api_request(*github, url, "application/octet-stream"), deadline);
  if (!asset) co_return fail(std::move(asset).error());
  co_return std::move(asset->body);
}

Awaitable<Result<std::string>> fetch_file(GitHubPtr github, std::string version, std::string name, Deadline deadline) {
  if (auto fits = check_segment("file", name); !fits) co_return fail(std::move(fits).error().in(github->where));
  if (!is_semantic_version(version))
    co_return fail(Disposition::Invalid, github->where + ": version \"" + shorten(version, 100) + "\" is not semantic versioning (v1.2.3)");
  FetchRequest request(github->page() + "/releases/download/" + percent_encode(version) + "/" + percent_encode(name));
  if (github->has_token()) request.attempts = kAttemptsBeforeFallback;
  auto plain = co_await github->fetcher.send(std::move(request), deadline);
  if (plain) co_return std::move(plain->body);
  if (!github->has_token() || plain.error().is(Disposition::Canceled)) co_return fail(std::move(plain).error());
  auto file = co_await file_of_api(github, std::move(version), std::move(name), deadline);
  if (!file) co_return fail(after(file.error(), plain.error()));
  co_return file;
}

class GitHubRepository final : public Repository {
 public:
  explicit GitHubRepository(GitHubPtr github) : github_(std::move(github)) {}
  [[nodiscard]] const std::string& where() const noexcept override { return github_->where; }
  [[nodiscard]] const std::string& components_file() const noexcept override { return github_->components; }
  [[nodiscard]] const std::string& default_version() const noexcept override { return github_->own_version; }
  Awaitable<Result<Versions>> versions(Deadline deadline) override { return list_versions(github_, deadline); }
  Awaitable<Result<std::string>> file(std::string version, std::string name, Deadline deadline) override {
    return fetch_file(github_, std::move(version), std::move(name), deadline);
  }

 private:
  GitHubPtr github_;
};

std::string go_proxy_of(const std::optional<std::string>& given) {
  const char* variable = std::getenv("GOPROXY");
  std::string list = given ? *given : variable == nullptr ? std::string() : std::string(variable);
  if (list.empty()) list = kDefaultGoProxy;
  std::ranges::replace(list, '|', ',');
  for (const std::string& part : split(list, ',')) {
    std::string entry(trim(part));
    while (entry.ends_with('/')) entry.pop_back();
    if (entry == "off" || entry == "direct") return {};
    if (entry.find("://") != std::string::npos) return entry;
  }
  return {};
}

bool is_name(std::string_view text, std::size_t max) noexcept {
  return !text.empty() && text.size() <= max && text != "." && text != ".." && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

}  // namespace

Result<std::shared_ptr<Repository>> open_github(const HttpUrl& url, RepositoryOptions options) {
  auto parts = split(std::string_view(url.path).substr(1), '/');
  if (parts.size() == 6 && parts[3] == "download") parts.erase(parts.begin() + 3);
  if (parts.size() == 6 && parts[3] == "latest" && parts[4] == "download") parts.erase(parts.begin() + 4);
  // 39 and 100 are GitHub's own limits.
  if (parts.size() != 5 || parts[2] != "releases" || !is_name(parts[0], 39) || !is_name(parts[1], 100) || !is_version_or_latest(parts[3]) ||
      !check_segment("file", parts[4]))
    return fail(Disposition::Invalid, "URL \"" + url.shown() +
                                          "\": a release of GitHub is https://github.com/{owner}/{repository}/releases/{version}/{file}, "
                                          "its version semantic versioning (v1.2.3) or latest");
  auto github = std::make_shared<GitHub>(GitHub{
      HttpFetcher(std::move(options.executor), *options.clock, std::move(options.access), std::move(options.transports), std::move(options.on_failed_attempt)),
      std::move(parts[0]),
      std::move(parts[1]),
      go_proxy_of(options.go_proxy),
      {},
      std::move(parts[3]),
      std::move(parts[4]),
      {}});
  github->where = github->page() + "/releases";
  return std::make_shared<GitHubRepository>(std::move(github));
}

}  // namespace slipway::providers
