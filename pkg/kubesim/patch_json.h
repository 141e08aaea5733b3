// JSON patches as kube-apiserver applies them (evanphx/json-patch 4, with its settings in apiserver): RFC 6902 but for what that library forgives. Negative
// indices count from the end, "replace" of a member that is not there adds it, "test" of one equals null, "copy" of one writes null. Pure; any thread.
#pragma once

#include <expected>
#include <string>

#include "pkg/json/value.h"

namespace slipway::kubesim {

// apiserver pkg/server/config.go JSONPatchMaxCopyBytes: what all copies of a patch may add, in bytes.
inline constexpr std::size_t kMaxCopied = 3UL * 1024 * 1024;

// The patched document. `operations` is an array. Errors: the library's sentence ("testing value /a failed: test failed").
[[nodiscard]] std::expected<json::Value, std::string> patch_json(json::Value document, const json::Value& operations);

}  // namespace slipway::kubesim
