// Repositories before which something else is asked.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "pkg/providers/sources/content_cache.h"
#include "pkg/providers/sources/repository.h"

namespace slipway::providers {

// Files of a semantic version are served from the cache where it has them, and kept there when they were fetched: what was released does not change. The list
// of versions is asked for every time; where the source cannot be reached (Transient, Timeout, TooManyRequests), the last one that it gave is the answer. A
// cache that cannot be written is logged and costs nothing else.
[[nodiscard]] std::shared_ptr<Repository> cached(std::shared_ptr<Repository> repository, std::shared_ptr<ContentCache> cache);

// clusterctl's overrides layer (clusterctl.md 1.5): {folder}/{label}/{version}/{file}, where it is there, replaces that file. It has no say in what versions
// there are. What is there and cannot be read is an error, never passed over. A file that is replaced is logged. Put it around cached(), not into it.
[[nodiscard]] std::shared_ptr<Repository> with_overrides(std::shared_ptr<Repository> repository, std::filesystem::path folder, std::string label);

}  // namespace slipway::providers
