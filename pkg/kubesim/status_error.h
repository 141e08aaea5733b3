// Failures as kube-apiserver words them: metav1.Status values (apimachinery pkg/api/errors/errors.go). Pure; values only.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pkg/json/value.h"
#include "pkg/kube/types.h"
#include "pkg/kubesim/detail/seam.h"
#include "pkg/net/http.h"

namespace slipway::kubesim {

struct StatusError {
  int code = 500;
  std::string reason;
  std::string message;
  json::Value details;              // an object, or null for none
  std::string continue_token = {};  // metadata.continue: how to go on with a list that expired
};
template <class T>
using Outcome = std::expected<T, StatusError>;
using Refusal = std::unexpected<StatusError>;

// "deployments.apps", or "pods" in core.
[[nodiscard]] std::string qualified(const kube::GroupVersionResource& gvr);

[[nodiscard]] Refusal bad_request(std::string message);
[[nodiscard]] Refusal not_found(const kube::GroupVersionResource& gvr, std::string_view name);
[[nodiscard]] Refusal already_exists(const kube::GroupVersionResource& gvr, std::string_view name);
[[nodiscard]] Refusal conflict(const kube::GroupVersionResource& gvr, std::string_view name, std::string_view why);
[[nodiscard]] Refusal forbidden(const kube::GroupVersionResource& gvr, std::string_view name, std::string_view why);
[[nodiscard]] Refusal invalid(const ResourceDef& def, std::string_view name, std::span<const FieldIssue> issues);
[[nodiscard]] Refusal method_not_supported(const kube::GroupVersionResource& gvr, std::string_view action);
[[nodiscard]] Refusal unsupported_media_type(std::string_view accepted);
[[nodiscard]] Refusal not_acceptable(std::string_view accepted);
// What is refused before a resource is asked: without a word about it, its details an empty object.
[[nodiscard]] Refusal generic(int code, std::string reason, std::string message);
[[nodiscard]] Refusal no_such_resource();    // 404
[[nodiscard]] Refusal method_not_allowed();  // 405
// 500 without a reason, as errors are answered that are no Status inside the real server.
[[nodiscard]] Refusal internal(std::string message);
[[nodiscard]] Refusal too_large(std::string message);
[[nodiscard]] Refusal expired(std::string message);
[[nodiscard]] Refusal not_implemented(std::string message);  // 501: what kubesim does not do

// "the object has been modified; please apply your changes to the latest version and try again"
extern const std::string_view kOptimisticLock;

// One entry of a field.ErrorList, with the wording of its type: invalid_value("spec.x", "\"a\"", "must be b"); `value` is as %q or %v would print it.
[[nodiscard]] FieldIssue invalid_value(std::string field, std::string_view value, std::string_view detail);
[[nodiscard]] FieldIssue required_value(std::string field, std::string_view detail);
[[nodiscard]] FieldIssue forbidden_value(std::string field, std::string_view detail);
[[nodiscard]] FieldIssue unsupported_value(std::string field, std::string_view value, std::span<const std::string_view> supported);

[[nodiscard]] std::string quoted(std::string_view text);  // as Go's %q

[[nodiscard]] json::Value status_of(const StatusError& error);
[[nodiscard]] net::Response response_of(const StatusError& error);

}  // namespace slipway::kubesim
