#include "pkg/pivot/payload.h"

#include <array>

#include "pkg/pivot/names.h"

namespace slipway::pivot {
namespace {

constexpr std::array kServerSet{"uid",           "resourceVersion",   "creationTimestamp",          "generation",     "selfLink",
                                "managedFields", "deletionTimestamp", "deletionGracePeriodSeconds", "ownerReferences"};
constexpr std::array kMarks{kMoveId, kSourceUid, kKeptOnSource, kManagedFields, kPauseToken};

json::Value rebuild_owners(const kube::Object& source, const CopyOptions& options) {
  json::Value owners;
  for (const auto& ref : source["metadata"]["ownerReferences"].array()) {
    const auto uid = options.target_uid(ref["uid"].as_string());
    if (!uid) continue;
    json::Value rebuilt = ref;
    rebuilt.set("uid", *uid);
    owners.push_back(std::move(rebuilt));
  }
  return owners;
}

// A pause that is not there yet becomes ours; one without our token is the user's and stays as it is.
void hold(const Kind& kind, const std::string& move_id, kube::Object& copy) {
  json::Value& annotations = copy.ref({"metadata", "annotations"});
  if (is_cluster(kind) && !copy["spec"]["paused"].as_bool()) {
    copy.ref("spec").set("paused", true);
    annotations.set(kPauseToken, move_id);
  }
  if (is_class(kind) && !annotations.contains(kPausedAnnotation)) {
    annotations.set(kPausedAnnotation, "");
    annotations.set(kPauseToken, move_id);
  }
}

void drop_nulls(json::Value& value) {
  std::vector<json::Value*> stack{&value};
  while (!stack.empty()) {
    json::Value* v = stack.back();
    stack.pop_back();
    if (v->is_array())
      for (auto& element : v->make_array()) stack.push_back(&element);
    if (!v->is_object()) continue;
    std::vector<std::string> nulls;
    for (auto& member : v->make_object()) {
      if (member.value.is_null())
        nulls.push_back(member.key);
      else
        stack.push_back(&member.value);
    }
    for (const auto& key : nulls) v->erase(key);
  }
}

void keep_if_any(json::Value& to, std::string_view key, const json::Value& from) {
  if (from.size() > 0) to.set(key, from);
}

json::Value payload(const Kind& kind, const kube::Object& object) {
  json::Value out;
  for (const auto& member : object.object())
    if (member.key != "apiVersion" && member.key != "kind" && member.key != "metadata" && (member.key != "status" || !kind.has_status))
      out.set(member.key, member.value);
  if (is_cluster(kind))
    if (json::Value* spec = out.find_mut("spec")) spec->erase("paused");
  drop_nulls(out);
  return out;
}

}  // namespace

json::Value managed_fields_of(const kube::Object& source) {
  const std::string_view carried = kube::annotation(source, kManagedFields);  // from before a pause that took a field over
  if (auto fields = json::parse(carried); !carried.empty() && fields && fields->is_array()) return std::move(*fields);
  json::Value out{json::Array()};
  for (const auto& entry : source["metadata"]["managedFields"].array())
    if (entry["manager"].as_string() != kFieldManager) out.push_back(entry);
  return out;
}

bool marks_fit(const kube::Object& source) {
  const std::size_t carried = json::dump(source["metadata"]["annotations"]).size();
  return carried + json::dump(managed_fields_of(source)).size() <= kMaxMarkBytes;
}

kube::Object relocated(kube::Object object, const Scope& scope) {
  if (!scope.relocates()) return object;
  const kube::ObjectKey key = kube::key_of(object);
  if (key.ns == scope.ns) object.ref("metadata").set("namespace", scope.there(key).ns);
  rewrite_references(object, scope.ns, scope.target_namespace);
  return object;
}

kube::Object copy_for_target(const Kind& kind, const kube::Object& source, const CopyOptions& options) {
  kube::Object copy = relocated(source, options.scope);
  copy.set("apiVersion", kube::GroupVersionKind{kind.gvr.group, kind.gvr.version, kind.kind}.api_version());
  copy.set("kind", kind.kind);
  if (kind.has_status) copy.erase("status");
  json::Value& metadata = copy.ref("metadata");
  for (const auto* field : kServerSet) metadata.erase(field);
  if (metadata.contains("name")) metadata.erase("generateName");
  json::Value owners = rebuild_owners(source, options);
  if (owners.size() > 0) metadata.set("ownerReferences", std::move(owners));
  json::Value& annotations = metadata.ref("annotations");
  for (const auto mark : {kMoveId, kSourceUid, kKeptOnSource, kManagedFields, kDeleteForMoveAnnotation}) annotations.erase(mark);
  annotations.set(kMoveId, options.move_id);
  annotations.set(kSourceUid, kube::uid_of(source));
  if (options.kept_on_source) annotations.set(kKeptOnSource, "true");
  if (marks_fit(source)) annotations.set(kManagedFields, json::dump(managed_fields_of(source)));
  hold(kind, options.move_id, copy);
  return copy;
}

json::Value comparable(const Kind& kind, const kube::Object& object) {
  json::Value out = payload(kind, object);
  json::Value metadata;
  keep_if_any(metadata, "labels", object["metadata"]["labels"]);
  json::Value annotations = object["metadata"]["annotations"];
  if (annotations.is_object()) {
    if (is_class(kind) && annotations.contains(kPauseToken)) annotations.erase(kPausedAnnotation);
    for (const auto mark : kMarks) annotations.erase(mark);
    annotations.erase(kDeleteForMoveAnnotation);
  }
  keep_if_any(metadata, "annotations", annotations);
  keep_if_any(metadata, "finalizers", object["metadata"]["finalizers"]);
  out.set("metadata", std::move(metadata));
  return out;
}

bool same_payload(const Kind& kind, const kube::Object& a, const kube::Object& b) { return payload(kind, a) == payload(kind, b); }

std::string first_difference(const json::Value& copy, const json::Value& original) {
  struct Pair {
    const json::Value* copy;
    const json::Value* original;
    std::string path;
  };
  std::vector<Pair> stack{{&copy, &original, ""}};
  while (!stack.empty()) {
    const Pair pair = std::move(stack.back());
    stack.pop_back();
    if (pair.original->is_null()) continue;
    if (pair.original->is_object() && pair.copy->is_object()) {
      for (const auto& member : pair.original->object())
        stack.push_back({&(*pair.copy)[member.key], &member.value, pair.path.empty() ? member.key : pair.path + "." + member.key});
    } else if (pair.original->is_array() && pair.copy->is_array() && pair.original->size() == pair.copy->size()) {
      for (std::size_t i = 0; i < pair.original->size(); ++i)
        stack.push_back({&(*pair.copy)[i], &(*pair.original)[i], pair.path + "[" + std::to_string(i) + "]"});
    } else if (!(*pair.copy == *pair.original)) {
      return pair.path.empty() ? "the whole object" : pair.path;
    }
  }
  return {};
}

bool covers(const json::Value& copy, const json::Value& original) { return first_difference(copy, original).empty(); }

}  // namespace slipway::pivot
