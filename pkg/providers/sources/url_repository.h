// Sources of provider components that are addresses (clusterctl.md 1.5):
//
// - GitHub releases: https://github.com/{owner}/{repository}/releases/{latest|version}/{file}; see github_repository.h.
// - GitLab generic packages: https://{host}/api/v4/projects/{project}/packages/generic/{package}/{version}/{file}. Offers the version of its URL only.
// - Any static server or object store: https://{host}/{base}/{latest|version}/{file}. Another version stands at the same place of the path, metadata.yaml
// beside
//   the components. {base}/versions.txt, where there is one, lists the versions on offer, one a line; where there is none, the URL's own is on offer.
//   A path without a version segment, https://{host}/{base}/{file}: whatever version the spec names, its files lie there; none is on offer by itself.
//
// A token is sent as Bearer, a user with a password as Basic, to the URL's own host only. http:// is for this machine only.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "pkg/providers/sources/http_fetch.h"
#include "pkg/providers/sources/repository.h"

namespace slipway::providers {

struct RepositoryOptions {
  async::Executor executor;
  async::Clock* clock = nullptr;  // outlives the repository
  Access access;
  TransportFactory transports;          // null: the network
  std::optional<std::string> go_proxy;  // as GOPROXY; nothing: the environment's, else https://proxy.golang.org
  AttemptListener on_failed_attempt = nullptr;
};

// The list of versions is asked for once and kept as long as the repository. Errors: Invalid, naming what is wrong with the URL and what it should be.
[[nodiscard]] Result<std::shared_ptr<Repository>> open_url(std::string url, RepositoryOptions options);

}  // namespace slipway::providers
