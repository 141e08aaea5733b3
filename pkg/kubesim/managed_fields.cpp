#include "pkg/kubesim/managed_fields.h"

#include <algorithm>
#include <tuple>

#include "pkg/kubesim/detail/field_ownership.h"

namespace slipway::kubesim {
namespace detail {
namespace {

FieldSet paths(std::initializer_list<FieldPath> list) {
  FieldSet set;
  for (const auto& path : list) set.insert(path);
  return set;
}

}  // namespace

const FieldSet& stripped() {
  static const FieldSet kSet = paths({{"f:apiVersion"},
                                      {"f:kind"},
                                      {"f:metadata"},
                                      {"f:metadata", "f:name"},
                                      {"f:metadata", "f:namespace"},
                                      {"f:metadata", "f:creationTimestamp"},
                                      {"f:metadata", "f:selfLink"},
                                      {"f:metadata", "f:uid"},
                                      {"f:metadata", "f:clusterName"},
                                      {"f:metadata", "f:generation"},
                                      {"f:metadata", "f:managedFields"},
                                      {"f:metadata", "f:resourceVersion"}});
  return kSet;
}

FieldSet reset_fields(const FieldWriter& writer) {
  if (writer.subresource == "status") return paths({{"f:spec"}, {"f:metadata"}, {"f:data"}});
  if (writer.def->has_status) return paths({{"f:status"}});
  return {};
}

bool same_manager(const ManagerEntry& a, const ManagerEntry& b) {
  return a.manager == b.manager && a.operation == b.operation && a.subresource == b.subresource && (a.operation == "Apply" || a.api_version == b.api_version);
}

ManagerEntry entry_of(const FieldWriter& writer, std::string operation) {
  return {writer.manager, std::move(operation), writer.api_version, writer.subresource, to_rfc3339(writer.now), {}};
}

json::Value empty_object(const FieldWriter& writer) {
  json::Object object{{"apiVersion", writer.api_version}, {"kind", writer.def->kind}, {"metadata", json::Object{}}};
  if (!writer.def->is_crd) object.set("spec", json::Object{}), object.set("status", json::Object{});
  return object;
}

Comparison compare_for(const json::Value& live, const json::Value& next, const FieldWriter& writer) {
  Comparison c = compare(live, next, MergeType::root(*writer.def));
  const FieldSet reset = reset_fields(writer);
  return {c.added.minus_below(reset), c.removed.minus_below(reset), c.modified.minus_below(reset)};
}

void store_managers(json::Value& object, Managers managers) {
  std::erase_if(managers, [](const ManagerEntry& m) { return m.fields.empty(); });
  if (managers.empty()) {
    object.ref("metadata").erase("managedFields");
  } else {
    object.ref("metadata").set("managedFields", encode_managers(std::move(managers)));
  }
}

}  // namespace detail

namespace {

constexpr std::size_t kMaxUpdateManagers = 10;  // apimachinery managedfields DefaultMaxUpdateManagers

// The entries of an incoming object count where it has some; [{}] drops all; otherwise the live ones stay.
Managers managers_for_update(const json::Value* live, const json::Value& next, const FieldWriter& writer) {
  static const json::Value kNone;
  const json::Value& of_live = live == nullptr ? kNone : (*live)["metadata"]["managedFields"];
  if (!writer.subresource.empty()) return decode_managers(of_live);
  const json::Value& given = next["metadata"]["managedFields"];
  if (given.size() == 1 && given[0].is_object() && given[0].size() == 0) return {};
  Managers managers = decode_managers(given);
  return managers.empty() ? decode_managers(of_live) : managers;
}

// The oldest Update entries beyond the cap share one entry (managedfields/internal/capmanagers.go).
void cap_update_managers(Managers& managers) {
  const auto is_update = [](const ManagerEntry& m) { return m.operation == "Update"; };
  while (static_cast<std::size_t>(std::ranges::count_if(managers, is_update)) > kMaxUpdateManagers) {
    const auto older = [](const ManagerEntry& a, const ManagerEntry& b) { return std::tie(a.time, a.manager) < std::tie(b.time, b.manager); };
    std::vector<ManagerEntry*> updates;
    for (auto& m : managers)
      if (is_update(m)) updates.push_back(&m);
    std::ranges::sort(updates, [&](const auto* a, const auto* b) { return older(*a, *b); });
    updates[0]->manager = "ancient-changes";
    updates[0]->subresource.clear();
    updates[0]->time = updates[1]->time;
    updates[0]->fields.merge(updates[1]->fields);
    managers.erase(managers.begin() + (updates[1] - managers.data()));
  }
}

}  // namespace

Managers decode_managers(const json::Value& managed_fields) {
  Managers out;
  for (const auto& entry : managed_fields.array()) {
    const auto operation = entry["operation"].as_string();
    const bool valid = (operation == "Apply" || operation == "Update") && entry["fieldsType"].as_string() == "FieldsV1" && entry["fieldsV1"].is_object();
    if (!valid) return {};
    out.push_back({entry["manager"].str(), std::string(operation), entry["apiVersion"].str(), entry["subresource"].str(), entry["time"].str(),
                   FieldSet::from_json(entry["fieldsV1"])});
  }
  return out;
}

json::Value encode_managers(Managers managers) {
  std::ranges::sort(managers, [](const ManagerEntry& a, const ManagerEntry& b) {
    return std::tie(a.operation, a.time, a.manager, a.api_version, a.subresource) < std::tie(b.operation, b.time, b.manager, b.api_version, b.subresource);
  });
  json::Array out;
  for (const auto& m : managers) {
    json::Object entry{
        {"apiVersion", m.api_version}, {"fieldsType", "FieldsV1"}, {"fieldsV1", m.fields.to_json()}, {"manager", m.manager}, {"operation", m.operation}};
    if (!m.subresource.empty()) entry.set("subresource", m.subresource);
    if (!m.time.empty()) entry.set("time", m.time);
    out.emplace_back(std::move(entry));
  }
  return out;
}

void track_update(const json::Value* live, json::Value& next, const FieldWriter& writer) {
  Managers managers = managers_for_update(live, next, writer);
  if (live != nullptr && managers.empty()) {  // nobody tracks this object until it is applied
    next.ref("metadata").erase("managedFields");
    return;
  }
  const json::Value nothing = live == nullptr ? detail::empty_object(writer) : json::Value();
  Comparison c = detail::compare_for(live == nullptr ? nothing : *live, next, writer);
  FieldSet taken = std::move(c.added);
  taken.merge(c.modified);
  for (auto& m : managers) m.fields = m.fields.minus(taken).minus(c.removed);
  taken = taken.minus(detail::stripped());
  if (!taken.empty()) {
    ManagerEntry self = detail::entry_of(writer, "Update");
    const auto mine = std::ranges::find_if(managers, [&](const ManagerEntry& m) { return detail::same_manager(m, self); });
    if (mine == managers.end()) {
      self.fields = std::move(taken);
      managers.push_back(std::move(self));
    } else {
      mine->fields.merge(taken);
      mine->time = self.time;
    }
  }
  std::erase_if(managers, [](const ManagerEntry& m) { return m.fields.empty(); });
  cap_update_managers(managers);
  detail::store_managers(next, std::move(managers));
}

bool equal_but_times(const json::Value& a, const json::Value& b) {
  const auto same_member = [](const json::Value& x, const json::Value& y, std::string_view skip) {
    if (x.size() != y.size()) return false;
    return std::ranges::all_of(x.object(), [&](const json::Member& m) { return y.contains(m.key) && (m.key == skip || m.value == y[m.key]); });
  };
  if (!same_member(a, b, "metadata")) return false;
  const json::Value &x = a["metadata"], &y = b["metadata"];
  if (!same_member(x, y, "managedFields")) return false;
  const auto &p = x["managedFields"].array(), &q = y["managedFields"].array();
  return p.size() == q.size() && std::ranges::equal(p, q, [&](const json::Value& m, const json::Value& n) { return same_member(m, n, "time"); });
}

}  // namespace slipway::kubesim
