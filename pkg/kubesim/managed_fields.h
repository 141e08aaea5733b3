// metadata.managedFields: who owns which field. Every create, update and patch is tracked as an Update operation of its field manager; server-side
// apply merges a configuration, refuses to take fields that others own unless forced, and removes what the manager no longer applies (apimachinery
// pkg/util/managedfields and structured-merge-diff merge/update.go; kubectl's last-applied annotation is not read by apply). Pure.
#pragma once

#include <string>
#include <vector>

#include "pkg/base/time.h"
#include "pkg/kubesim/field_set.h"
#include "pkg/kubesim/status_error.h"

namespace slipway::kubesim {

struct ManagerEntry {
  std::string manager;
  std::string operation;  // Apply or Update
  std::string api_version;
  std::string subresource;
  std::string time;
  FieldSet fields;
};
using Managers = std::vector<ManagerEntry>;

[[nodiscard]] Managers decode_managers(const json::Value& managed_fields);
[[nodiscard]] json::Value encode_managers(Managers managers);

struct FieldWriter {  // who writes, and how
  std::string manager;
  std::string subresource;
  std::string api_version;
  WallTime now{};
  const ResourceDef* def = nullptr;
};

// Sets next's metadata.managedFields after a change that is no apply. `live` is null on create.
void track_update(const json::Value* live, json::Value& next, const FieldWriter& writer);
// The live object with the configuration applied, managedFields set. `live` is null where the object is created.
// Errors: Conflict (409) with a cause a field; BadRequest.
[[nodiscard]] Outcome<json::Value> apply_config(const json::Value* live, const json::Value& config, const FieldWriter& writer, bool force);

// "ns/name; group/version, Kind=K" of an applied configuration, as the errors about it begin.
[[nodiscard]] std::string typed_name(const ResourceDef& def, const json::Value& config);

// True where they differ in nothing but metadata.managedFields[].time (then a write is no change).
[[nodiscard]] bool equal_but_times(const json::Value& a, const json::Value& b);

}  // namespace slipway::kubesim
