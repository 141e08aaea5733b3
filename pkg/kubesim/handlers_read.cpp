// get and list.
#include <algorithm>

#include "pkg/base/strings.h"
#include "pkg/kubesim/core.h"

namespace slipway::kubesim {
namespace {

constexpr std::string_view kContinueExpired =
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.";
constexpr std::string_view kListExpired = "The resourceVersion for the provided list is too old.";

struct Continue {
  Revision revision = 0;
  kube::ObjectKey start;  // the last one that was sent
};

std::string encode_continue(const Continue& c) {
  return base64_encode(json::dump(json::Object{{"v", "meta.k8s.io/v1"}, {"rv", c.revision}, {"ns", c.start.ns}, {"start", c.start.name}}));
}

Outcome<Continue> decode_continue(std::string_view token) {
  std::string text;
  if (!base64_decode(token, text)) return bad_request("continue key is not valid: illegal base64 data");
  const auto value = json::parse(text, {.max_bytes = 4096, .max_depth = 4});
  if (!value || (*value)["v"].as_string() != "meta.k8s.io/v1" || !(*value)["rv"].is_integer()) return bad_request("continue key is not valid");
  return Continue{static_cast<Revision>((*value)["rv"].as_int()), {(*value)["ns"].str(), (*value)["start"].str()}};
}

Refusal too_large_revision(Revision wanted, Revision current) {
  json::Object details{{"causes", json::Array{json::Value(json::Object{{"reason", "ResourceVersionTooLarge"}, {"message", "Too large resource version"}})}},
                       {"retryAfterSeconds", 1}};
  return Refusal(StatusError{504, "Timeout", "Timeout: Too large resource version: " + std::to_string(wanted) + ", current: " + std::to_string(current),
                             json::Value(std::move(details))});
}

// The state that a list shows: the present, a past one by exact resourceVersion, or that of the first page.
struct Snapshot {
  Objects past;
  const Objects* objects = nullptr;
  Revision revision = 0;
};

Outcome<Snapshot> snapshot_at(Storage& storage, const GroupResource& gr, Revision revision, std::string_view when_expired) {
  Snapshot s;
  auto past = storage.objects_at(gr, revision);
  if (!past) return expired(std::string(when_expired));
  s.past = std::move(*past);
  s.revision = revision;
  return s;
}

Outcome<Snapshot> snapshot_of(const Call& call, const std::optional<Continue>& from) {
  Storage& storage = call.core->backend.storage();
  const GroupResource gr = group_resource(call.def->gvr);
  const auto version = call.target.get("resourceVersion"), match = call.target.get("resourceVersionMatch");
  if (from) {
    if (!version.empty() && version != "0") return bad_request("specifying resource version is not allowed when using continue");
    if (!match.empty()) return invalid_list_options(forbidden_value("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided"));
    return snapshot_at(storage, gr, from->revision, kContinueExpired);
  }
  if (!match.empty() && version.empty())
    return invalid_list_options(forbidden_value("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided"));
  if (!match.empty() && match != "Exact" && match != "NotOlderThan") {
    constexpr std::array<std::string_view, 2> kSupported{"Exact", "NotOlderThan"};
    return invalid_list_options(unsupported_value("resourceVersionMatch", match, kSupported));
  }
  const auto wanted = version.empty() ? std::optional<Revision>(0) : parse_revision(version);
  if (!wanted)
    return bad_request("resourceVersion: Invalid value: " + quoted(version) + ": strconv.ParseUint: parsing " + quoted(version) + ": invalid syntax");
  if (*wanted > storage.revision()) return too_large_revision(*wanted, storage.revision());
  if (match == "Exact") {
    if (*wanted == 0)
      return invalid_list_options(forbidden_value("resourceVersionMatch", "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""));
    return snapshot_at(storage, gr, *wanted, kListExpired);
  }
  Snapshot s;
  s.objects = &storage.objects(gr);
  s.revision = storage.revision();
  return s;
}

}  // namespace

bool flag(const net::Target& target, std::string_view key) {
  const auto value = target.get(key);
  return target.has(key) && value != "false" && value != "0";
}

Outcome<Selection> selection_of(const Call& call) {
  auto labels = LabelSelector::parse(call.target.get("labelSelector"));
  if (!labels) return bad_request(std::move(labels).error());
  auto fields = FieldSelector::parse(call.target.get("fieldSelector"), *call.def);
  if (!fields) return Refusal(std::move(fields).error());
  return Selection{std::move(*labels), std::move(*fields)};
}

Outcome<net::Response> handle_get(Call& call) {
  const kube::ObjectPtr object = call.core->backend.get(*call.def, call.key());
  if (!object) return not_found(call.def->gvr, call.info.name);
  return ok(200, encode_object(*call.def, object, call.format, call.core->clock.wall()), call.format);
}

Outcome<net::Response> handle_list(Call& call) {
  if (call.target.has("sendInitialEvents")) return invalid_list_options(forbidden_value("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  auto selection = selection_of(call);
  if (!selection) return Refusal(std::move(selection).error());
  const auto limit = integer_of(call.target, "limit");
  if (!limit) return Refusal(limit.error());
  std::optional<Continue> from;
  if (const auto token = call.target.get("continue"); !token.empty()) {
    auto decoded = decode_continue(token);
    if (!decoded) return Refusal(std::move(decoded).error());
    from = std::move(*decoded);
  }
  auto snapshot = snapshot_of(call, from);
  if (!snapshot) return Refusal(std::move(snapshot).error());
  const Objects& objects = snapshot->objects != nullptr ? *snapshot->objects : snapshot->past;

  std::vector<kube::ObjectPtr> items;
  ListMeta meta{snapshot->revision, {}, 0};
  auto it = from ? objects.upper_bound(from->start) : objects.lower_bound({call.info.ns, {}});
  const auto in_scope = [&](const kube::ObjectKey& key) { return call.info.ns.empty() || key.ns == call.info.ns; };
  kube::ObjectKey last;
  for (; it != objects.end() && in_scope(it->first); ++it) {
    if (!selection->matches(*it->second)) continue;
    if (*limit > 0 && std::cmp_equal(items.size(), *limit)) {
      meta.continue_token = encode_continue({snapshot->revision, last});
      if (selection->empty()) meta.remaining = static_cast<std::size_t>(std::count_if(it, objects.end(), [&](const auto& e) { return in_scope(e.first); }));
      break;
    }
    items.push_back(Backend::in_version(*call.def, it->second));
    last = it->first;
  }
  return ok(200, encode_list(*call.def, items, meta, call.format, call.core->clock.wall()), call.format);
}

}  // namespace slipway::kubesim
