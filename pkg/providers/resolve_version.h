// Which version "latest" is (clusterctl.md 1.5; clusterctl's client/repository/repository_versions.go). Nothing here is remembered: the repository below caches
// what it fetched. Thread: the loop's. Cancellation and deadline: as the repository's calls.
#pragma once

#include <memory>
#include <string>

#include "pkg/providers/metadata.h"
#include "pkg/providers/sources/repository.h"

namespace slipway::providers {

// The newest release, in three steps:
//   1. Candidates are the repository's versions, final ones before pre-releases, then newest first.
//   2. The first of at most five whose metadata.yaml is there; a tag without one (NotFound) is a release that is still being published.
//   3. Where that file has series for `contract`, and the newest of them is another than the candidate's, the same search among that series' versions; so with
//      contract v1beta1 a provider that has moved on to v1beta2 is still found. A metadata.yaml that cannot be read leaves the candidate.
// The answer is the tag as the repository has it (clusterctl would always write a leading v).
// Errors: NotFound where no candidate has a metadata.yaml, naming the repository and what was tried; the repository's own.
Awaitable<Result<std::string>> resolve_latest(std::shared_ptr<Repository> repository, Deadline deadline, std::string contract);

// The version that was asked for, which must be semantic versioning; where it is empty the one that the repository's location names; "latest" is searched for.
// Errors: Invalid for text that is no version; resolve_latest's.
Awaitable<Result<std::string>> resolve_version(std::shared_ptr<Repository> repository, Deadline deadline, std::string contract, std::string requested);

}  // namespace slipway::providers
