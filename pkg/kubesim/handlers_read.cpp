// get and list.
#include <algorithm>
#include <array>

#include "pkg/base/strings.h"
#include "pkg/kubesim/core.h"

namespace slipway::kubesim {
namespace {

constexpr std::string_view kListExpired = "The resourceVersion for the provided list is too old.";

constexpr std::string_view kContinueInconsistent =
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the "
    "continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects "
    "that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.";
constexpr std::string_view kKeyInvalid = "invalid continue token: continue key is not valid";

// apiserver pkg/storage/continue.go: a revision and the first key that may follow, in unpadded URL-safe base64.
struct Continue {
  std::int64_t revision = 0;  // -1: whatever is there now
  kube::ObjectKey start;      // the last one that was sent
};

std::string encode_continue(const Continue& c, bool with_namespace) {
  std::string start = with_namespace ? c.start.ns + "/" + c.start.name : c.start.name;
  start.push_back('\0');
  std::string text = base64_encode(json::dump(json::Object{{"v", "meta.k8s.io/v1"}, {"rv", c.revision}, {"start", std::move(start)}}));
  while (text.ends_with('=')) text.pop_back();
  for (char& ch : text) ch = ch == '+' ? '-' : ch == '/' ? '_' : ch;
  return text;
}

Outcome<Continue> decode_continue(std::string_view token, const std::string& ns, bool with_namespace) {
  std::string padded(token), text;
  for (char& ch : padded) ch = ch == '-' ? '+' : ch == '_' ? '/' : ch;
  while (padded.size() % 4 != 0) padded.push_back('=');
  if (!base64_decode(padded, text)) return bad_request(std::string(kKeyInvalid) + ": illegal base64 data at input byte 0");
  const auto value = json::parse(text, {.max_bytes = 4096, .max_depth = 4});
  if (!value || !(*value)["rv"].is_integer()) return bad_request(std::string(kKeyInvalid));
  if ((*value)["v"].as_string() != "meta.k8s.io/v1")
    return bad_request(std::string(kKeyInvalid) + ": server does not recognize this encoded version " + (*value)["v"].str());
  Continue out{(*value)["rv"].as_int(), {ns, (*value)["start"].str()}};
  if (out.revision == 0) return bad_request(std::string(kKeyInvalid) + ": incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  if (out.start.name.empty()) return bad_request(std::string(kKeyInvalid) + ": encoded start key empty (version meta.k8s.io/v1)");
  if (out.start.name.back() == '\0') out.start.name.pop_back();
  if (!with_namespace) return out;
  const auto slash = out.start.name.find('/');
  if (slash == std::string::npos) return bad_request(std::string(kKeyInvalid) + ": " + out.start.name);
  return Continue{out.revision, {out.start.name.substr(0, slash), out.start.name.substr(slash + 1)}};
}

// The state that a list shows: the present, a past one by exact resourceVersion, or that of the first page.
struct Snapshot {
  Objects past;
  const Objects* objects = nullptr;
  Revision revision = 0;
};

Snapshot present(Storage& storage, const GroupResource& gr) {
  Snapshot s;
  s.objects = &storage.objects(gr);
  s.revision = storage.revision();
  return s;
}

Outcome<Snapshot> snapshot_at(Storage& storage, const GroupResource& gr, Revision revision, std::string_view when_expired) {
  Snapshot s;
  auto past = storage.objects_at(gr, revision);
  if (!past) return expired(std::string(when_expired));
  s.past = std::move(*past);
  s.revision = revision;
  return s;
}

// The pages of a list show the state of its first one; where that is forgotten, the refusal offers to go on with what is there now.
Outcome<Snapshot> snapshot_from(const Call& call, const Continue& from, bool with_namespace) {
  Storage& storage = call.core->backend.storage();
  const GroupResource gr = group_resource(call.def->gvr);
  if (from.revision < 0) return present(storage, gr);
  auto past = snapshot_at(storage, gr, static_cast<Revision>(from.revision), kContinueInconsistent);
  if (!past) past.error().continue_token = encode_continue({-1, from.start}, with_namespace);
  return past;
}

Outcome<Snapshot> snapshot_of(const Call& call) {
  Storage& storage = call.core->backend.storage();
  const GroupResource gr = group_resource(call.def->gvr);
  const auto version = call.target.get("resourceVersion");
  const auto wanted = version.empty() ? std::optional<Revision>(0) : parse_revision(version);
  if (!wanted)
    return bad_request("invalid resource version: resourceVersion: Invalid value: " + quoted(version) + ": strconv.ParseUint: parsing " + quoted(version) +
                       ": invalid syntax");
  if (*wanted > storage.revision()) return too_large_revision(*wanted, storage.revision());
  if (call.target.get("resourceVersionMatch") == "Exact") return snapshot_at(storage, gr, *wanted, kListExpired);
  return present(storage, gr);
}

}  // namespace

Refusal too_large_revision(Revision wanted, Revision current) {
  json::Object details{{"causes", json::Array{json::Value(json::Object{{"reason", "ResourceVersionTooLarge"}, {"message", "Too large resource version"}})}},
                       {"retryAfterSeconds", 1}};
  return Refusal(StatusError{504, "Timeout", "Timeout: Too large resource version: " + std::to_string(wanted) + ", current: " + std::to_string(current),
                             json::Value(std::move(details))});
}

bool flag(const net::Target& target, std::string_view key) {
  const auto value = target.get(key);
  return target.has(key) && value != "false" && value != "0";
}

// apimachinery meta/internalversion/validation ValidateListOptions
std::optional<Refusal> refuse_list_options(const net::Target& target) {
  const auto version = target.get("resourceVersion"), match = target.get("resourceVersionMatch");
  constexpr std::string_view kMatch = "resourceVersionMatch";
  constexpr std::array<std::string_view, 3> kSupported{"Exact", "NotOlderThan", ""};
  std::vector<FieldIssue> issues;
  const auto forbid = [&](std::string_view field, std::string_view why) { issues.push_back(forbidden_value(std::string(field), why)); };
  if (!match.empty()) {
    if (version.empty()) forbid(kMatch, "resourceVersionMatch is forbidden unless resourceVersion is provided");
    if (!target.get("continue").empty()) forbid(kMatch, "resourceVersionMatch is forbidden when continue is provided");
    if (match != "Exact" && match != "NotOlderThan") issues.push_back(unsupported_value(std::string(kMatch), match, kSupported));
    if (match == "Exact" && version == "0") forbid(kMatch, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
  }
  if (target.has("sendInitialEvents")) forbid("sendInitialEvents", "sendInitialEvents is forbidden for list");
  if (issues.empty()) return std::nullopt;
  return invalid_list_options(issues);
}

Outcome<Selection> selection_of(const Call& call) {
  auto labels = LabelSelector::parse(call.target.get("labelSelector"));
  if (!labels) return bad_request(std::move(labels).error());
  auto fields = FieldSelector::parse(call.target.get("fieldSelector"), *call.def);
  if (!fields) return Refusal(std::move(fields).error());
  return Selection{std::move(*labels), std::move(*fields)};
}

Outcome<net::Response> handle_get(Call& call) {
  const auto version = call.target.get("resourceVersion");
  const auto wanted = version.empty() ? std::optional<Revision>(0) : parse_revision(version);
  if (!wanted) return internal("resourceVersion: Invalid value: " + quoted(version) + ": strconv.ParseUint: parsing " + quoted(version) + ": invalid syntax");
  const Revision now = call.core->backend.storage().revision();
  if (*wanted > now) return too_large_revision(*wanted, now);
  const kube::ObjectPtr object = call.core->backend.get(*call.def, call.key());
  if (!object) return not_found(call.def->gvr, call.info.name);
  return ok(200, encode_object(*call.def, object, call.format, call.core->clock.wall()), call.format);
}

Outcome<net::Response> handle_list(Call& call) {
  if (auto refused = refuse_list_options(call.target)) return std::move(*refused);
  auto selection = selection_of(call);
  if (!selection) return Refusal(std::move(selection).error());
  const auto limit = integer_of(call.target, "limit");
  if (!limit) return Refusal(limit.error());
  const bool all_namespaces = call.def->gvr.namespaced && call.info.ns.empty();
  std::optional<Continue> from;
  if (const auto token = call.target.get("continue"); !token.empty()) {
    auto decoded = decode_continue(token, call.info.ns, all_namespaces);
    if (!decoded) return Refusal(std::move(decoded).error());
    const auto version = call.target.get("resourceVersion");
    if (!version.empty() && version != "0") return bad_request("specifying resource version is not allowed when using continue");
    from = std::move(*decoded);
  }
  auto snapshot = from ? snapshot_from(call, *from, all_namespaces) : snapshot_of(call);
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
      meta.continue_token = encode_continue({static_cast<std::int64_t>(snapshot->revision), last}, all_namespaces);
      if (selection->empty()) meta.remaining = static_cast<std::size_t>(std::count_if(it, objects.end(), [&](const auto& e) { return in_scope(e.first); }));
      break;
    }
    items.push_back(Backend::in_version(*call.def, it->second));
    last = it->first;
  }
  return ok(200, encode_list(*call.def, items, meta, call.format, call.core->clock.wall()), call.format);
}

}  // namespace slipway::kubesim
