// A Repository over files that are in memory already: what a bundle or the cluster's own objects hold. No I/O; deadlines do not matter to it.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pkg/providers/sources/repository.h"

namespace slipway::providers {

using FileSet = std::map<std::string, std::string, std::less<>>;         // by name
using VersionSet = std::map<std::string, FileSet, std::less<>>;          // by version; the empty version stands for any that is asked for
inline constexpr std::string_view kPlainComponents = "components.yaml";  // what files are called whose source serves one provider only

struct MemorySource {
  std::string where;
  std::string components_file;
  std::string default_version;
  VersionSet versions;
};
// A components file that is asked for by its typed name is found under "components.yaml" too. Errors of file(): NotFound, naming what there is.
[[nodiscard]] std::shared_ptr<Repository> make_memory_repository(MemorySource source);

// "components.yaml", "infrastructure-components.yaml", "infrastructure-components-development.yaml"
[[nodiscard]] bool is_components_name(std::string_view name) noexcept;
// Which of the files are the components: one so named, else the only one besides metadata.yaml; empty where that is not clear.
[[nodiscard]] std::string find_components_file(const FileSet& files);
// As a Repository's file() answers where it is not there; `have` lists what is.
[[nodiscard]] Error no_such_file(std::string_view where, std::string_view version, std::string_view name, std::span<const std::string> have);
// The same where it is the version that is not there; `have`, in any order, is told newest first, with what to write where only the v is amiss.
[[nodiscard]] Error no_such_version(std::string_view where, std::string_view version, std::vector<std::string> have);

}  // namespace slipway::providers
