// Bodies, options, create and update.
#include <array>

#include "pkg/base/strings.h"
#include "pkg/kubesim/core.h"
#include "pkg/kubesim/definitions.h"
#include "pkg/kubesim/proto_body.h"
#include "pkg/kubesim/typed_fields.h"
#include "pkg/yaml/yaml.h"

namespace slipway::kubesim {
namespace {

constexpr std::size_t kMaxManager = 128;  // metav1 validation FieldManagerMaxLength
constexpr std::string_view kBodyTypes = "application/json, application/yaml, application/vnd.kubernetes.protobuf";

Refusal invalid_options(std::string_view kind, const FieldIssue& issue) {
  ResourceDef options;
  options.kind = kind;
  options.gvr.group = "meta.k8s.io";
  return invalid(options, {}, std::span(&issue, 1));
}

// All values that the query gives, as the list that the option is.
FieldIssue unsupported_list(std::string_view key, const net::Target& target, std::span<const std::string_view> supported) {
  json::Array given;
  for (const auto& [name, value] : target.query)
    if (name == key) given.push_back(json::Value(value));
  FieldIssue issue = unsupported_value(std::string(key), {}, supported);
  issue.message.replace(issue.message.find("\"\""), 2, json::dump(json::Value(std::move(given))));
  return issue;
}

// apiserver handlers/create.go managerOrUserAgent: what stands before the first slash.
std::string manager_of(const net::Request& request, const net::Target& target) {
  if (const auto manager = target.get("fieldManager"); !manager.empty()) return std::string(manager);
  const auto agent = request.headers.get("User-Agent");
  const std::string prefix(agent.substr(0, agent.find('/')));
  return prefix.empty() ? "unknown" : prefix.substr(0, kMaxManager);
}

std::string warning_header(const std::string& text) { return "299 - " + quoted(text); }

// Only what the table of proto_body.h knows; custom resources have no protobuf form anywhere.
Outcome<json::Value> protobuf_body(const Call& call) {
  const bool options = call.info.verb == "delete" || call.info.verb == "deletecollection";
  if (!options && (call.def->is_crd || typed_fields(call.def->kind) == nullptr)) return unsupported_media_type(kBodyTypes);
  auto value = decode_protobuf(call.request.body);
  if (!value) return bad_request("the object provided is unrecognized (must be of type " + call.def->kind + "): " + value.error());
  return std::move(*value);
}

}  // namespace

std::string media_type(const net::Request& request) {
  const auto type = request.headers.get("Content-Type");
  return to_lower(trim(type.substr(0, type.find(';'))));
}

Outcome<json::Value> body_of(const Call& call) {
  const std::string type = media_type(call.request);
  if (call.request.body.size() > kMaxBody) return too_large("Request entity too large: limit is " + std::to_string(kMaxBody));
  if (type == "application/vnd.kubernetes.protobuf") return protobuf_body(call);
  const bool is_yaml = type == "application/yaml" || type == "application/apply-patch+yaml";
  const bool is_json = type.empty() || type == "application/json" || type == "*/*";
  if (!is_yaml && !is_json) return unsupported_media_type(kBodyTypes);
  // JSON is YAML: tried first, because clients write it and it reads faster.
  auto value = json::parse(call.request.body);
  if (!value && is_yaml) value = yaml::parse(call.request.body, "body");
  if (!value)
    return bad_request("the object provided is unrecognized (must be of type " + call.def->kind + "): couldn't get version/kind; " +
                       (is_yaml ? "yaml" : "json") + " parse error: " + value.error().message());
  // Typed kinds may leave out what the path says already; the unstructured decoder of custom resources insists.
  if (!call.def->is_crd && value->is_object()) {
    if ((*value)["kind"].is_null()) value->set("kind", call.def->kind);
    if ((*value)["apiVersion"].is_null()) value->set("apiVersion", call.def->gvk().api_version());
  }
  return std::move(*value);
}

Outcome<WriteRequest> write_request_of(Call& call, std::string_view options_kind) {
  WriteRequest out;
  out.subresource = call.info.subresource;
  out.warnings = &call.warnings;
  const auto given = call.target.get("fieldManager");
  if (given.size() > kMaxManager) return invalid_options(options_kind, {"fieldManager", "FieldValueTooLong", "Too long: may not be more than 128 bytes"});
  out.field_manager = manager_of(call.request, call.target);
  for (const auto& [key, value] : call.target.query) {
    if (key != "dryRun" || value.empty()) continue;
    constexpr std::array<std::string_view, 1> kAll{"All"};
    if (value != "All") return invalid_options(options_kind, unsupported_list("dryRun", call.target, kAll));
    out.dry_run = true;
  }
  const auto validation = call.target.get("fieldValidation");
  constexpr std::array<std::string_view, 4> kValidations{"", "Ignore", "Strict", "Warn"};
  if (validation == "Strict") {
    out.validation = FieldValidation::Strict;
  } else if (validation.empty() || validation == "Warn") {
    out.validation = FieldValidation::Warn;
  } else if (validation != "Ignore") {
    return invalid_options(options_kind, unsupported_value("fieldValidation", validation, kValidations));
  }
  return out;
}

net::Response written_response(Call& call, int status, const kube::ObjectPtr& object) {
  auto response = ok(status, encode_object(*call.def, object, call.format, call.core->clock.wall()), call.format);
  for (const auto& text : call.warnings) response.headers.add("Warning", warning_header(text));
  return response;
}

Outcome<net::Response> handle_create(Call& call) {
  auto body = body_of(call);
  if (!body) return Refusal(std::move(body).error());
  if (definition_terminating(call.core->backend, *call.def)) {
    return forbidden(call.def->gvr, kube::name_of(*body), "create not allowed while custom resource definition is terminating");
  }
  auto request = write_request_of(call, "CreateOptions");
  if (!request) return Refusal(std::move(request).error());
  auto written = call.core->backend.create(*call.def, call.info.ns, std::move(*body), *request);
  if (!written) return Refusal(std::move(written).error());
  return written_response(call, 201, written->object);
}

Outcome<net::Response> handle_update(Call& call) {
  auto body = body_of(call);
  if (!body) return Refusal(std::move(body).error());
  auto request = write_request_of(call, "UpdateOptions");
  if (!request) return Refusal(std::move(request).error());
  auto written = call.core->backend.update(*call.def, call.key(), [&](const json::Value&) -> Outcome<json::Value> { return std::move(*body); }, *request);
  if (!written) return Refusal(std::move(written).error());
  return written_response(call, written->created ? 201 : 200, written->object);
}

}  // namespace slipway::kubesim
