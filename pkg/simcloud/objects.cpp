#include "pkg/simcloud/objects.h"

#include <algorithm>
#include <cctype>

#include "pkg/base/strings.h"
#include "pkg/simcloud/services.h"

namespace slipway::simcloud {

std::string suffix(std::string_view seed) {
  static constexpr std::string_view kAlphabet = "bcdfghjklmnpqrstvwxz2456789";  // apimachinery util/rand
  std::uint64_t hash = fnv1a(seed);
  std::string out;
  for (int i = 0; i < 5; ++i, hash /= kAlphabet.size()) out.push_back(kAlphabet[hash % kAlphabet.size()]);
  return out;
}

json::Value object_of(Pairs members) {
  json::Value out{json::Object()};
  for (const auto& [key, value] : members) out.set(key, value);
  return out;
}

json::Value list_of(std::initializer_list<json::Value> items) {
  json::Value out;
  json::Array& array = out.make_array();
  for (const json::Value& item : items) array.push_back(item);
  return out;
}

void set_labels(Object& object, Pairs labels) {
  for (const auto& [key, value] : labels) object.ref({"metadata", "labels", key}) = value;
}

void add_owner(Object& object, const Object& owner, bool controller) {
  json::Array& owners = object.ref({"metadata", "ownerReferences"}).make_array();
  erase_if(owners, [&](const json::Value& ref) { return ref["kind"] == owner["kind"] && ref["name"].as_string() == kube::name_of(owner); });
  owners.push_back(kube::owner_reference(owner, controller, controller));
}

bool owned_by(const Object& object, const Object& owner) noexcept {
  return std::ranges::any_of(object["metadata"]["ownerReferences"].array(),
                             [&](const json::Value& ref) { return ref["uid"].as_string() == kube::uid_of(owner); });
}

json::Value object_reference(const Object& object) {
  return object_of(
      {{"apiVersion", object["apiVersion"]}, {"kind", object["kind"]}, {"name", kube::name_of(object)}, {"namespace", kube::namespace_of(object)}});
}

bool add_finalizer(Object& object, std::string_view finalizer) {
  if (kube::has_finalizer(object, finalizer)) return false;
  object.ref({"metadata", "finalizers"}).push_back(finalizer);
  return true;
}

void drop_finalizer(Object& object, std::string_view finalizer) {
  json::Value* list = object.ref("metadata").find_mut("finalizers");
  if (list == nullptr) return;
  erase_if(list->make_array(), [&](const json::Value& f) { return f.as_string() == finalizer; });
}

std::string plural_of(std::string_view kind) {
  std::string name = to_lower(kind);
  if (name.ends_with("y")) return name.substr(0, name.size() - 1) + "ies";
  if (name.ends_with("s") || name.ends_with("x")) return name + "es";
  return name + "s";
}

Gvr gvr_of_reference(const json::Value& reference) {
  const kube::GroupVersionKind gvk = kube::gvk_of(reference);
  return {gvk.group, gvk.version, plural_of(gvk.kind)};
}

Object make_secret(const ObjectKey& key, std::string_view type, Pairs clear_values) {
  Object secret = kube::make_object("v1", "Secret", key);
  secret.set("type", type);
  secret.ref("data") = json::Object();
  for (const auto& [name, value] : clear_values) secret.ref({"data", name}) = base64_encode(value.as_string());
  return secret;
}

Object make_config_map(const ObjectKey& key, Pairs data) {
  Object map = kube::make_object("v1", "ConfigMap", key);
  map.set("data", object_of(data));
  return map;
}

std::string placeholder_pem(std::string_view type, std::string_view subject) {
  std::string out = "-----BEGIN ";
  out.append(type).append("-----\n").append(base64_encode("simulated: " + std::string(subject))).append("\n-----END ").append(type).append("-----\n");
  return out;
}

namespace {

void put_condition(Env env, Object& object, json::Value condition) {
  json::Array& conditions = object.ref({"status", "conditions"}).make_array();
  const std::string type = condition["type"].str();
  const auto same = [](const json::Value& a, const json::Value& b) {
    return a["status"] == b["status"] && a["reason"] == b["reason"] && a["severity"] == b["severity"] && a["message"] == b["message"];
  };
  for (json::Value& present : conditions)
    if (present["type"].as_string() == type) {
      if (same(present, condition)) return;
      condition.set("lastTransitionTime", env.now());
      present = std::move(condition);
      return;
    }
  condition.set("lastTransitionTime", env.now());
  const auto before = [](std::string_view a, std::string_view b) { return (a == "Ready") != (b == "Ready") ? a == "Ready" : a < b; };
  const auto at = std::ranges::find_if(conditions, [&](const json::Value& c) { return before(type, c["type"].as_string()); });
  conditions.insert(at, std::move(condition));
}

}  // namespace

void set_true(Env env, Object& object, std::string_view type) { put_condition(env, object, object_of({{"type", type}, {"status", "True"}})); }

void set_false(Env env, Object& object, std::string_view type, std::string_view reason, std::string_view severity, std::string_view message) {
  json::Value condition = object_of({{"type", type}, {"status", "False"}, {"reason", reason}, {"severity", severity}});
  if (!message.empty()) condition.set("message", message);
  put_condition(env, object, std::move(condition));
}

void summarize(Env env, Object& object, std::initializer_list<std::string_view> types) {
  const auto gravity = [&](std::string_view type) {
    const std::string_view severity = kube::condition(object, type)["severity"].as_string();
    return severity == "Error" ? 3 : severity == "Warning" ? 2 : 1;
  };
  std::string_view worst;
  for (const std::string_view type : types)
    if (!kube::condition_true(object, type) && (worst.empty() || gravity(type) > gravity(worst))) worst = type;
  if (worst.empty()) return set_true(env, object, "Ready");
  const Object before = object;
  mirror(env, object, "Ready", &before, worst, "Waiting");
}

void mirror(Env env, Object& object, std::string_view type, const Object* from, std::string_view from_type, std::string_view fallback) {
  const json::Value source = from == nullptr ? json::Value() : kube::condition(*from, from_type);
  if (source["status"].as_string() == "True") return set_true(env, object, type);
  if (source.is_null()) return set_false(env, object, type, fallback, "Info", "");
  set_false(env, object, type, source["reason"].as_string(fallback), source["severity"].as_string("Info"), source["message"].as_string());
}

kube::WriteOptions write_as(std::string_view field_manager) {
  kube::WriteOptions options;
  options.field_manager = field_manager;
  return options;
}

kube::PatchOptions patch_as(std::string_view field_manager, std::string_view subresource) {
  kube::PatchOptions options;
  options.field_manager = field_manager;
  options.subresource = subresource;
  return options;
}

Awaitable<Result<bool>> create(Env env, Gvr gvr, Object object) {
  auto created = co_await env.client().create(gvr, std::move(object), write_as("manager"));
  if (created) co_return true;
  if (created.error().is(Disposition::AlreadyExists)) co_return false;
  co_return fail(std::move(created).error());
}

Awaitable<Result<bool>> create_with_status(Env env, Gvr gvr, Object object) {
  json::Value body = object_of({{"status", object["status"]}});
  const ObjectKey key = kube::key_of(object);
  const auto created = co_await create(env, gvr, std::move(object));
  if (!created || !*created) co_return created;
  auto patched = co_await env.client().patch(gvr, key, kube::PatchType::Merge, std::move(body), patch_as("manager", "status"));
  if (!patched) co_return fail(std::move(patched).error());
  co_return true;
}

Awaitable<Status> save(Env env, Gvr gvr, ObjectPtr cached, Object wanted) {
  const ObjectKey key = kube::key_of(*cached);
  const json::Value status = wanted["status"];
  Object before = *cached;
  before.erase("status");
  wanted.erase("status");
  json::Value body = json::diff(before, wanted);
  if (!body.is_null() && body.size() > 0) {
    body.ref({"metadata", "resourceVersion"}) = kube::resource_version_of(*cached);
    auto patched = co_await env.client().patch(gvr, key, kube::PatchType::Merge, std::move(body), patch_as("manager"));
    if (!patched && patched.error().is(Disposition::NotFound)) co_return Status{};
    if (!patched) co_return fail(std::move(patched).error());
  }
  json::Value change = json::diff((*cached)["status"], status);
  if (change.is_null() || status.is_null()) co_return Status{};
  auto patched = co_await env.client().patch(gvr, key, kube::PatchType::Merge, object_of({{"status", std::move(change)}}), patch_as("manager", "status"));
  if (!patched && !patched.error().is(Disposition::NotFound)) co_return fail(std::move(patched).error());
  co_return Status{};
}

Awaitable<Status> remove(Env env, Gvr gvr, ObjectPtr object) {
  kube::DeleteOptions options;
  options.uid = kube::uid_of(*object);
  auto removed = co_await env.client().remove(gvr, kube::key_of(*object), options);
  if (!removed && !removed.error().is(Disposition::NotFound) && !removed.error().is(Disposition::Conflict)) co_return fail(std::move(removed).error());
  co_return Status{};
}

}  // namespace slipway::simcloud
