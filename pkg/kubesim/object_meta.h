// metadata: what it may hold, what the server fills in, what an update may change (apimachinery pkg/api/validation/objectmeta.go, apiserver
// pkg/registry/rest). Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pkg/base/time.h"
#include "pkg/kubesim/status_error.h"

namespace slipway::kubesim {

inline constexpr std::string_view kForegroundFinalizer = "foregroundDeletion";
inline constexpr std::string_view kOrphanFinalizer = "orphan";

[[nodiscard]] std::vector<FieldIssue> validate_meta(const ResourceDef& def, const json::Value& object);
[[nodiscard]] std::vector<FieldIssue> validate_meta_update(const json::Value& object, const json::Value& old);

// Sets uid and creationTimestamp, drops what a client cannot set, keeps the members in the order that the real server writes.
void fill_meta_on_create(const ResourceDef& def, json::Value& object, WallTime now);
// Carries over what an update cannot change.
void keep_meta_on_update(json::Value& object, const json::Value& old);

}  // namespace slipway::kubesim
