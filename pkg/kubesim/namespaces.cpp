#include "pkg/kubesim/namespaces.h"

#include <map>
#include <set>
#include <vector>

#include "pkg/base/strings.h"
#include "pkg/kubesim/detail/report.h"

namespace slipway::kubesim {
namespace {

const WriteRequest kWriter{"kube-controller-manager", "status", false, false, FieldValidation::Ignore, nullptr};
const WriteRequest kFinalizer{"kube-controller-manager", "finalize", false, false, FieldValidation::Ignore, nullptr};

struct Leftovers {
  std::map<std::string, std::size_t> resources;  // "pods." as the real sentence has it: resource.group
  std::map<std::string, std::size_t> finalizers;
};

// One version of each namespaced resource.
std::vector<ResourcePtr> namespaced_resources(const ResourceRegistry& registry) {
  std::vector<ResourcePtr> out;
  std::set<GroupResource> seen;
  for (const auto& def : registry.all())
    if (def->gvr.namespaced && seen.insert(group_resource(def->gvr)).second) out.push_back(def);
  return out;
}

std::vector<kube::ObjectKey> keys_in(const Storage& storage, const ResourceDef& def, const std::string& ns) {
  std::vector<kube::ObjectKey> out;
  const auto& objects = storage.objects(group_resource(def.gvr));
  for (auto it = objects.lower_bound({ns, ""}); it != objects.end() && it->first.ns == ns; ++it) out.push_back(it->first);
  return out;
}

Leftovers delete_content(Backend& backend, const std::string& ns) {
  Leftovers left;
  for (const auto& def : namespaced_resources(backend.registry()))
    for (const auto& key : keys_in(backend.storage(), *def, ns)) {
      const kube::ObjectPtr object = backend.get(*def, key);
      if (object && !kube::is_deleting(*object))
        detail::report("namespace not tended", key, backend.remove(*def, key, {std::string(kube::uid_of(*object)), {}, "Background", false}));
      const kube::ObjectPtr still = backend.get(*def, key);
      if (!still) continue;
      ++left.resources[def->gvr.resource + "." + def->gvr.group];
      for (const auto& f : (*still)["metadata"]["finalizers"].array()) ++left.finalizers[f.str()];
    }
  return left;
}

json::Value condition(std::string_view type, bool status, std::string_view reason, std::string message, const json::Value& old, WallTime now) {
  const std::string_view word = status ? "True" : "False";
  json::Value since = to_rfc3339(now);
  for (const auto& c : old.array())
    if (c["type"].as_string() == type && c["status"].as_string() == word) since = c["lastTransitionTime"];
  return json::Object{{"type", type}, {"status", word}, {"lastTransitionTime", since}, {"reason", reason}, {"message", std::move(message)}};
}

std::string list_sentence(std::string_view start, const std::map<std::string, std::size_t>& counts, std::string_view link, std::string_view end) {
  std::vector<std::string> parts;
  parts.reserve(counts.size());
  for (const auto& [what, n] : counts) parts.push_back(what + std::string(link) + std::to_string(n) + std::string(end));
  return std::string(start) + join(parts, ", ");
}

json::Value conditions(const Leftovers& left, const json::Value& old, WallTime now) {
  json::Array out;
  out.push_back(condition("NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered", "All resources successfully discovered", old, now));
  out.push_back(condition("NamespaceDeletionGroupVersionParsingFailure", false, "ParsedGroupVersions", "All legacy kube types successfully parsed", old, now));
  out.push_back(
      condition("NamespaceDeletionContentFailure", false, "ContentDeleted", "All content successfully deleted, may be waiting on finalization", old, now));
  out.push_back(condition("NamespaceContentRemaining", true, "SomeResourcesRemain",
                          list_sentence("Some resources are remaining: ", left.resources, " has ", " resource instances"), old, now));
  if (left.finalizers.empty()) {
    out.push_back(condition("NamespaceFinalizersRemaining", false, "ContentHasNoFinalizers", "All content-preserving finalizers finished", old, now));
  } else {
    out.push_back(condition("NamespaceFinalizersRemaining", true, "SomeFinalizersRemain",
                            list_sentence("Some content in the namespace has finalizers remaining: ", left.finalizers, " in ", " resource instances"), old,
                            now));
  }
  return out;
}

}  // namespace

void tend_namespace(Backend& backend, const std::string& name) {
  const ResourcePtr def = backend.registry().find("", "v1", "namespaces");
  const kube::ObjectPtr ns = def ? backend.get(*def, {"", name}) : nullptr;
  if (!ns || !kube::is_deleting(*ns)) return;
  const Leftovers left = delete_content(backend, name);
  if (left.resources.empty()) {
    if ((*ns)["spec"]["finalizers"].size() == 0) return;
    detail::report("namespace not tended", {"", name},
                   backend.update(
                       *def, {"", name},
                       [](const json::Value& live) -> Outcome<json::Value> {
                         json::Value next = live;
                         json::Array rest;
                         for (const auto& f : live["spec"]["finalizers"].array())
                           if (f.as_string() != "kubernetes") rest.push_back(f);
                         next.ref("spec").set("finalizers", std::move(rest));
                         return next;
                       },
                       kFinalizer));
    return;
  }
  detail::report("namespace not tended", {"", name},
                 backend.update(
                     *def, {"", name},
                     [&](const json::Value& live) -> Outcome<json::Value> {
                       json::Value next = live;
                       next.ref("status").set("conditions", conditions(left, live["status"]["conditions"], backend.clock().wall()));
                       return next;
                     },
                     kWriter));
}

void create_system_namespaces(Backend& backend) {
  const ResourcePtr def = backend.registry().find("", "v1", "namespaces");
  if (!def) return;
  for (const std::string_view name : {"default", "kube-system", "kube-public", "kube-node-lease"}) {
    WriteRequest request;
    request.field_manager = "kube-apiserver";
    detail::report("namespace not tended", {"", std::string(name)},
                   backend.create(*def, {}, kube::make_object("v1", "Namespace", {"", std::string(name)}), request));
  }
}

}  // namespace slipway::kubesim
