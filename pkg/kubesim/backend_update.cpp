// Backend::update: what a write may change, by endpoint; generation; finalizers that ran out.
#include "pkg/kubesim/backend.h"
#include "pkg/kubesim/managed_fields.h"
#include "pkg/kubesim/object_meta.h"
#include "pkg/kubesim/strategies.h"

namespace slipway::kubesim {
namespace {

void copy_member(json::Value& to, const json::Value& from, std::string_view member) {
  if (const json::Value* v = from.find(member)) {
    to.set(member, *v);
  } else {
    to.erase(member);
  }
}

// Through /status only status changes (and the record of who changed it); through /finalize of a namespace only spec.finalizers; otherwise all but status.
json::Value separated(const ResourceDef& def, const json::Value& live, json::Value next, std::string_view subresource) {
  if (subresource.empty()) {
    if (def.has_status) copy_member(next, live, "status");
    if (is_kind(def, "", "namespaces")) copy_member(next, live, "spec");
    return next;
  }
  json::Value out = live;
  if (subresource == "status") copy_member(out, next, "status");
  if (subresource == "finalize") copy_member(out, next, "spec");
  copy_member(out.ref("metadata"), next["metadata"], "managedFields");
  copy_member(out.ref("metadata"), next["metadata"], "resourceVersion");
  copy_member(out.ref("metadata"), next["metadata"], "uid");
  return out;
}

// Generation counts what is wanted: everything but metadata and, where it has an endpoint of its own, status.
bool wants_differ(const ResourceDef& def, const json::Value& a, const json::Value& b) {
  const auto counts = [&](std::string_view key) { return key != "apiVersion" && key != "kind" && key != "metadata" && (key != "status" || !def.has_status); };
  for (const auto& [key, value] : a.object())
    if (counts(key) && value != b[key]) return true;
  for (const auto& [key, value] : b.object())
    if (counts(key) && !a.contains(key)) return true;
  return false;
}

std::string storage_key(const ResourceDef& def, const kube::ObjectKey& key) {
  return "/registry/" + (def.is_crd ? def.gvr.group + "/" : "") + def.gvr.resource + "/" + key.to_string();
}

Outcome<void> check_preconditions(const ResourceDef& def, const kube::ObjectKey& key, const json::Value& live, json::Value& next) {
  const auto uid = next["metadata"]["uid"].as_string();
  if (!uid.empty() && uid != kube::uid_of(live))
    return conflict(def.gvr, key.name,
                    "StorageError: invalid object, Code: 4, Key: " + storage_key(def, key) + ", ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: " +
                        "UID in precondition: " + std::string(uid) + ", UID in object meta: " + std::string(kube::uid_of(live)));
  const auto version = next["metadata"]["resourceVersion"].as_string();
  if (version.empty() || version == "0") {
    if (def.is_crd) {  // custom resources have no unconditional update
      const FieldIssue issue = invalid_value("metadata.resourceVersion", "0x0", "must be specified for an update");
      ResourceDef named = def;
      named.kind = def.gvr.resource;
      return invalid(named, key.name, std::span(&issue, 1));
    }
    next.ref("metadata").set("resourceVersion", live["metadata"]["resourceVersion"]);
    return {};
  }
  if (version != kube::resource_version_of(live)) return conflict(def.gvr, key.name, kOptimisticLock);
  return {};
}

Outcome<void> check_names(const ResourceDef& def, const kube::ObjectKey& key, json::Value& next) {
  json::Value& meta = next.ref("metadata");
  const auto name = meta["name"].as_string();
  if (name != key.name) return bad_request("the name of the object (" + std::string(name) + ") does not match the name on the URL (" + key.name + ")");
  const auto ns = meta["namespace"].as_string();
  if (ns.empty() && def.gvr.namespaced) meta.set("namespace", key.ns);
  if (!ns.empty() && ns != key.ns) return bad_request("the namespace of the provided object does not match the namespace sent on the request");
  return {};
}

bool finalized(const ResourceDef& def, const json::Value& live, const json::Value& next) {
  if (!kube::is_deleting(live) || next["metadata"]["finalizers"].size() > 0) return false;
  return !is_kind(def, "", "namespaces") || next["spec"]["finalizers"].size() == 0;
}

}  // namespace

Outcome<Written> Backend::update(const ResourceDef& def, const kube::ObjectKey& key, const Make& make, const WriteRequest& request) {
  const kube::ObjectPtr live = get(def, key);
  if (!live) return not_found(def.gvr, key.name);
  auto next = make(*live);
  if (!next) return Refusal(std::move(next).error());
  return store_update(def, key, *live, std::move(*next), request, Tracking::Update);
}

Outcome<Written> Backend::store_update(const ResourceDef& def, const kube::ObjectKey& key, const json::Value& live, json::Value next,
                                       const WriteRequest& request, Tracking tracking) {
  if (auto fits = check_body(def, next); !fits) return Refusal(std::move(fits).error());
  if (auto named = check_names(def, key, next); !named) return Refusal(std::move(named).error());
  if (auto held = check_preconditions(def, key, live, next); !held) return Refusal(std::move(held).error());
  next = separated(def, live, std::move(next), request.subresource);
  keep_meta_on_update(next, live);
  auto issues = settle(def, next, &live, request);
  if (!issues) return Refusal(std::move(issues).error());
  for (auto& issue : validate_meta_update(next, live)) issues->push_back(std::move(issue));
  if (!issues->empty()) return invalid(def, key.name, *issues);
  if (def.counts_generation && request.subresource.empty() && wants_differ(def, live, next))
    next.ref("metadata").set("generation", live["metadata"]["generation"].as_int() + 1);
  if (tracking == Tracking::Update) track_update(&live, next, {request.field_manager, request.subresource, def.gvk().api_version(), now(), &def});
  const bool last = finalized(def, live, next);
  if (!last && equal_but_times(live, next)) return Written{std::make_shared<const json::Value>(live), false};
  if (request.dry_run) return Written{std::make_shared<const json::Value>(std::move(next)), false};
  if (!last) return Written{put(def, key, std::move(next)), false};
  static_cast<void>(storage_.remove(group_resource(def.gvr), key));
  return Written{std::make_shared<const json::Value>(std::move(next)), false};
}

}  // namespace slipway::kubesim
