#include "controllers/managementcluster/inventory_entry.h"

#include <algorithm>
#include <utility>

#include "controllers/component_state.h"
#include "pkg/base/strings.h"

namespace slipway::controllers::managementcluster {
namespace {

constexpr std::size_t kMaxWhy = 450;  // it goes into a condition's message with more

std::optional<json::Value> annotated(const Object& entry, std::string_view name) {
  const auto text = kube::annotation(entry, name);
  auto value = text.empty() ? Result<json::Value>(fail(Disposition::NotFound, "")) : json::parse(text);
  if (!value || !value->is_object()) return std::nullopt;
  return std::move(*value);
}

void annotate(Object& entry, const std::optional<InstalledFor>& owner) {
  if (!owner) return;
  const json::Value value = json::Object{{"request", owner->request}, {"uid", owner->uid}, {"as", owner->as}};
  entry.ref({"metadata", "annotations", kInstalledForAnnotation}) = json::dump_canonical(value);
}

bool asks_for(const Object& request, const providers::Components& set) {
  return std::ranges::any_of(request["spec"]["providers"].array(),
                             [&](const json::Value& provider) { return provider["type"].as_string() == set.type && provider["name"].as_string() == set.name; });
}

}  // namespace

std::optional<Change> change_of(const Object& entry) {
  const auto value = annotated(entry, kChangeAnnotation);
  const auto since = value ? parse_rfc3339((*value)["since"].as_string()) : std::nullopt;
  if (!since) return std::nullopt;
  return Change{(*value)["to"].str(), (*value)["hash"].str(), *since, (*value)["rolledBack"].as_bool(), (*value)["why"].str()};
}

std::optional<InstalledFor> installed_for(const Object& entry) {
  const auto value = annotated(entry, kInstalledForAnnotation);
  if (!value || (*value)["uid"].as_string().empty()) return std::nullopt;
  return InstalledFor{(*value)["request"].str(), (*value)["uid"].str(), (*value)["as"].str()};
}

std::optional<InstalledFor> installed_for(const Input& in, Role role) {
  if (in.request.uid.empty()) return std::nullopt;
  return InstalledFor{cluster_key(in.request).to_string(), in.request.uid, std::string(to_string(role))};
}

bool still_asks(const Input& in, const InstalledFor& owner, const providers::Components& set) {
  if (in.request.uid.empty()) return true;
  const auto found = std::ranges::find_if(in.observed.requests, [&](const ObjectPtr& request) { return kube::uid_of(*request) == owner.uid; });
  if (found == in.observed.requests.end() || !asks_for(**found, set)) return false;
  // What it needed of a bootstrap cluster is over with the move, but for the way back.
  return owner.as != to_string(Role::Bootstrap) || kube::is_deleting(**found) || recorded_custody(**found) != Custody::Target;
}

Object entry_of(const Resolved& set, const std::optional<InstalledFor>& owner) {
  Object entry = providers::inventory_object(*set.components);
  entry.ref({"metadata", "annotations", kSetAnnotation}) = set.hash;
  annotate(entry, owner);
  return entry;
}

Object noted(const Object& entry, const Resolved& wanted, const std::optional<InstalledFor>& owner, const Change& change) {
  Object out = providers::inventory_object(*wanted.components);
  out.set("version", entry["version"]);
  if (const auto hash = kube::annotation(entry, kSetAnnotation); !hash.empty()) out.ref({"metadata", "annotations", kSetAnnotation}) = hash;
  annotate(out, owner);
  json::Value note = json::Object{{"to", change.to}, {"hash", change.hash}, {"since", to_rfc3339(change.since)}};
  if (change.rolled_back) {
    note.set("rolledBack", true);
    note.set("why", shorten(change.why, kMaxWhy));
  }
  out.ref({"metadata", "annotations", kChangeAnnotation}) = json::dump_canonical(note);
  return out;
}

void keep_notes(Object& entry, const Object& live) {
  if (kube::kind_of(entry) != "Provider") return;
  for (const std::string_view name : {kInstalledForAnnotation, kChangeAnnotation})
    if (const auto text = kube::annotation(live, name); !text.empty()) entry.ref({"metadata", "annotations", name}) = text;
}

}  // namespace slipway::controllers::managementcluster
