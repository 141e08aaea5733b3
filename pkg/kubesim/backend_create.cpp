// Backend::create, and apply where the object is absent.
#include "pkg/base/random.h"
#include "pkg/base/strings.h"
#include "pkg/kubesim/backend.h"
#include "pkg/kubesim/managed_fields.h"
#include "pkg/kubesim/object_meta.h"
#include "pkg/kubesim/strategies.h"
#include "pkg/kubesim/typed_check.h"

namespace slipway::kubesim {
namespace {

constexpr int kNameAttempts = 8;              // apiserver registry store maxNameGenerationCreateAttempts
constexpr std::size_t kMaxGenerateBase = 58;  // apiserver names/generate.go: 63 less 5 random characters

Outcome<void> take_namespace(const ResourceDef& def, const std::string& ns, json::Value& object) {
  const auto given = object["metadata"]["namespace"].as_string();
  if (!def.gvr.namespaced) {
    if (!given.empty()) return bad_request("the namespace of the provided object does not match the namespace sent on the request");
    return {};
  }
  if (!given.empty() && given != ns) return bad_request("the namespace of the provided object does not match the namespace sent on the request");
  object.ref("metadata").set("namespace", ns);
  return {};
}

// An applied configuration with members that the types do not have is no typed object: the merge library's error, which the real server answers as 500.
Outcome<void> check_declared(const ResourceDef& def, json::Value config) {
  std::vector<std::string> unknown = drop_unknown(def, config);
  if (def.is_crd && def.schema && !def.preserve_unknown)
    for (auto& path : prune(*def.schema, config)) unknown.push_back(std::move(path));
  if (unknown.empty()) return {};
  std::string message = "failed to create typed patch object (" + typed_name(def, config) + "): ";
  if (unknown.size() > 1) message += "errors:";
  for (const auto& path : unknown) message += (unknown.size() > 1 ? "\n  ." : ".") + path + ": field not declared in schema";
  return Refusal(StatusError{500, {}, std::move(message), {}});
}

}  // namespace

Outcome<void> Backend::admit_create(const ResourceDef& def, const std::string& ns, std::string_view name) const {
  if (!def.gvr.namespaced) return {};
  const kube::GroupVersionResource namespaces{"", "v1", "namespaces", false};
  const kube::ObjectPtr found = storage_.get(group_resource(namespaces), {"", ns});
  if (!found) return not_found(namespaces, ns);
  const bool terminating = kube::is_deleting(*found) || (*found)["status"]["phase"].as_string() == "Terminating";
  if (!terminating) return {};
  auto refusal = forbidden(def.gvr, name, "unable to create new content in namespace " + ns + " because it is being terminated");
  refusal.error().details.set(
      "causes", json::Array{json::Value(json::Object{
                    {"reason", "NamespaceTerminating"}, {"message", "namespace " + ns + " is being terminated"}, {"field", "metadata.namespace"}})});
  return refusal;
}

Outcome<Written> Backend::create(const ResourceDef& def, const std::string& ns, json::Value object, const WriteRequest& request) {
  return create_object(def, ns, std::move(object), request, Tracking::Update);
}

Outcome<Written> Backend::create_object(const ResourceDef& def, const std::string& ns, json::Value object, const WriteRequest& request, Tracking tracking) {
  if (auto fits = check_body(def, object); !fits) return Refusal(std::move(fits).error());
  if (auto taken = take_namespace(def, ns, object); !taken) return Refusal(std::move(taken).error());
  if (!object["metadata"]["resourceVersion"].as_string().empty()) return internal("resourceVersion should not be set on objects to be created");
  const std::string base = object["metadata"]["generateName"].str();
  if (!object["metadata"]["name"].as_string().empty() || base.empty()) return create_named(def, std::move(object), request, tracking);
  for (int attempt = 1;; ++attempt) {
    json::Value named = object;
    named.ref("metadata").set("name", base.substr(0, kMaxGenerateBase) + random_suffix(5));
    auto written = create_named(def, named, request, tracking);
    if (written || written.error().reason != "AlreadyExists") return written;
    if (attempt == kNameAttempts) {
      written.error().message += ", the server was not able to generate a unique name for the object";
      written.error().details.set("retryAfterSeconds", 1);
      return written;
    }
  }
}

Outcome<Written> Backend::create_named(const ResourceDef& def, json::Value object, const WriteRequest& request, Tracking tracking) {
  const std::string ns = object["metadata"]["namespace"].str();
  const std::string name = object["metadata"]["name"].str();
  if (auto admitted = admit_create(def, ns, name); !admitted) return Refusal(std::move(admitted).error());
  fill_meta_on_create(def, object, now());
  if (def.has_status) object.erase("status");
  if (!def.is_crd) prepare_create(def, object);
  auto settled = settle(def, object, nullptr, request);
  if (!settled) return Refusal(std::move(settled).error());
  std::vector<FieldIssue> issues = validate_meta(def, object);
  for (auto& issue : *settled) issues.push_back(std::move(issue));
  if (!issues.empty()) return invalid(def, name, issues);
  if (const kube::ObjectPtr present = storage_.get(group_resource(def.gvr), {ns, name})) {
    auto refusal = already_exists(def.gvr, name);
    if (kube::is_deleting(*present)) refusal.error().message = "object is being deleted: " + refusal.error().message;
    return refusal;
  }
  if (tracking == Tracking::Update) track_update(nullptr, object, {request.field_manager, request.subresource, def.gvk().api_version(), now(), &def});
  if (request.dry_run) return Written{std::make_shared<const json::Value>(std::move(object)), true};
  return Written{put(def, {ns, name}, std::move(object)), true};
}

Outcome<Written> Backend::apply(const ResourceDef& def, const kube::ObjectKey& key, const json::Value& config, bool force, const WriteRequest& request) {
  if (auto fits = check_body(def, config); !fits) return Refusal(std::move(fits).error());
  if (auto declared = check_declared(def, config); !declared) return Refusal(std::move(declared).error());
  const FieldWriter writer{request.field_manager, request.subresource, def.gvk().api_version(), now(), &def};
  const kube::ObjectPtr live = get(def, key);
  if (!live && !request.subresource.empty()) return not_found(def.gvr, key.name);
  if (const auto name = config["metadata"]["name"].as_string(); !name.empty() && name != key.name)
    return bad_request("the name of the object (" + std::string(name) + ") does not match the name on the URL (" + key.name + ")");
  if (!live) {
    if (const auto uid = config["metadata"]["uid"].as_string(); !uid.empty())
      return conflict(def.gvr, key.name, "uid mismatch: the provided object specified uid " + std::string(uid) + ", and no existing object was found");
    json::Value named = config;
    if (named["metadata"]["name"].as_string().empty()) named.ref("metadata").set("name", key.name);
    auto object = apply_config(nullptr, named, writer, force);
    if (!object) return Refusal(std::move(object).error());
    for (const std::string_view member : {"spec", "status"})
      if (!config.contains(member)) object->erase(member);
    return create_object(def, key.ns, std::move(*object), request, Tracking::Applied);
  }
  auto next = apply_config(live.get(), config, writer, force);
  if (!next) return Refusal(std::move(next).error());
  return store_update(def, key, *live, std::move(*next), request, Tracking::Applied);
}

}  // namespace slipway::kubesim
