// Reading, versions, and what creates and updates share.
#include "pkg/kubesim/backend.h"

#include <algorithm>

#include "pkg/kubesim/event_groups.h"
#include "pkg/kubesim/strategies.h"
#include "pkg/kubesim/typed_check.h"

namespace slipway::kubesim {
namespace {

// The words differ: a patch is refused for what it makes of the object (handlers/patch.go), another body for what it is.
Outcome<void> report_unknown(const ResourceDef& def, const json::Value& body, const std::vector<std::string>& unknown, const WriteRequest& request) {
  if (unknown.empty() || request.validation == FieldValidation::Ignore) return {};
  std::string all;
  for (const auto& path : unknown) {
    const std::string sentence = "unknown field " + quoted(path);
    if (request.validation == FieldValidation::Warn && request.warnings != nullptr) request.warnings->push_back(sentence);
    all += (all.empty() ? "" : ", ") + sentence;
  }
  if (request.validation == FieldValidation::Warn) return {};
  if (request.is_patch) {
    const FieldIssue issue = invalid_value("patch", quoted(json::dump(body)), "strict decoding error: " + all);
    return invalid(ResourceDef{}, {}, std::span(&issue, 1));
  }
  return bad_request(def.kind + " in version " + quoted(def.gvr.version) + " cannot be handled as a " + def.kind + ": strict decoding error: " + all);
}

// Why the decoder of a built-in kind does not take another one: it does not know it, or cannot convert it to the internal type.
std::string not_decoded(const ResourceDef& def, const kube::GroupVersionKind& given) {
  const auto package = [](std::string_view group) { return group.empty() ? std::string("core") : std::string(group.substr(0, group.find('.'))); };
  std::string out = given.kind + " in version " + quoted(given.version) + " cannot be handled as a " + def.kind + ": ";
  static const std::vector<ResourceDef> known = builtin_kinds();
  const bool is_known = std::ranges::any_of(known, [&](const ResourceDef& k) { return k.gvk() == given; });
  if (!is_known)
    return out + "no kind " + quoted(given.kind) + " is registered for version " + quoted(given.api_version()) + " in scheme \"pkg/runtime/scheme.go:111\"";
  return out + "converting (" + given.version + "." + given.kind + ") to (" + package(def.gvr.group) + "." + def.kind + "): unknown conversion";
}

}  // namespace

kube::ObjectPtr Backend::in_version(const ResourceDef& def, kube::ObjectPtr stored) {
  if (!stored) return stored;
  const std::string wanted = def.gvk().api_version();
  if ((*stored)["apiVersion"].as_string() == wanted) return stored;
  json::Value converted = def.gvr.group == kEventsGroup ? event_of_events_group(*stored) : *stored;
  converted.set("apiVersion", wanted);
  return std::make_shared<const json::Value>(std::move(converted));
}

kube::ObjectPtr Backend::get(const ResourceDef& def, const kube::ObjectKey& key) const { return in_version(def, storage_.get(group_resource(def.gvr), key)); }

kube::ObjectPtr Backend::put(const ResourceDef& def, const kube::ObjectKey& key, json::Value object) {
  ResourceDef stored_as = def;
  stored_as.gvr.version = def.storage_version.empty() ? def.gvr.version : def.storage_version;
  object.set("apiVersion", stored_as.gvk().api_version());
  if (def.gvr.group == kEventsGroup) object = event_of_core(std::move(object));
  return in_version(def, storage_.put(group_resource(def.gvr), key, std::move(object)));
}

Outcome<std::vector<FieldIssue>> Backend::settle(const ResourceDef& def, json::Value& object, const json::Value* old, const WriteRequest& request) const {
  const bool structural = def.is_crd && def.schema;
  const json::Value body = request.is_patch && request.validation == FieldValidation::Strict ? object : json::Value();
  std::vector<std::string> unknown = drop_unknown(def, object);
  if (structural && !def.preserve_unknown)
    for (auto& path : prune(*def.schema, object)) unknown.push_back(std::move(path));
  if (auto reported = report_unknown(def, body, unknown, request); !reported) return Refusal(std::move(reported).error());
  if (structural) {
    apply_defaults(*def.schema, object);
    return validate_schema(*def.schema, object, old);
  }
  if (request.subresource.empty()) default_builtin(def, object);
  return validate_builtin(def, object, old);
}

Outcome<void> check_body(const ResourceDef& def, const json::Value& object) {
  if (!object.is_object())
    return bad_request(
        "couldn't get version/kind; json parse error: json: cannot unmarshal the body into Go value of type struct { APIVersion string; Kind string }");
  const auto api_version = object["apiVersion"].as_string();
  const auto kind = object["kind"].as_string();
  if (kind.empty()) return bad_request("Object 'Kind' is missing in '" + json::dump(object) + "'");
  if (api_version.empty()) return bad_request("Object 'apiVersion' is missing in '" + json::dump(object) + "'");
  const std::string expected = def.gvk().api_version();
  if (!def.is_crd && (api_version != expected || kind != def.kind)) return bad_request(not_decoded(def, kube::gvk_of(object)));
  if (api_version != expected)
    return bad_request("the API version in the data (" + std::string(api_version) + ") does not match the expected API version (" + expected + ")");
  if (kind != def.kind) {
    ResourceDef other = def;
    other.kind = kind;
    const FieldIssue issue = invalid_value("kind", quoted(kind), "must be " + def.kind);
    return invalid(other, kube::name_of(object), std::span(&issue, 1));
  }
  if (std::string wrong = undecodable(def, object); !wrong.empty()) return bad_request(std::move(wrong));
  return {};
}

}  // namespace slipway::kubesim
