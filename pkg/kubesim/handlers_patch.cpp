// patch: JSON, merge, strategic merge (built-in kinds), server-side apply.
#include "pkg/kubesim/core.h"
#include "pkg/kubesim/definitions.h"
#include "pkg/kubesim/merge_types.h"
#include "pkg/kubesim/patch_json.h"
#include "pkg/kubesim/patch_strategic.h"

namespace slipway::kubesim {

constexpr std::size_t kMaxOperations = 10'000;  // apiserver handlers/patch.go maxJSONPatchOperations

Outcome<json::Value> parse_patch(const Call& call) {
  if (call.request.body.size() > kMaxBody) return too_large("Request entity too large: limit is " + std::to_string(kMaxBody));
  auto patch = json::parse(call.request.body);
  if (!patch) return bad_request("error decoding patch: " + patch.error().message());
  return std::move(*patch);
}

Outcome<json::Value> apply_json_patch(const json::Value& live, const json::Value& patch) {
  if (!patch.is_array()) return bad_request("error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch");
  if (patch.size() > kMaxOperations)
    return too_large("The allowed maximum operations in a JSON patch is " + std::to_string(kMaxOperations) + ", got " + std::to_string(patch.size()));
  auto next = patch_json(live, patch);
  // Which operation failed, and why, stays in the server.
  if (!next) return generic(422, "Invalid", "the server rejected our request due to an error in our request");
  return std::move(*next);
}

namespace {

constexpr std::string_view kJson = "application/json-patch+json";
constexpr std::string_view kMerge = "application/merge-patch+json";
constexpr std::string_view kStrategic = "application/strategic-merge-patch+json";
constexpr std::string_view kApply = "application/apply-patch+yaml";

Refusal unsupported_patch(const ResourceDef& def) {
  if (!def.is_crd) return generic(415, "UnsupportedMediaType", "415: Unsupported Media Type");
  std::string accepted = std::string(kJson) + ", " + std::string(kMerge);
  return unsupported_media_type(accepted.append(", ").append(kApply));
}

Outcome<json::Value> patched(const ResourceDef& def, std::string_view type, const json::Value& live, const json::Value& patch) {
  if (type == kJson) return apply_json_patch(live, patch);
  if (!patch.is_object()) return bad_request("error decoding patch: json: cannot unmarshal the patch into Go value of type map[string]interface {}");
  json::Value next = live;
  if (type == kMerge) {
    json::merge_patch(next, patch);
  } else if (auto merged = strategic_merge(next, patch, MergeType::root(def)); !merged) {
    return bad_request(std::move(merged).error());
  }
  return next;
}

ResourceDef patch_options() {
  ResourceDef options;
  options.kind = "PatchOptions";
  options.gvr.group = "meta.k8s.io";
  return options;
}

Outcome<net::Response> handle_apply(Call& call, const WriteRequest& request) {
  if (call.target.get("fieldManager").empty()) {
    const FieldIssue issue = required_value("fieldManager", "is required for apply patch");
    return invalid(patch_options(), {}, std::span(&issue, 1));
  }
  auto config = body_of(call);
  if (!config) return Refusal(std::move(config).error());
  const bool absent = call.core->backend.get(*call.def, call.key()) == nullptr;
  if (absent && definition_terminating(call.core->backend, *call.def)) {
    return forbidden(call.def->gvr, call.info.name, "create not allowed while custom resource definition is terminating");
  }
  auto written = call.core->backend.apply(*call.def, call.key(), *config, flag(call.target, "force"), request);
  if (!written) return Refusal(std::move(written).error());
  return written_response(call, written->created ? 201 : 200, written->object);
}

}  // namespace

Outcome<net::Response> handle_patch(Call& call) {
  const std::string type = media_type(call.request);
  const bool known = type == kJson || type == kMerge || type == kApply || (type == kStrategic && !call.def->is_crd);
  if (!known) return unsupported_patch(*call.def);
  auto request = write_request_of(call, "PatchOptions");
  if (!request) return Refusal(std::move(request).error());
  if (type == kApply) return handle_apply(call, *request);
  if (call.target.has("force")) {
    const FieldIssue issue = forbidden_value("force", "may not be specified for non-apply patch");
    return invalid(patch_options(), {}, std::span(&issue, 1));
  }
  auto patch = parse_patch(call);
  if (!patch) return Refusal(std::move(patch).error());
  request->is_patch = true;
  auto written = call.core->backend.update(*call.def, call.key(), [&](const json::Value& live) { return patched(*call.def, type, live, *patch); }, *request);
  if (!written) return Refusal(std::move(written).error());
  return written_response(call, 200, written->object);
}

}  // namespace slipway::kubesim
