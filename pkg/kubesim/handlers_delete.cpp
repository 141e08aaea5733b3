// delete and deletecollection.
#include <array>
#include <optional>

#include "pkg/kubesim/core.h"

namespace slipway::kubesim {
namespace {

// apimachinery meta/v1/validation ValidateDeleteOptions
std::optional<Refusal> check_options(const json::Value& options) {
  std::vector<FieldIssue> issues;
  const auto policy = options["propagationPolicy"].as_string();
  if (!policy.empty() && !options["orphanDependents"].is_null())
    issues.push_back(invalid_value("propagationPolicy", quoted(policy), "orphanDependents and deletionPropagation cannot be both set"));
  constexpr std::array<std::string_view, 4> kSupported{"Foreground", "Background", "Orphan", "nil"};
  if (!policy.empty() && policy != "Background" && policy != "Foreground" && policy != "Orphan")
    issues.push_back(unsupported_value("propagationPolicy", policy, kSupported));
  if (issues.empty()) return std::nullopt;
  ResourceDef def;
  def.kind = "DeleteOptions";
  def.gvr.group = "meta.k8s.io";
  return invalid(def, {}, issues);
}

// Options come in the body (DeleteOptions) or, where there is none, in the query.
Outcome<DeleteRequest> delete_request_of(const Call& call) {
  json::Value options = json::Object{};
  if (!call.request.body.empty()) {
    auto body = body_of(call);
    if (!body) return Refusal(std::move(body).error());
    options = std::move(*body);
  } else {
    for (const std::string_view key : {"propagationPolicy", "gracePeriodSeconds", "orphanDependents"})
      if (call.target.has(key)) options.set(key, call.target.get(key));
  }
  DeleteRequest request;
  request.uid = options["preconditions"]["uid"].str();
  request.resource_version = options["preconditions"]["resourceVersion"].str();
  request.propagation = options["propagationPolicy"].str();
  if (const json::Value* orphan = options.find("orphanDependents"); orphan != nullptr && !orphan->is_null())
    request.propagation = orphan->as_bool() || orphan->as_string() == "true" ? "Orphan" : "Background";
  request.dry_run = call.request.body.empty() && call.target.get("dryRun") == "All";
  for (const auto& word : options["dryRun"].array()) request.dry_run |= word.as_string() == "All";
  if (auto refused = check_options(options)) return std::move(*refused);
  return request;
}

json::Value success(const ResourceDef& def, const kube::Object& object) {
  json::Object details{{"name", kube::name_of(object)}};
  if (!def.gvr.group.empty()) details.set("group", def.gvr.group);
  details.set("kind", def.gvr.resource);
  details.set("uid", kube::uid_of(object));
  return json::Object{{"kind", "Status"}, {"apiVersion", "v1"}, {"metadata", json::Object{}}, {"status", "Success"}, {"details", std::move(details)}};
}

}  // namespace

Outcome<net::Response> handle_delete(Call& call) {
  auto request = delete_request_of(call);
  if (!request) return Refusal(std::move(request).error());
  auto deleted = call.core->backend.remove(*call.def, call.key(), *request);
  if (!deleted) return Refusal(std::move(deleted).error());
  if (!deleted->gone) return written_response(call, 200, deleted->object);
  OutputFormat plain = call.format;
  plain.shape = OutputFormat::Shape::Object;
  return ok(200, json::dump(success(*call.def, *deleted->object)) + "\n", plain);
}

Outcome<net::Response> handle_delete_collection(Call& call) {
  if (auto refused = refuse_list_options(call.target)) return std::move(*refused);
  auto selection = selection_of(call);
  if (!selection) return Refusal(std::move(selection).error());
  auto request = delete_request_of(call);
  if (!request) return Refusal(std::move(request).error());
  Backend& backend = call.core->backend;
  std::vector<kube::ObjectKey> keys;
  for (const auto& [key, object] : backend.storage().objects(group_resource(call.def->gvr)))
    if ((call.info.ns.empty() || key.ns == call.info.ns) && selection->matches(*object)) keys.push_back(key);
  std::vector<kube::ObjectPtr> items;
  for (const auto& key : keys) {
    auto deleted = backend.remove(*call.def, key, *request);
    if (!deleted && deleted.error().code != 404) return Refusal(std::move(deleted).error());
    if (deleted) items.push_back(deleted->object);
  }
  const ListMeta meta{backend.storage().revision(), {}, 0};
  return ok(200, encode_list(*call.def, items, meta, call.format, call.core->clock.wall()), call.format);
}

}  // namespace slipway::kubesim
