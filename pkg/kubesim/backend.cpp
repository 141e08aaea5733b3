// Reading, versions, and what creates and updates share.
#include "pkg/kubesim/backend.h"

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

}  // namespace

kube::ObjectPtr Backend::in_version(const ResourceDef& def, kube::ObjectPtr stored) {
  if (!stored) return stored;
  const std::string wanted = def.gvk().api_version();
  if ((*stored)["apiVersion"].as_string() == wanted) return stored;
  json::Value converted = *stored;
  converted.set("apiVersion", wanted);
  return std::make_shared<const json::Value>(std::move(converted));
}

kube::ObjectPtr Backend::get(const ResourceDef& def, const kube::ObjectKey& key) const { return in_version(def, storage_.get(group_resource(def.gvr), key)); }

kube::ObjectPtr Backend::put(const ResourceDef& def, const kube::ObjectKey& key, json::Value object) {
  ResourceDef stored_as = def;
  stored_as.gvr.version = def.storage_version.empty() ? def.gvr.version : def.storage_version;
  object.set("apiVersion", stored_as.gvk().api_version());
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
  if (api_version != expected)
    return bad_request("the API version in the data (" + std::string(api_version) + ") does not match the expected API version (" + expected + ")");
  if (kind != def.kind)
    return bad_request(std::string(kind) + " in version " + quoted(def.gvr.version) + " cannot be handled as a " + def.kind + ": converting (" +
                       std::string(kind) + ") to (" + def.kind + "): unknown conversion");
  if (std::string wrong = undecodable(def, object); !wrong.empty()) return bad_request(std::move(wrong));
  return {};
}

}  // namespace slipway::kubesim
