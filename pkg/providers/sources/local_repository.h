// A folder as a source of components, in clusterctl's layout (clusterctl.md 1.5): [file://]/{base}/{label}/{version|latest}/{file}. Versions are the
// sub-folders of {base}/{label} that are semantic versions. Symbolic links are followed as long as they stay within {base}.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "pkg/providers/sources/repository.h"

namespace slipway::providers {

// True for what open_local() is for: file:// and absolute paths.
[[nodiscard]] bool is_local(std::string_view location) noexcept;
// Nothing is read yet. Errors: Invalid, naming what is wrong with the location and what it should be.
[[nodiscard]] Result<std::shared_ptr<Repository>> open_local(std::string location);

}  // namespace slipway::providers
