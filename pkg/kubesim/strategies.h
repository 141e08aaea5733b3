// What a kind does beyond the common rules when it is written: fields that the server fills in, and a few checks (kubernetes pkg/registry/*/strategy.go
// and defaults.go, as far as kubesim goes; README.md names the rest). Pure.
#pragma once

#include <vector>

#include "pkg/base/time.h"
#include "pkg/kubesim/status_error.h"

namespace slipway::kubesim {

// Defaults of built-in kinds (CRDs have theirs in the schema). Before validation, on create and on update of the main resource.
void default_builtin(const ResourceDef& def, json::Value& object);
void prepare_create(const ResourceDef& def, json::Value& object);
[[nodiscard]] std::vector<FieldIssue> validate_builtin(const ResourceDef& def, const json::Value& object, const json::Value* old);

// Whether PUT creates what is not there (AllowCreateOnUpdate), and whether it may leave out the resourceVersion (AllowUnconditionalUpdate).
[[nodiscard]] bool creates_on_update(const ResourceDef& def) noexcept;
[[nodiscard]] bool updates_unconditionally(const ResourceDef& def) noexcept;

[[nodiscard]] inline bool is_kind(const ResourceDef& def, std::string_view group, std::string_view resource) {
  return def.gvr.resource == resource && def.gvr.group == group;
}

}  // namespace slipway::kubesim
