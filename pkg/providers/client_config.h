// clusterctl's config file (clusterctl.md 1.5, 1.6, 1.7 step 3; clusterctl's client/config), so that one that a user has already can be given as it is:
//   providers, cert-manager: catalog.h
//   images: {all: {repository, tag}, cert-manager: {...}, infrastructure-vsphere: {...}, infrastructure-vsphere/manager: {repository, name, tag}}
//   overridesFolder: a folder whose files replace those of repositories
//   anything else that is a single value: a variable of the components files
// Names of variables do not know case here, as in clusterctl, and the environment comes before the file. Pure; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pkg/base/error.h"
#include "pkg/providers/catalog.h"
#include "pkg/providers/images.h"

namespace slipway::providers {

class ClientConfig {
 public:
  // `source` names the file in errors; empty text is an empty file. The environment is asked for single names, now for what urls and overridesFolder name and
  // later for variables; it is kept. Errors: Invalid, naming source, field and fix; never a value.
  [[nodiscard]] static Result<ClientConfig> parse(std::string_view yaml, std::string_view source, Environment environment = {});

  [[nodiscard]] const Catalog& catalog() const noexcept { return catalog_; }  // the built-in one under the file's own
  [[nodiscard]] const std::vector<ImageRule>& images() const noexcept { return images_; }
  [[nodiscard]] const std::string& overrides_folder() const noexcept { return overrides_folder_; }  // empty: not said

  // The environment's, by the name in capitals with _ for -, where it is set, be it empty; then the file's. May be secret.
  [[nodiscard]] std::optional<std::string> value(std::string_view variable) const;
  // The values that there are for the names that this text uses, those inside of defaults too, and no others. May be secret.
  [[nodiscard]] std::map<std::string, std::string> values_for(std::string_view components_yaml) const;

 private:
  Catalog catalog_;
  std::vector<ImageRule> images_;
  std::string overrides_folder_;
  std::map<std::string, std::string, std::less<>> variables_;  // by the name in lower case
  Environment environment_;
};

// Where clusterctl looks for its config file, and for its overrides where the file does not name them, the best place first: below $XDG_CONFIG_HOME (or
// ~/.config), then below ~. Empty where there is no home.
[[nodiscard]] std::vector<std::string> default_config_files(const Environment& environment);
[[nodiscard]] std::vector<std::string> default_overrides_folders(const Environment& environment);

}  // namespace slipway::providers
