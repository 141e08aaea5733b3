#include "pkg/kubesim/garbage_collector.h"

#include <algorithm>

#include "pkg/kubesim/detail/report.h"
#include "pkg/kubesim/object_meta.h"

namespace slipway::kubesim {
namespace {

const WriteRequest kWriter{"kube-controller-manager", {}, false, false, FieldValidation::Ignore, nullptr};

bool foreground(const kube::Object& o) { return kube::is_deleting(o) && kube::has_finalizer(o, kForegroundFinalizer); }
bool orphaning(const kube::Object& o) { return kube::is_deleting(o) && kube::has_finalizer(o, kOrphanFinalizer); }

json::Value without_finalizer(json::Value object, std::string_view finalizer) {
  json::Array rest;
  for (const auto& f : object["metadata"]["finalizers"].array())
    if (f.as_string() != finalizer) rest.push_back(f);
  if (rest.empty()) {
    object.ref("metadata").erase("finalizers");
  } else {
    object.ref("metadata").set("finalizers", std::move(rest));
  }
  return object;
}

json::Value without_owners(json::Value object, const std::set<std::string>& uids) {
  json::Array rest;
  for (const auto& r : object["metadata"]["ownerReferences"].array())
    if (!uids.contains(r["uid"].str())) rest.push_back(r);
  if (rest.empty()) {
    object.ref("metadata").erase("ownerReferences");
  } else {
    object.ref("metadata").set("ownerReferences", std::move(rest));
  }
  return object;
}

}  // namespace

void GarbageCollector::link(const ObjectRef& ref, const kube::Object& object) {
  by_uid_[std::string(kube::uid_of(object))] = ref;
  for (const auto& r : object["metadata"]["ownerReferences"].array()) dependents_[r["uid"].str()].insert(ref);
}

void GarbageCollector::unlink(const ObjectRef& ref, const kube::Object& object) {
  if (const auto it = by_uid_.find(kube::uid_of(object)); it != by_uid_.end()) by_uid_.erase(it);
  for (const auto& r : object["metadata"]["ownerReferences"].array()) {
    const auto it = dependents_.find(r["uid"].as_string());
    if (it == dependents_.end()) continue;
    it->second.erase(ref);
    if (it->second.empty()) dependents_.erase(it);
  }
}

std::vector<ObjectRef> GarbageCollector::observe(const GroupResource& gr, const Change& change) {
  std::vector<ObjectRef> due;
  if (gr.resource == "events") return due;  // ignored by the real collector too
  const ObjectRef ref{gr, change.key};
  if (change.previous) unlink(ref, *change.previous);
  if (change.type != ChangeType::Deleted) {
    link(ref, *change.object);
    const bool owned = (*change.object)["metadata"]["ownerReferences"].size() > 0;
    if (owned || foreground(*change.object) || orphaning(*change.object)) due.push_back(ref);
    const bool starts = foreground(*change.object) && (!change.previous || !foreground(*change.previous));
    if (starts) std::ranges::copy(dependents_of(kube::uid_of(*change.object)), std::back_inserter(due));
  } else {
    due = dependents_of(kube::uid_of(*change.object));
  }
  // Owners that wait in the foreground want to know that a dependent left, or blocks no longer.
  if (change.previous)
    for (const auto& r : (*change.previous)["metadata"]["ownerReferences"].array())
      if (const auto it = by_uid_.find(r["uid"].as_string()); it != by_uid_.end()) due.push_back(it->second);
  return due;
}

std::vector<ObjectRef> GarbageCollector::dependents_of(std::string_view uid) const {
  const auto it = dependents_.find(uid);
  if (it == dependents_.end()) return {};
  return {it->second.begin(), it->second.end()};
}

ResourcePtr GarbageCollector::def_of(const GroupResource& gr) const {
  const auto versions = backend_.registry().versions_of(gr.group, gr.resource);
  return versions.empty() ? nullptr : versions.front();
}

GarbageCollector::Owner GarbageCollector::owner_state(const json::Value& reference, const std::string& ns) const {
  const auto gvk = kube::gvk_of(reference);
  ResourcePtr def = backend_.registry().find_kind(gvk);
  for (const auto& candidate : def ? std::vector<ResourcePtr>{} : backend_.registry().all())
    if (candidate->gvr.group == gvk.group && candidate->kind == gvk.kind) def = candidate;
  if (!def) return Owner::Unknown;
  if (def->gvr.namespaced && ns.empty()) return Owner::Unknown;  // a cluster-scoped object cannot be owned from within a namespace
  const kube::ObjectPtr owner = backend_.get(*def, {def->gvr.namespaced ? ns : std::string(), reference["name"].str()});
  if (!owner || kube::uid_of(*owner) != reference["uid"].as_string()) return Owner::Absent;
  return foreground(*owner) ? Owner::Waiting : Owner::Solid;
}

std::vector<ObjectRef> GarbageCollector::collect(const ObjectRef& ref) {
  const ResourcePtr def = def_of(ref.gr);
  const kube::ObjectPtr object = def ? backend_.get(*def, ref.key) : nullptr;
  if (!object) return {};
  if (foreground(*object)) return finish_foreground(*def, ref, *object);
  if (orphaning(*object)) orphan_dependents(*def, ref, *object);
  if (!kube::is_deleting(*object)) attempt_delete(*def, ref, *object);
  return {};
}

std::vector<ObjectRef> GarbageCollector::finish_foreground(const ResourceDef& def, const ObjectRef& ref, const kube::Object& object) {
  std::vector<ObjectRef> blocking;
  for (const auto& dependent : dependents_of(kube::uid_of(object))) {
    const kube::ObjectPtr d = backend_.storage().get(dependent.gr, dependent.key);
    if (!d) continue;
    const auto& refs = (*d)["metadata"]["ownerReferences"].array();
    const bool blocks =
        std::ranges::any_of(refs, [&](const json::Value& r) { return r["uid"].as_string() == kube::uid_of(object) && r["blockOwnerDeletion"].as_bool(); });
    if (blocks) blocking.push_back(dependent);
  }
  if (blocking.empty()) {
    detail::report(
        "garbage not collected", ref.key,
        backend_.update(def, ref.key, [](const json::Value& live) -> Outcome<json::Value> { return without_finalizer(live, kForegroundFinalizer); }, kWriter));
    return {};
  }
  std::erase_if(blocking, [&](const ObjectRef& r) {
    const kube::ObjectPtr d = backend_.storage().get(r.gr, r.key);
    return !d || kube::is_deleting(*d);
  });
  return blocking;
}

void GarbageCollector::orphan_dependents(const ResourceDef& def, const ObjectRef& ref, const kube::Object& object) {
  const std::set<std::string> owner{std::string(kube::uid_of(object))};
  for (const auto& dependent : dependents_of(kube::uid_of(object))) {
    const ResourcePtr its = def_of(dependent.gr);
    if (!its) continue;
    detail::report("garbage not collected", dependent.key,
                   backend_.update(*its, dependent.key, [&](const json::Value& live) -> Outcome<json::Value> { return without_owners(live, owner); }, kWriter));
  }
  detail::report(
      "garbage not collected", ref.key,
      backend_.update(def, ref.key, [](const json::Value& live) -> Outcome<json::Value> { return without_finalizer(live, kOrphanFinalizer); }, kWriter));
}

void GarbageCollector::attempt_delete(const ResourceDef& def, const ObjectRef& ref, const kube::Object& object) {
  const auto& refs = object["metadata"]["ownerReferences"].array();
  std::set<std::string> absent, waiting;
  bool solid = false;
  for (const auto& r : refs) {
    const Owner state = owner_state(r, ref.key.ns);
    solid |= state == Owner::Solid || state == Owner::Unknown;
    if (state == Owner::Absent) absent.insert(r["uid"].str());
    if (state == Owner::Waiting) waiting.insert(r["uid"].str());
  }
  if (refs.empty() || (absent.empty() && waiting.empty())) return;
  if (solid) {
    absent.merge(waiting);
    detail::report("garbage not collected", ref.key,
                   backend_.update(def, ref.key, [&](const json::Value& live) -> Outcome<json::Value> { return without_owners(live, absent); }, kWriter));
    return;
  }
  DeleteRequest request;
  request.uid = std::string(kube::uid_of(object));
  request.propagation = "Background";
  if (kube::has_finalizer(object, kOrphanFinalizer)) request.propagation = "Orphan";
  const bool has_dependents = !dependents_of(kube::uid_of(object)).empty();
  if (kube::has_finalizer(object, kForegroundFinalizer) || (!waiting.empty() && has_dependents)) request.propagation = "Foreground";
  detail::report("garbage not collected", ref.key, backend_.remove(def, ref.key, request));
}

}  // namespace slipway::kubesim
