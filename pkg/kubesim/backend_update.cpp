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

// The status endpoint of a custom resource looks at its status only, and names its fields from there.
std::vector<FieldIssue> of_endpoint(const ResourceDef& def, std::string_view subresource, std::vector<FieldIssue> issues) {
  constexpr std::string_view kStatus = "status";
  if (!def.is_crd || subresource != kStatus) return issues;
  std::erase_if(issues, [&](const FieldIssue& issue) { return !issue.field.starts_with(kStatus) && issue.field != "<nil>"; });
  for (auto& issue : issues) {
    const auto at = issue.field.starts_with("status.") ? issue.message.find(issue.field + " in body") : std::string::npos;
    if (at != std::string::npos) issue.message.erase(at, kStatus.size() + 1);
  }
  return issues;
}

std::string storage_key(const ResourceDef& def, const kube::ObjectKey& key) {
  return "/registry/" + (def.is_crd ? def.gvr.group + "/" : "") + def.gvr.resource + "/" + key.to_string();
}

Refusal another_uid(const ResourceDef& def, const kube::ObjectKey& key, std::string_view wanted, std::string_view live) {
  std::string why = "StorageError: invalid object, Code: 4, Key: " + storage_key(def, key) + ", ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: ";
  return conflict(def.gvr, key.name, why.append("UID in precondition: ").append(wanted).append(", UID in object meta: ").append(live));
}

// The uid of a whole body is a precondition; a patch that changes it is invalid.
Outcome<void> check_preconditions(const ResourceDef& def, const kube::ObjectKey& key, const json::Value& live, json::Value& next, bool is_patch) {
  const auto uid = next["metadata"]["uid"].as_string();
  if (!is_patch && !uid.empty() && uid != kube::uid_of(live)) return another_uid(def, key, uid, kube::uid_of(live));
  const auto version = next["metadata"]["resourceVersion"].as_string();
  if (version.empty() || version == "0") {
    if (!updates_unconditionally(def)) {
      const FieldIssue issue = invalid_value("metadata.resourceVersion", "0", "must be specified for an update");
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
  const bool may_create = creates_on_update(def) && request.subresource.empty() && !request.is_patch;
  if (!live && !may_create) return not_found(def.gvr, key.name);
  if (!live) return create_by_update(def, key, make, request);
  auto next = make(*live);
  if (!next) return Refusal(std::move(next).error());
  return store_update(def, key, *live, std::move(*next), request, Tracking::Update);
}

// The resourceVersion that the body may name is not looked at; its uid is, and never fits.
Outcome<Written> Backend::create_by_update(const ResourceDef& def, const kube::ObjectKey& key, const Make& make, const WriteRequest& request) {
  auto body = make(json::Value(json::Object{}));
  if (!body) return Refusal(std::move(body).error());
  if (auto named = check_names(def, key, *body); !named) return Refusal(std::move(named).error());
  if (const auto uid = (*body)["metadata"]["uid"].as_string(); !uid.empty()) return another_uid(def, key, uid, {});
  body->ref("metadata").erase("resourceVersion");
  return create_object(def, key.ns, std::move(*body), request, Tracking::Update);
}

Outcome<Written> Backend::store_update(const ResourceDef& def, const kube::ObjectKey& key, const json::Value& live, json::Value next,
                                       const WriteRequest& request, Tracking tracking) {
  if (auto fits = check_body(def, next); !fits) return Refusal(std::move(fits).error());
  if (auto named = check_names(def, key, next); !named) return Refusal(std::move(named).error());
  if (auto held = check_preconditions(def, key, live, next, request.is_patch); !held) return Refusal(std::move(held).error());
  next = separated(def, live, std::move(next), request.subresource);
  keep_meta_on_update(next, live);
  auto settled = settle(def, next, &live, request);
  if (!settled) return Refusal(std::move(settled).error());
  // Once by the store, and once more by the kind's strategy (registry/rest/update.go BeforeUpdate).
  std::vector<FieldIssue> issues = validate_meta_update(next, live);
  for (std::size_t i = 0, n = issues.size(); i < n; ++i) issues.push_back(FieldIssue(issues[i]));
  for (auto& issue : of_endpoint(def, request.subresource, std::move(*settled))) issues.push_back(std::move(issue));
  if (!issues.empty()) return invalid(def, key.name, issues);
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
