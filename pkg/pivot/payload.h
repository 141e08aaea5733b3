// The bodies that a move writes, and how two copies of an object are compared. Pure; any thread. Rules: clusterctl.md 2.9, 2.10.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "pkg/pivot/inventory.h"
#include "pkg/pivot/scope.h"

namespace slipway::pivot {

struct CopyOptions {
  std::string move_id;
  Scope scope;
  bool kept_on_source = false;
  // The target's UID of an owner, by its source UID; nothing where it does not move (a stale reference: it is dropped).
  std::function<std::optional<std::string>(std::string_view)> target_uid;
};
// The object as it is called, and refers to others, on the target.
[[nodiscard]] kube::Object relocated(kube::Object object, const Scope& scope);
// What is created on the target: no server-set fields, no status that is a subresource, owners there, our marks, and Clusters and ClusterClasses paused.
[[nodiscard]] kube::Object copy_for_target(const Kind& kind, const kube::Object& source, const CopyOptions& options);
// The source's managedFields as they were before the move: without our own entries.
[[nodiscard]] json::Value managed_fields_of(const kube::Object& source);
// False where managedFields are too long to be carried in an annotation: they are then restored right after the create.
[[nodiscard]] bool marks_fit(const kube::Object& source);

// What both sides must agree on: labels, annotations, finalizers and the payload, without what a server or a move sets.
[[nodiscard]] json::Value comparable(const Kind& kind, const kube::Object& object);
// True where `copy` has all of `original`; more, as defaults of a newer provider, does not count. Null equals absent.
[[nodiscard]] bool covers(const json::Value& copy, const json::Value& original);
// The first field that differs, for messages: "spec.replicas". Never a value.
[[nodiscard]] std::string first_difference(const json::Value& copy, const json::Value& original);
// True where `payload` alone (spec, data, and so on, not metadata) is the same.
[[nodiscard]] bool same_payload(const Kind& kind, const kube::Object& a, const kube::Object& b);

// Merge patches. Those that name a UID fail with Conflict on another object of the same name.
// `user_state` of a Cluster's pause, here and below: "true", "false", or empty (not set). "false" is a field that has an owner: our pause takes it over, so the
// managedFields from before are carried in an annotation.
[[nodiscard]] json::Value pause_patch(const Kind& kind, const kube::Object& object, std::string_view move_id, std::string_view user_state);
// What must be written before finalize_patch() or restore_patch(), so that those can give the field back to its owner; nothing where nothing must.
[[nodiscard]] std::optional<json::Value> unpause_patch(const Kind& kind, const kube::Object& object, std::string_view user_state);
[[nodiscard]] json::Value restore_patch(const Kind& kind, const kube::Object& object, std::string_view user_state);
[[nodiscard]] json::Value delete_patch(const Item& item, bool strip_finalizers);
[[nodiscard]] json::Value strip_patch(std::string_view uid);
[[nodiscard]] json::Value managed_fields_patch(std::string_view uid, json::Value fields);
// Takes our marks off a target object, restores its managedFields and, where the pause is ours, the user's state: one write.
[[nodiscard]] json::Value finalize_patch(const Kind& kind, const kube::Object& object, std::string_view user_state);

}  // namespace slipway::pivot
