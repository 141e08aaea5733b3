// What tracking updates and applying configurations share about who owns a field. Inside kubesim only. Pure.
#pragma once

#include <string>

#include "pkg/kubesim/managed_fields.h"
#include "pkg/kubesim/typed_value.h"

namespace slipway::kubesim::detail {

// Never owned by anyone (managedfields/internal/stripmeta.go).
[[nodiscard]] const FieldSet& stripped();
// What a write through this endpoint cannot change, and so cannot own.
[[nodiscard]] FieldSet reset_fields(const FieldWriter& writer);
// Appliers keep one entry over all versions, updaters have one a version.
[[nodiscard]] bool same_manager(const ManagerEntry& a, const ManagerEntry& b);
[[nodiscard]] ManagerEntry entry_of(const FieldWriter& writer, std::string operation);
// What an object is compared with when it is created. Built-in kinds have spec and status even when nothing is in them.
[[nodiscard]] json::Value empty_object(const FieldWriter& writer);
[[nodiscard]] Comparison compare_for(const json::Value& live, const json::Value& next, const FieldWriter& writer);
void store_managers(json::Value& object, Managers managers);

}  // namespace slipway::kubesim::detail
