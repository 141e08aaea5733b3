// Releases of a public or private GitHub repository as a source of components.
//
// Versions: from a Go module proxy first ({GOPROXY}/github.com/{owner}/{repository}/@v/list, then /v2, /v3 ... to the first that does not exist), which has no
// rate limit; where that is off or fails, from GitHub's API. The first entry of GOPROXY that is a URL counts; off or direct before it turn it off.
// Files: releases/download/{tag}/{file}; where that fails and there is a token, through the API, which opens private repositories.
#pragma once

#include <memory>
#include <vector>

#include "pkg/providers/sources/http_url.h"
#include "pkg/providers/sources/url_repository.h"

namespace slipway::providers {

// Also for the two forms that a browser shows: releases/download/{version}/{file} and releases/latest/download/{file}. Errors: Invalid.
[[nodiscard]] Result<std::shared_ptr<Repository>> open_github(const HttpUrl& url, RepositoryOptions options);

}  // namespace slipway::providers
