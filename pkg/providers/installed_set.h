// A set as it is applied, kept on its own cluster once it has worked: what an upgrade that does not work is taken back to, whatever its source, its variables
// and the version that they belong to have become meanwhile. A Secret in the provider's namespace, since a set may hold some. Pure; any thread.
#pragma once

#include <string_view>

#include "pkg/providers/providers.h"

namespace slipway::providers {

// On an inventory entry, and on the Secret: the hash of the whole set that was healthy when it was written.
inline constexpr std::string_view kSetAnnotation = "slipway.dev/components";

// Of the Secret's name; the manifest label of the provider follows. The Secret has the label kComponentLabel.
inline constexpr std::string_view kInstalledSetPrefix = "slipway-installed-";

[[nodiscard]] kube::ObjectKey installed_set_key(const Components& components);
// Without its CRDs (without_crds). Errors: Invalid, where it is too large for a Secret.
[[nodiscard]] Result<kube::Object> installed_set(const Components& components, std::string_view hash);
// The Secret tells of that version with that content; nothing in it is read for that.
[[nodiscard]] bool is_installed_set(const kube::Object& secret, std::string_view version, std::string_view hash);
// Errors: Invalid, naming the Secret. Nothing of what it holds is in a message.
[[nodiscard]] Result<Components> read_installed_set(const kube::Object& secret);

}  // namespace slipway::providers
