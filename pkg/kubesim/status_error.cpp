#include "pkg/kubesim/status_error.h"

#include <set>

#include "pkg/base/strings.h"

namespace slipway::kubesim {
namespace {

json::Value details_of(std::string_view group, std::string_view kind, std::string_view name) {
  json::Object details;
  if (!name.empty()) details.set("name", name);
  if (!group.empty()) details.set("group", group);
  if (!kind.empty()) details.set("kind", kind);
  return details;
}

Refusal refuse(int code, std::string reason, std::string message, json::Value details = {}) {
  return Refusal(StatusError{code, std::move(reason), std::move(message), std::move(details)});
}

Refusal about(int code, std::string reason, const kube::GroupVersionResource& gvr, std::string_view name, std::string_view predicate) {
  return refuse(code, std::move(reason), qualified(gvr) + " " + quoted(name) + " " + std::string(predicate), details_of(gvr.group, gvr.resource, name));
}

}  // namespace

const std::string_view kOptimisticLock = "the object has been modified; please apply your changes to the latest version and try again";

std::string qualified(const kube::GroupVersionResource& gvr) { return gvr.group.empty() ? gvr.resource : gvr.resource + "." + gvr.group; }

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (c == '\n') {
      out.append("\\n");
    } else if (c == '\t') {
      out.append("\\t");
    } else if (c == '\r') {
      out.append("\\r");
    } else if (u < 0x20 || u == 0x7f) {
      constexpr std::string_view kHex = "0123456789abcdef";
      out.append("\\x");
      out.push_back(kHex[u >> 4U]);
      out.push_back(kHex[u & 15U]);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
  return out;
}

Refusal bad_request(std::string message) { return refuse(400, "BadRequest", std::move(message)); }
Refusal not_found(const kube::GroupVersionResource& gvr, std::string_view name) { return about(404, "NotFound", gvr, name, "not found"); }
Refusal already_exists(const kube::GroupVersionResource& gvr, std::string_view name) { return about(409, "AlreadyExists", gvr, name, "already exists"); }

Refusal conflict(const kube::GroupVersionResource& gvr, std::string_view name, std::string_view why) {
  std::string message = "Operation cannot be fulfilled on " + qualified(gvr) + " " + quoted(name) + ": ";
  return refuse(409, "Conflict", message.append(why), details_of(gvr.group, gvr.resource, name));
}

Refusal forbidden(const kube::GroupVersionResource& gvr, std::string_view name, std::string_view why) {
  std::string message = qualified(gvr);
  if (!name.empty()) message += " " + quoted(name);
  message += " is forbidden: ";
  return refuse(403, "Forbidden", message.append(why), details_of(gvr.group, gvr.resource, name));
}

Refusal invalid(const ResourceDef& def, std::string_view name, std::span<const FieldIssue> issues) {
  std::vector<std::string> sentences;
  std::set<std::string> seen;
  json::Array causes;
  for (const auto& issue : issues) {
    causes.emplace_back(json::Object{{"reason", issue.reason}, {"message", issue.message}, {"field", issue.field}});
    std::string sentence = issue.field + ": " + issue.message;
    if (seen.insert(sentence).second) sentences.push_back(std::move(sentence));
  }
  std::string message = (def.gvr.group.empty() ? def.kind : def.kind + "." + def.gvr.group) + " " + quoted(name) + " is invalid";
  if (sentences.size() == 1) message += ": " + sentences.front();
  if (sentences.size() > 1) message += ": [" + join(sentences, ", ") + "]";
  json::Value details = details_of(def.gvr.group, def.kind, name);
  details.set("causes", std::move(causes));
  return refuse(422, "Invalid", std::move(message), std::move(details));
}

Refusal method_not_supported(const kube::GroupVersionResource& gvr, std::string_view action) {
  return refuse(405, "MethodNotAllowed", std::string(action) + " is not supported on resources of kind " + quoted(qualified(gvr)),
                details_of(gvr.group, gvr.resource, {}));
}

Refusal unsupported_media_type(std::string_view accepted) {
  return refuse(415, "UnsupportedMediaType", "the body of the request was in an unknown format - accepted media types include: " + std::string(accepted));
}
Refusal not_acceptable(std::string_view accepted) {
  return refuse(406, "NotAcceptable", "only the following media types are accepted: " + std::string(accepted));
}
Refusal generic(int code, std::string reason, std::string message) { return refuse(code, std::move(reason), std::move(message), json::Object{}); }
Refusal no_such_resource() { return generic(404, "NotFound", "the server could not find the requested resource"); }
Refusal method_not_allowed() { return generic(405, "MethodNotAllowed", "the server does not allow this method on the requested resource"); }
Refusal internal(std::string message) { return refuse(500, {}, std::move(message)); }
Refusal too_large(std::string message) { return refuse(413, "RequestEntityTooLarge", std::move(message)); }
Refusal expired(std::string message) { return refuse(410, "Expired", std::move(message)); }
Refusal not_implemented(std::string message) { return refuse(501, "NotImplemented", std::move(message)); }

FieldIssue invalid_value(std::string field, std::string_view value, std::string_view detail) {
  std::string message = "Invalid value: ";
  message.append(value);
  if (!detail.empty()) message.append(": ").append(detail);
  return {std::move(field), "FieldValueInvalid", std::move(message)};
}

FieldIssue required_value(std::string field, std::string_view detail) {
  std::string message = "Required value";
  if (!detail.empty()) message.append(": ").append(detail);
  return {std::move(field), "FieldValueRequired", std::move(message)};
}

FieldIssue forbidden_value(std::string field, std::string_view detail) {
  std::string message = "Forbidden";
  if (!detail.empty()) message.append(": ").append(detail);
  return {std::move(field), "FieldValueForbidden", std::move(message)};
}

FieldIssue unsupported_value(std::string field, std::string_view value, std::span<const std::string_view> supported) {
  std::string message = "Unsupported value: " + quoted(value) + ": supported values: ";
  for (std::size_t i = 0; i < supported.size(); ++i) message += (i == 0 ? "" : ", ") + quoted(supported[i]);
  return {std::move(field), "FieldValueNotSupported", std::move(message)};
}

json::Value status_of(const StatusError& error) {
  json::Object status{{"kind", "Status"}, {"apiVersion", "v1"}, {"metadata", json::Object{}}, {"status", "Failure"}, {"message", error.message}};
  if (!error.continue_token.empty()) status.set("metadata", json::Object{{"continue", error.continue_token}});
  if (!error.reason.empty()) status.set("reason", error.reason);
  if (!error.details.is_null()) status.set("details", error.details);
  status.set("code", error.code);
  return status;
}

net::Response response_of(const StatusError& error) { return {error.code, "application/json", json::dump(status_of(error)) + "\n"}; }

}  // namespace slipway::kubesim
