#include "pkg/pivot/names.h"
#include "pkg/pivot/payload.h"

namespace slipway::pivot {
namespace {

json::Value with_uid(std::string_view uid) {
  json::Value patch;
  patch.ref("metadata").set("uid", uid);
  return patch;
}

void unpause(const Kind& kind, std::string_view user_state, json::Value& patch) {
  json::Value& annotations = patch.ref({"metadata", "annotations"});
  annotations.set(kPauseToken, nullptr);
  if (user_state == "true") return;
  if (is_cluster(kind)) patch.ref({"spec", "paused"}) = user_state == "false" ? json::Value(false) : json::Value();
  if (is_class(kind)) annotations.set(kPausedAnnotation, nullptr);
}

// managedFields from the annotation that carries them, where there is one; and that annotation off.
json::Value restore_fields(const kube::Object& object) {
  const std::string_view carried = kube::annotation(object, kManagedFields);
  json::Value patch = carried.empty() ? with_uid(kube::uid_of(object)) : managed_fields_patch(kube::uid_of(object), managed_fields_of(object));
  patch.ref({"metadata", "annotations"}).set(kManagedFields, nullptr);
  return patch;
}

}  // namespace

json::Value pause_patch(const Kind& kind, const kube::Object& object, std::string_view move_id, std::string_view user_state) {
  json::Value patch = with_uid(kube::uid_of(object));
  patch.ref("metadata").set("resourceVersion", kube::resource_version_of(object));  // a pause that its user sets meanwhile must not be taken for ours
  json::Value& annotations = patch.ref({"metadata", "annotations"});
  annotations.set(kPauseToken, move_id);
  if (user_state == "false" && marks_fit(object)) annotations.set(kManagedFields, json::dump(managed_fields_of(object)));
  if (is_cluster(kind)) patch.ref({"spec", "paused"}) = true;
  if (is_class(kind)) annotations.set(kPausedAnnotation, "");
  return patch;
}

std::optional<json::Value> unpause_patch(const Kind& kind, const kube::Object& object, std::string_view user_state) {
  if (!is_cluster(kind) || user_state != "false" || kube::annotation(object, kPauseToken).empty()) return std::nullopt;
  json::Value patch = with_uid(kube::uid_of(object));
  patch.ref({"spec", "paused"}) = false;
  return patch;
}

json::Value restore_patch(const Kind& kind, const kube::Object& object, std::string_view user_state) {
  json::Value patch = managed_fields_patch(kube::uid_of(object), managed_fields_of(object));
  patch.ref({"metadata", "annotations"}).set(kManagedFields, nullptr);
  unpause(kind, user_state, patch);
  return patch;
}

json::Value delete_patch(const Item& item, bool strip_finalizers) {
  json::Value patch = with_uid(item.uid);
  patch.ref({"metadata", "annotations"}).set(kDeleteForMoveAnnotation, "");  // a merge patch adds to the map, whatever it holds
  if (strip_finalizers) patch.ref("metadata").set("finalizers", nullptr);
  return patch;
}

json::Value strip_patch(std::string_view uid) {
  json::Value patch = with_uid(uid);
  patch.ref("metadata").set("finalizers", nullptr);
  return patch;
}

json::Value managed_fields_patch(std::string_view uid, json::Value fields) {
  json::Value patch = with_uid(uid);
  if (fields.size() == 0) fields.push_back(json::Object());  // [{}] empties the list; [] would be ignored (apimachinery managedfields.go)
  patch.ref("metadata").set("managedFields", std::move(fields));
  return patch;
}

json::Value finalize_patch(const Kind& kind, const kube::Object& object, std::string_view user_state) {
  json::Value patch = restore_fields(object);
  json::Value& annotations = patch.ref({"metadata", "annotations"});
  for (const auto mark : {kMoveId, kSourceUid, kKeptOnSource}) annotations.set(mark, nullptr);
  if (!kube::annotation(object, kPauseToken).empty()) unpause(kind, user_state, patch);
  return patch;
}

}  // namespace slipway::pivot
