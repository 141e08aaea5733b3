#include "pkg/kubesim/object_meta.h"

#include <algorithm>

#include "pkg/base/random.h"
#include "pkg/base/strings.h"
#include "pkg/kubesim/names.h"

namespace slipway::kubesim {
namespace {

using Issues = std::vector<FieldIssue>;
constexpr std::size_t kMaxAnnotations = 256UL * 1024;  // apimachinery pkg/api/validation TotalAnnotationSizeLimitB

std::vector<std::string> name_problems(const ResourceDef& def, std::string_view name) {
  const auto& gvr = def.gvr;
  if (gvr.group == "rbac.authorization.k8s.io") return path_segment_problems(name);
  if (gvr.group.empty() && gvr.resource == "namespaces") return dns_label_problems(name);
  if (gvr.group.empty() && gvr.resource == "services") return dns_1035_problems(name);
  return dns_subdomain_problems(name);
}

void check_labels(const json::Value& labels, Issues& out) {
  for (const auto& [key, value] : labels.object()) {
    for (const auto& problem : qualified_name_problems(key)) out.push_back(invalid_value("metadata.labels", quoted(key), problem));
    for (const auto& problem : label_value_problems(value.as_string())) out.push_back(invalid_value("metadata.labels", quoted(value.as_string()), problem));
  }
}

void check_annotations(const json::Value& annotations, Issues& out) {
  std::size_t size = 0;
  for (const auto& [key, value] : annotations.object()) {
    for (const auto& problem : qualified_name_problems(to_lower(key))) out.push_back(invalid_value("metadata.annotations", quoted(key), problem));
    size += key.size() + value.as_string().size();
  }
  if (size > kMaxAnnotations)
    out.push_back({"metadata.annotations", "FieldValueTooLong", "Too long: may not be more than " + std::to_string(kMaxAnnotations) + " bytes"});
}

void check_owners(const json::Value& owners, Issues& out) {
  std::string controller;
  for (const auto& ref : owners.array()) {
    const std::string base = "metadata.ownerReferences";
    const auto version = ref["apiVersion"].as_string();
    if (version.substr(version.find('/') + 1).empty()) out.push_back(invalid_value(base + ".apiVersion", quoted(version), "version must not be empty"));
    for (const std::string_view key : {"kind", "name", "uid"})
      if (ref[key].as_string().empty()) out.push_back(invalid_value(base + "." + std::string(key), "\"\"", "must not be empty"));
    if (!ref["controller"].as_bool()) continue;
    std::string who = ref["kind"].str() + "/" + ref["name"].str();
    if (!controller.empty()) {
      std::string detail = "Only one reference can have Controller set to true. Found \"true\" in references for ";
      detail.append(controller).append(" and ").append(who);
      out.push_back(invalid_value(base, json::dump(owners), detail));
    }
    controller = std::move(who);
  }
}

void check_finalizers(const json::Value& finalizers, Issues& out) {
  bool orphan = false, foreground = false;
  for (const auto& f : finalizers.array()) {
    for (const auto& problem : qualified_name_problems(f.as_string())) out.push_back(invalid_value("metadata.finalizers", quoted(f.as_string()), problem));
    orphan |= f.as_string() == kOrphanFinalizer;
    foreground |= f.as_string() == kForegroundFinalizer;
  }
  if (orphan && foreground)
    out.push_back(invalid_value("metadata.finalizers", json::dump(finalizers), "finalizer orphan and foregroundDeletion cannot be both set"));
}

void check_all(const json::Value& meta, Issues& out) {
  check_labels(meta["labels"], out);
  check_annotations(meta["annotations"], out);
  check_owners(meta["ownerReferences"], out);
}

}  // namespace

Issues validate_meta(const ResourceDef& def, const json::Value& object) {
  Issues out;
  const json::Value& meta = object["metadata"];
  if (const auto base = meta["generateName"].as_string(); !base.empty()) {
    const std::string masked = base.size() > 1 && base.ends_with('-') ? std::string(base.substr(0, base.size() - 2)) + "a" : std::string(base);
    for (const auto& problem : name_problems(def, masked)) out.push_back(invalid_value("metadata.generateName", quoted(base), problem));
  }
  const auto name = meta["name"].as_string();
  if (name.empty()) {
    out.push_back(required_value("metadata.name", "name or generateName is required"));
  } else {
    for (const auto& problem : name_problems(def, name)) out.push_back(invalid_value("metadata.name", quoted(name), problem));
  }
  const auto ns = meta["namespace"].as_string();
  if (def.gvr.namespaced) {
    if (ns.empty()) out.push_back(required_value("metadata.namespace", ""));
    if (!ns.empty())
      for (const auto& problem : dns_label_problems(ns)) out.push_back(invalid_value("metadata.namespace", quoted(ns), problem));
  } else if (!ns.empty()) {
    out.push_back(forbidden_value("metadata.namespace", "not allowed on this type"));
  }
  check_all(meta, out);
  check_finalizers(meta["finalizers"], out);
  return out;
}

Issues validate_meta_update(const json::Value& object, const json::Value& old) {
  Issues out;
  const json::Value &meta = object["metadata"], &before = old["metadata"];
  if (!before["deletionTimestamp"].is_null()) {
    std::vector<std::string> extra;
    for (const auto& f : meta["finalizers"].array())
      if (std::ranges::find(before["finalizers"].array(), f) == before["finalizers"].array().end()) extra.push_back(quoted(f.as_string()));
    if (!extra.empty())
      out.push_back(forbidden_value("metadata.finalizers",
                                    "no new finalizers can be added if the object is being deleted, found new finalizers []string{" + join(extra, ", ") + "}"));
  }
  for (const std::string_view key : {"name", "namespace", "uid", "deletionTimestamp", "deletionGracePeriodSeconds"})
    if (meta[key] != before[key]) out.push_back(invalid_value("metadata." + std::string(key), json::dump(meta[key]), "field is immutable"));
  check_all(meta, out);
  check_finalizers(meta["finalizers"], out);
  return out;
}

void fill_meta_on_create(const ResourceDef& def, json::Value& object, WallTime now) {
  json::Value& meta = object.ref("metadata");
  meta.make_object();
  for (const std::string_view key : {"selfLink", "resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds"}) meta.erase(key);
  meta.set("uid", random_uuid());
  meta.set("creationTimestamp", to_rfc3339(now));
  if (def.counts_generation) meta.set("generation", 1);
}

void keep_meta_on_update(json::Value& object, const json::Value& old) {
  json::Value& meta = object.ref("metadata");
  const json::Value& before = old["metadata"];
  meta.erase("selfLink");
  for (const std::string_view key : {"generation", "creationTimestamp"}) {
    if (before.contains(key)) {
      meta.set(key, before[key]);
    } else {
      meta.erase(key);
    }
  }
  if (meta["uid"].as_string().empty()) meta.set("uid", before["uid"]);
  for (const std::string_view key : {"deletionTimestamp", "deletionGracePeriodSeconds"})
    if (before.contains(key)) meta.set(key, before[key]);
}

}  // namespace slipway::kubesim
