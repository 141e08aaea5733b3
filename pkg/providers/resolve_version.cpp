#include "pkg/providers/resolve_version.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "pkg/base/strings.h"

namespace slipway::providers {
namespace {

constexpr std::size_t kMaxCandidates = 5;

struct Candidate {
  std::string tag;
  SemVer version;
};
using Series = std::optional<std::pair<std::uint64_t, std::uint64_t>>;  // major and minor; nothing: all

std::vector<Candidate> candidates(const std::vector<std::string>& tags, const Series& series) {
  std::vector<Candidate> out;
  for (const std::string& tag : tags) {
    auto version = parse_semver(tag);
    if (version && (!series || *series == std::pair(version->major, version->minor))) out.push_back({tag, std::move(*version)});
  }
  std::ranges::sort(out, [](const Candidate& a, const Candidate& b) {
    if (a.version.prerelease.empty() != b.version.prerelease.empty()) return a.version.prerelease.empty();
    if (a.version != b.version) return b.version < a.version;
    return a.tag < b.tag;  // build metadata: any order, but always the same
  });
  out.resize(std::min(out.size(), kMaxCandidates), {});
  return out;
}

Error nothing_found(const std::string& where, const Series& series, const std::vector<Candidate>& tried) {
  std::string what = series ? "release " + std::to_string(series->first) + "." + std::to_string(series->second) + ".x" : "release";
  if (tried.empty()) return {Disposition::NotFound, where + ": has no " + what + " with a semantic version; name a version, or fix the location"};
  std::vector<std::string> tags;
  tags.reserve(tried.size());
  for (const Candidate& c : tried) tags.push_back(c.tag);
  return {Disposition::NotFound, where + ": no " + what + " has a metadata.yaml; tried " + join(tags, ", ") + "; name a version, or fix the location"};
}

struct Found {
  Candidate candidate;
  std::string metadata;  // the file
};

Awaitable<Result<Found>> first_published(std::shared_ptr<Repository> repository, Deadline deadline, std::vector<std::string> tags, Series series) {
  const std::vector<Candidate> tries = candidates(tags, series);
  for (const Candidate& candidate : tries) {
    Result<std::string> file = co_await repository->file(candidate.tag, std::string(kMetadataFile), deadline);
    if (file) co_return Found{candidate, std::move(*file)};
    if (!file.error().is(Disposition::NotFound)) co_return fail(std::move(file).error());
  }
  co_return fail(nothing_found(repository->where(), series, tries));
}

// Where the contract's newest series is another than the candidate's.
Series other_series(const Found& found, std::string_view contract) {
  const auto metadata = parse_metadata(found.metadata, kMetadataFile);
  if (!metadata) return std::nullopt;
  const ReleaseSeries* newest = newest_series(*metadata, contract);
  if (newest == nullptr || (newest->major == found.candidate.version.major && newest->minor == found.candidate.version.minor)) return std::nullopt;
  return std::pair(newest->major, newest->minor);
}

}  // namespace

Awaitable<Result<std::string>> resolve_latest(std::shared_ptr<Repository> repository, Deadline deadline, std::string contract) {
  Result<std::vector<std::string>> tags = co_await repository->versions(deadline);
  if (!tags) co_return fail(std::move(tags).error());
  Result<Found> found = co_await first_published(repository, deadline, *tags, std::nullopt);
  if (!found) co_return fail(std::move(found).error());
  const Series series = other_series(*found, contract);
  if (!series) co_return std::move(found->candidate.tag);
  Result<Found> of_contract = co_await first_published(repository, deadline, std::move(*tags), series);
  if (!of_contract) co_return fail(std::move(of_contract).error().in("looking for a release of contract " + contract));
  co_return std::move(of_contract->candidate.tag);
}

Awaitable<Result<std::string>> resolve_version(std::shared_ptr<Repository> repository, Deadline deadline, std::string contract, std::string requested) {
  if (requested.empty()) requested = repository->default_version();
  if (requested.empty() || requested == "latest") {
    Result<std::string> latest = co_await resolve_latest(std::move(repository), deadline, std::move(contract));
    co_return latest;
  }
  if (!parse_semver(requested))
    co_return fail(Disposition::Invalid, "version \"" + shorten(requested, 128) + "\" is no semantic version such as v1.2.8 (latest is the newest one)");
  co_return requested;
}

}  // namespace slipway::providers
