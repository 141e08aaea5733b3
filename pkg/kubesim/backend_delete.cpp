// Backend::remove: preconditions, the finalizers that a propagation policy sets, deletionTimestamp.
#include <algorithm>
#include <array>

#include "pkg/kubesim/backend.h"
#include "pkg/kubesim/definitions.h"
#include "pkg/kubesim/object_meta.h"
#include "pkg/kubesim/strategies.h"

namespace slipway::kubesim {
namespace {

// admission plugin NamespaceLifecycle
constexpr auto kImmortal = std::to_array<std::string_view>({"default", "kube-system", "kube-public"});

Outcome<void> check_delete(const ResourceDef& def, const kube::ObjectKey& key, const json::Value& live, const DeleteRequest& request) {
  kube::GroupVersionResource by_kind = def.gvr;
  by_kind.resource = def.kind;  // as pkg/registry/rest/delete.go has it
  if (!request.uid.empty() && request.uid != kube::uid_of(live))
    return conflict(by_kind, key.name,
                    "the UID in the precondition (" + request.uid + ") does not match the UID in record (" + std::string(kube::uid_of(live)) +
                        "). The object might have been deleted and then recreated");
  if (!request.resource_version.empty() && request.resource_version != kube::resource_version_of(live))
    return conflict(by_kind, key.name,
                    "the ResourceVersion in the precondition (" + request.resource_version + ") does not match the ResourceVersion in record (" +
                        std::string(kube::resource_version_of(live)) + "). The object might have been modified");
  if (!is_kind(def, "", "namespaces")) return {};
  if (std::ranges::find(kImmortal, key.name) != kImmortal.end()) return forbidden(def.gvr, key.name, "this namespace may not be deleted");
  return {};
}

// store.go deletionFinalizersForGarbageCollection
json::Array finalizers_for(const json::Value& live, std::string_view propagation) {
  bool orphan = propagation == "Orphan", foreground = propagation == "Foreground";
  json::Array out;
  for (const auto& f : live["metadata"]["finalizers"].array()) {
    const auto name = f.as_string();
    if (name == kOrphanFinalizer || name == kForegroundFinalizer) {
      if (propagation.empty()) (name == kOrphanFinalizer ? orphan : foreground) = true;
    } else {
      out.push_back(f);
    }
  }
  if (orphan) out.emplace_back(kOrphanFinalizer);
  if (foreground) out.emplace_back(kForegroundFinalizer);
  return out;
}

void mark_deleting(const ResourceDef& def, json::Value& object, WallTime now) {
  json::Value& meta = object.ref("metadata");
  if (meta["deletionTimestamp"].is_null()) {
    if (def.counts_generation && meta["generation"].as_int() > 0) meta.set("generation", meta["generation"].as_int() + 1);
    meta.set("deletionTimestamp", to_rfc3339(now));
  }
  if (!is_kind(def, "", "namespaces")) meta.set("deletionGracePeriodSeconds", 0);
}

}  // namespace

Outcome<Deleted> Backend::remove(const ResourceDef& def, const kube::ObjectKey& key, const DeleteRequest& request) {
  const kube::ObjectPtr live = get(def, key);
  if (!live) return not_found(def.gvr, key.name);
  if (auto held = check_delete(def, key, *live, request); !held) return Refusal(std::move(held).error());
  json::Array finalizers = finalizers_for(*live, request.propagation);
  const bool is_namespace = is_kind(def, "", "namespaces");
  const bool marks_definition = is_kind(def, "apiextensions.k8s.io", "customresourcedefinitions") && !kube::is_deleting(*live);
  if (marks_definition && !kube::has_finalizer(*live, kDefinitionFinalizer)) finalizers.emplace_back(kDefinitionFinalizer);
  const bool stays = !finalizers.empty() || (is_namespace && (*live)["spec"]["finalizers"].size() > 0);
  if (!stays) {
    if (request.dry_run) return Deleted{live, true};
    return Deleted{in_version(def, storage_.remove(group_resource(def.gvr), key)), true};
  }
  json::Value next = *live;
  if (finalizers.empty()) {
    next.ref("metadata").erase("finalizers");
  } else {
    next.ref("metadata").set("finalizers", std::move(finalizers));
  }
  mark_deleting(def, next, now());
  if (marks_definition) mark_definition_deleting(next, now());
  if (is_namespace) next.ref("status").set("phase", "Terminating");
  if (next == *live) return Deleted{live, false};
  if (request.dry_run) return Deleted{std::make_shared<const json::Value>(std::move(next)), false};
  return Deleted{put(def, key, std::move(next)), false};
}

}  // namespace slipway::kubesim
