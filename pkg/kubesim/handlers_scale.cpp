// The scale subresource of the apps kinds: autoscaling/v1 Scale over spec.replicas.
#include "pkg/kubesim/core.h"

namespace slipway::kubesim {
namespace {

json::Value scale_of(const kube::Object& object) {
  json::Object meta{{"name", kube::name_of(object)}, {"namespace", kube::namespace_of(object)}, {"uid", kube::uid_of(object)}};
  meta.set("resourceVersion", kube::resource_version_of(object));
  meta.set("creationTimestamp", object["metadata"]["creationTimestamp"]);
  std::string selector;
  for (const auto& [key, value] : object["spec"]["selector"]["matchLabels"].object()) selector += (selector.empty() ? "" : ",") + key + "=" + value.str();
  return json::Object{{"kind", "Scale"},
                      {"apiVersion", "autoscaling/v1"},
                      {"metadata", meta},
                      {"spec", json::Object{{"replicas", object["spec"]["replicas"].as_int()}}},
                      {"status", json::Object{{"replicas", object["status"]["replicas"].as_int()}, {"selector", selector}}}};
}

Outcome<json::Value> wanted_scale(const Call& call, const json::Value& live) {
  if (call.info.verb == "update") {
    ResourceDef scale = *call.def;
    scale.kind = "Scale";
    scale.gvr = {"autoscaling", "v1", "scales", true};
    Call as_scale{call.core, call.request, call.target, call.info, call.user, std::make_shared<const ResourceDef>(scale), {}, {}};
    return body_of(as_scale);
  }
  const std::string type = media_type(call.request);
  if (type != "application/merge-patch+json" && type != "application/strategic-merge-patch+json" && type != "application/json-patch+json")
    return unsupported_media_type("application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json");
  auto patch = parse_patch(call);
  if (!patch) return std::unexpected(std::move(patch).error());
  if (type == "application/json-patch+json") return apply_json_patch(scale_of(live), *patch);
  json::Value next = scale_of(live);
  json::merge_patch(next, *patch);
  return next;
}

}  // namespace

Outcome<net::Response> handle_scale(Call& call) {
  Backend& backend = call.core->backend;
  if (call.info.verb == "get") {
    const kube::ObjectPtr object = backend.get(*call.def, call.key());
    if (!object) return not_found(call.def->gvr, call.info.name);
    return ok(200, json::dump(scale_of(*object)) + "\n", OutputFormat{});
  }
  if (call.info.verb != "update" && call.info.verb != "patch") return method_not_supported(call.def->gvr, call.info.verb);
  auto request = write_request_of(call, "UpdateOptions");
  if (!request) return Refusal(std::move(request).error());
  request->subresource.clear();
  auto written = backend.update(
      *call.def, call.key(),
      [&](const json::Value& live) -> Outcome<json::Value> {
        auto scale = wanted_scale(call, live);
        if (!scale) return scale;
        const auto version = (*scale)["metadata"]["resourceVersion"].as_string();
        if (!version.empty() && version != kube::resource_version_of(live)) return conflict(call.def->gvr, call.info.name, kOptimisticLock);
        if (!(*scale)["spec"]["replicas"].is_integer()) return bad_request("spec.replicas of a Scale must be an integer");
        json::Value next = live;
        next.ref("spec").set("replicas", (*scale)["spec"]["replicas"]);
        return next;
      },
      *request);
  if (!written) return Refusal(std::move(written).error());
  return ok(200, json::dump(scale_of(*written->object)) + "\n", OutputFormat{});
}

}  // namespace slipway::kubesim
