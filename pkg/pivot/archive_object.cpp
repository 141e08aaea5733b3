// One file of a backup: an object as its user has it.
#include "pkg/pivot/detail/manifest.h"
#include "pkg/pivot/detail/vault.h"
#include "pkg/pivot/names.h"
#include "pkg/pivot/payload.h"

namespace slipway::pivot::detail {
namespace {

constexpr std::array kServerSet{"resourceVersion", "creationTimestamp", "generation", "selfLink", "managedFields"};

// Takes our pause off: what stands there is what the journal says that its user had chosen.
void release(const Kind& kind, std::string_view user_state, kube::Object& object) {
  json::Value& annotations = object.ref({"metadata", "annotations"});
  annotations.erase(kPauseToken);
  annotations.erase(kManagedFields);
  if (is_class(kind)) annotations.erase(kPausedAnnotation);
  if (annotations.size() == 0) object.ref("metadata").erase("annotations");
  if (!is_cluster(kind)) return;
  if (user_state == "false")
    object.ref("spec").set("paused", false);
  else
    object.ref("spec").erase("paused");
}

}  // namespace

kube::Object saved_object(const Kind& kind, kube::Object object, std::string_view move_id, std::string_view user_state) {
  json::Value fields = managed_fields_of(object);
  if (kind.has_status) object.erase("status");
  object.set("apiVersion", kube::GroupVersionKind{kind.gvr.group, kind.gvr.version, kind.kind}.api_version());
  object.set("kind", kind.kind);
  json::Value& metadata = object.ref("metadata");
  for (const auto* field : kServerSet) metadata.erase(field);
  if (kube::annotation(object, kPauseToken) == move_id && !move_id.empty() && user_state != "true") release(kind, user_state, object);
  if (fields.size() > 0) object.ref("metadata").set("managedFields", std::move(fields));
  return object;
}

Result<kube::Object> read_object(const Manifest& manifest, const Entry& entry, std::string_view text) {
  const Kind& kind = manifest.kinds[entry.kind];
  auto object = json::parse(text, {.max_bytes = kMaxBackupFile});
  if (!object) return fail(Disposition::Invalid, entry.file + " is no JSON (" + object.error().message() + ")");
  const bool same = kube::gvk_of(*object) == kube::GroupVersionKind{kind.gvr.group, kind.gvr.version, kind.kind} && kube::key_of(*object) == entry.key &&
                    kube::uid_of(*object) == entry.uid;
  if (!same) return fail(Disposition::Invalid, entry.file + " is another object than the manifest says");
  return object;
}

}  // namespace slipway::pivot::detail
