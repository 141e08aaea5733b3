// watch, and the options that it shares with list.
#include <algorithm>
#include <array>
#include <charconv>

#include "pkg/kubesim/core.h"
#include "pkg/kubesim/watch_stream.h"

namespace slipway::kubesim {
namespace {

constexpr std::int64_t kLongestWatch = 86'400;  // seconds

// validation.go ValidateListOptions of apimachinery's meta/internalversion
std::optional<Refusal> check_options(const net::Target& target) {
  const auto match = target.get("resourceVersionMatch");
  const bool send_initial = target.has("sendInitialEvents");
  std::vector<FieldIssue> issues;
  if (send_initial && match != "NotOlderThan")
    issues.push_back(forbidden_value("resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
  if (!send_initial && !match.empty())
    issues.push_back(forbidden_value("resourceVersionMatch", "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
  constexpr std::array<std::string_view, 1> kSupported{"NotOlderThan"};
  if (!match.empty() && match != "NotOlderThan") issues.push_back(unsupported_value("resourceVersionMatch", match, kSupported));
  if (!match.empty() && !target.get("continue").empty())
    issues.push_back(forbidden_value("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided"));
  if (!issues.empty()) return invalid_list_options(issues);
  return std::nullopt;
}

}  // namespace

Outcome<std::int64_t> integer_of(const net::Target& target, std::string_view key) {
  const auto text = target.get(key);
  std::int64_t value = 0;
  if (text.empty()) return value;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return bad_request("strconv.ParseInt: parsing " + quoted(text) + ": invalid syntax");
  return value;
}

Refusal invalid_list_options(std::span<const FieldIssue> issues) {
  ResourceDef options;
  options.kind = "ListOptions";
  options.gvr.group = "meta.k8s.io";
  return invalid(options, {}, issues);
}

Outcome<net::Response> handle_watch(Call& call) {
  if (auto refused = check_options(call.target)) return std::move(*refused);
  auto selection = selection_of(call);
  if (!selection) return Refusal(std::move(selection).error());
  const auto timeout = integer_of(call.target, "timeoutSeconds");
  if (!timeout) return Refusal(timeout.error());
  const auto version = call.target.get("resourceVersion");
  const auto since = version.empty() ? std::optional<Revision>(0) : parse_revision(version);
  if (!since) return internal("resourceVersion: Invalid value: " + quoted(version) + ": strconv.ParseUint: parsing " + quoted(version) + ": invalid syntax");

  const bool send_initial = call.target.has("sendInitialEvents");
  WatchRequest request;
  request.def = call.def;
  request.ns = call.info.ns;
  request.labels = std::move(selection->labels);
  request.fields = std::move(selection->fields);
  request.format = call.format;
  request.bookmarks = flag(call.target, "allowWatchBookmarks");
  request.initial = send_initial ? flag(call.target, "sendInitialEvents") : *since == 0;
  request.initial_bookmark = send_initial && request.initial && request.bookmarks;
  const Revision now = call.core->backend.storage().revision();
  if (request.initial && *since > now) request.refuse = too_large_revision(*since, now).error();
  request.since = *since == 0 ? call.core->backend.storage().revision() : *since;
  if (*timeout > 0) request.timeout = std::chrono::seconds(std::min(*timeout, kLongestWatch));
  auto open = call.core->watches.open(group_resource(call.def->gvr));
  net::Response response{200, "application/json", {}};
  response.stream = make_watch_stream(call.core, call.core->backend, std::move(open), std::move(request));
  return response;
}

}  // namespace slipway::kubesim
