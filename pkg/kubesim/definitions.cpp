#include "pkg/kubesim/definitions.h"

#include <algorithm>

#include "pkg/kubesim/detail/report.h"
#include "pkg/log/log.h"

namespace slipway::kubesim {
namespace {

const WriteRequest kMain{"kube-apiserver", {}, false, false, FieldValidation::Ignore, nullptr};
const WriteRequest kStatus{"kube-apiserver", "status", false, false, FieldValidation::Ignore, nullptr};

ResourcePtr crds(Backend& backend) { return backend.registry().find("apiextensions.k8s.io", "v1", "customresourcedefinitions"); }

void unregister(Backend& backend, WatchHub& watches, const GroupResource& gr) {
  const auto versions = backend.registry().versions_of(gr.group, gr.resource);
  if (versions.empty() || !versions.front()->is_crd) return;
  backend.registry().remove(gr.group, gr.resource);
  watches.end(gr);
}

GroupResource described_by(const kube::Object& crd) { return {crd["spec"]["group"].str(), crd["spec"]["names"]["plural"].str()}; }

bool delete_instances(Backend& backend, const GroupResource& gr) {
  const auto versions = backend.registry().versions_of(gr.group, gr.resource);
  if (versions.empty()) return true;
  std::vector<kube::ObjectKey> keys;
  for (const auto& [key, object] : backend.storage().objects(gr))
    if (!kube::is_deleting(*object)) keys.push_back(key);
  for (const auto& key : keys)
    detail::report("custom resource definition not tended", key, backend.remove(*versions.front(), key, {{}, {}, "Background", false}));
  return backend.storage().objects(gr).empty();
}

void set_terminating(json::Value& crd, WallTime now, std::string_view reason, std::string_view message) {
  json::Value next =
      json::Object{{"type", "Terminating"}, {"status", "True"}, {"lastTransitionTime", to_rfc3339(now)}, {"reason", reason}, {"message", message}};
  json::Array conditions;
  for (const auto& c : crd["status"]["conditions"].array()) {
    if (c["type"].as_string() != "Terminating") conditions.push_back(c);
    if (c["type"].as_string() == "Terminating") next.set("lastTransitionTime", c["lastTransitionTime"]);
  }
  conditions.push_back(std::move(next));
  crd.ref("status").set("conditions", std::move(conditions));
}

void finalize(Backend& backend, const ResourceDef& def, const kube::Object& crd) {
  const kube::ObjectKey key = kube::key_of(crd);
  if (!delete_instances(backend, described_by(crd))) {
    detail::report("custom resource definition not tended", key,
                   backend.update(
                       def, key,
                       [&](const json::Value& live) -> Outcome<json::Value> {
                         json::Value next = live;
                         set_terminating(next, backend.clock().wall(), "InstanceDeletionInProgress", "CustomResource deletion is in progress");
                         return next;
                       },
                       kStatus));
    return;
  }
  detail::report("custom resource definition not tended", key,
                 backend.update(
                     def, key,
                     [](const json::Value& live) -> Outcome<json::Value> {
                       json::Value next = live;
                       json::Array rest;
                       for (const auto& f : live["metadata"]["finalizers"].array())
                         if (f.as_string() != kDefinitionFinalizer) rest.push_back(f);
                       next.ref("metadata").set("finalizers", std::move(rest));
                       return next;
                     },
                     kMain));
}

// Defaults that came later are seen in what was stored before them.
void show_defaults(Backend& backend, const GroupResource& gr) {
  for (const auto& def : backend.registry().versions_of(gr.group, gr.resource)) {
    if (!def->schema || def->gvr.version != def->storage_version) continue;
    backend.storage().show_as(gr, [&](const kube::Object& object) {
      json::Value shown = object;
      apply_defaults(*def->schema, shown);
      return shown;
    });
  }
}

void establish(Backend& backend, WatchHub& watches, const ResourceDef& def, const kube::Object& crd) {
  const kube::ObjectKey key = kube::key_of(crd);
  bool accepted = false;
  const auto written = backend.update(
      def, key,
      [&](const json::Value& live) -> Outcome<json::Value> {
        json::Value next = live;
        accepted = set_crd_conditions(next, backend.registry(), backend.clock().wall());
        return next;
      },
      kStatus);
  if (!written || !accepted) return;
  auto defs = resource_defs_of_crd(*written->object);
  if (!defs) {
    log::error("custom resource definition not served", {{"name", key.name}, {"error", defs.error().message()}});
    return;
  }
  const GroupResource gr = described_by(crd);
  const auto before = backend.registry().versions_of(gr.group, gr.resource);
  // Status updates, its own included, change nothing that is served.
  if (!before.empty() && kube::generation_of(crd) == before.front()->source_generation && before.front()->source_uid == kube::uid_of(crd)) return;
  for (auto& d : *defs) {
    d.source_generation = kube::generation_of(crd);
    d.source_uid = std::string(kube::uid_of(crd));
  }
  backend.registry().replace(gr.group, gr.resource, std::move(*defs));
  show_defaults(backend, gr);
  for (const auto& old : before)
    if (!backend.registry().find(old->gvr.group, old->gvr.version, old->gvr.resource)) watches.end(gr);
}

}  // namespace

void mark_definition_deleting(json::Value& crd, WallTime now) {
  if (!kube::has_finalizer(crd, kDefinitionFinalizer)) crd.ref({"metadata", "finalizers"}).push_back(kDefinitionFinalizer);
  set_terminating(crd, now, "InstanceDeletionPending", "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon");
}

void tend_definition(Backend& backend, WatchHub& watches, const std::string& name) {
  const ResourcePtr def = crds(backend);
  if (!def) return;
  const kube::ObjectPtr crd = backend.get(*def, {"", name});
  if (!crd) {
    const auto dot = name.find('.');
    if (dot != std::string::npos) unregister(backend, watches, {name.substr(dot + 1), name.substr(0, dot)});
  } else if (!kube::is_deleting(*crd)) {
    establish(backend, watches, *def, *crd);
  } else if (kube::has_finalizer(*crd, kDefinitionFinalizer)) {
    finalize(backend, *def, *crd);
  }
}

bool definition_terminating(Backend& backend, const ResourceDef& def) {
  if (!def.is_crd) return false;
  const ResourcePtr crd_def = crds(backend);
  const kube::ObjectPtr crd = crd_def ? backend.get(*crd_def, {"", def.gvr.resource + "." + def.gvr.group}) : nullptr;
  return crd && kube::is_deleting(*crd);
}

}  // namespace slipway::kubesim
