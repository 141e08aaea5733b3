#include "pkg/kube/types.h"

#include "pkg/base/strings.h"

namespace slipway::kube {
namespace {

const json::Value& metadata(const Object& o) noexcept { return o["metadata"]; }

std::string joined(std::string_view a, char separator, std::string_view b) {
  std::string out;
  out.reserve(a.size() + 1 + b.size());
  out.append(a).push_back(separator);
  out.append(b);
  return out;
}

}  // namespace

std::string GroupVersionResource::to_string() const {
  std::string out = joined(resource, '.', version);
  if (!group.empty()) out.append(".").append(group);
  return out;
}

std::string GroupVersionKind::api_version() const { return group.empty() ? version : joined(group, '/', version); }

GroupVersionKind gvk_of(const json::Value& object) {
  GroupVersionKind gvk;
  const std::string_view api_version = object["apiVersion"].as_string();
  const auto slash = api_version.find('/');
  if (slash != std::string_view::npos) gvk.group = api_version.substr(0, slash);
  gvk.version = slash == std::string_view::npos ? api_version : api_version.substr(slash + 1);
  gvk.kind = object["kind"].as_string();
  return gvk;
}

std::string ObjectKey::to_string() const { return ns.empty() ? name : joined(ns, '/', name); }

std::string_view name_of(const Object& o) noexcept { return metadata(o)["name"].as_string(); }
std::string_view namespace_of(const Object& o) noexcept { return metadata(o)["namespace"].as_string(); }
std::string_view uid_of(const Object& o) noexcept { return metadata(o)["uid"].as_string(); }
std::string_view kind_of(const Object& o) noexcept { return o["kind"].as_string(); }
std::string_view resource_version_of(const Object& o) noexcept { return metadata(o)["resourceVersion"].as_string(); }
std::int64_t generation_of(const Object& o) noexcept { return metadata(o)["generation"].as_int(); }
bool is_deleting(const Object& o) noexcept { return !metadata(o)["deletionTimestamp"].as_string().empty(); }
std::string_view label(const Object& o, std::string_view key) noexcept { return metadata(o)["labels"][key].as_string(); }
std::string_view annotation(const Object& o, std::string_view key) noexcept { return metadata(o)["annotations"][key].as_string(); }
bool has_label(const Object& o, std::string_view key) noexcept { return metadata(o)["labels"].contains(key); }

bool has_finalizer(const Object& o, std::string_view finalizer) noexcept {
  for (const auto& f : metadata(o)["finalizers"].array())
    if (f.as_string() == finalizer) return true;
  return false;
}

ObjectKey key_of(const Object& o) { return {std::string(namespace_of(o)), std::string(name_of(o))}; }

std::string describe(const Object& o) {
  const std::string_view kind = kind_of(o);
  return joined(kind.empty() ? std::string_view("object") : kind, ' ', key_of(o).to_string());
}

const json::Value& condition(const Object& o, std::string_view type) noexcept {
  static const json::Value kAbsent;
  for (const auto& c : o["status"]["conditions"].array())
    if (c["type"].as_string() == type) return c;
  return kAbsent;
}

bool condition_true(const Object& o, std::string_view type) noexcept { return condition(o, type)["status"].as_string() == "True"; }

Object make_object(std::string_view api_version, std::string_view kind, const ObjectKey& key) {
  Object o;
  o.set("apiVersion", api_version);
  o.set("kind", kind);
  json::Value& meta = o.ref("metadata");
  meta.set("name", key.name);
  if (!key.ns.empty()) meta.set("namespace", key.ns);
  return o;
}

json::Value owner_reference(const Object& owner, bool controller, bool block_owner_deletion) {
  json::Value ref;
  ref.set("apiVersion", owner["apiVersion"]);
  ref.set("kind", owner["kind"]);
  ref.set("name", name_of(owner));
  ref.set("uid", uid_of(owner));
  if (controller) ref.set("controller", true);
  if (block_owner_deletion) ref.set("blockOwnerDeletion", true);
  return ref;
}

bool secret_value(const Object& secret, std::string_view key, std::string& out) {
  const json::Value* value = secret["data"].find(key);
  return value != nullptr && value->is_string() && base64_decode(value->as_string(), out);
}

}  // namespace slipway::kube
