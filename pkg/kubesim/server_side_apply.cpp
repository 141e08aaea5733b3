// apply_config: merge, release what is no longer applied, conflicts (structured-merge-diff merge/update.go).
#include <algorithm>
#include <optional>
#include <utility>

#include "pkg/kubesim/detail/field_ownership.h"
#include "pkg/kubesim/managed_fields.h"

namespace slipway::kubesim {
namespace {

using detail::compare_for, detail::empty_object, detail::entry_of, detail::reset_fields, detail::same_manager, detail::store_managers, detail::stripped;
using Conflicts = std::vector<std::pair<const ManagerEntry*, FieldSet>>;

std::string printed(const ManagerEntry& m) {
  std::string out = quoted(m.manager);
  if (!m.subresource.empty()) out += " with subresource " + quoted(m.subresource);
  if (m.operation == "Update") out += " using " + m.api_version + (m.time.empty() ? "" : " at " + m.time);
  return out;
}

Refusal conflict_of(const Conflicts& conflicts) {
  json::Array causes;
  std::vector<std::pair<std::string, std::vector<std::string>>> by_manager;
  for (const auto& [entry, set] : conflicts) {
    by_manager.emplace_back(printed(*entry), std::vector<std::string>{});
    set.for_each([&](const FieldPath& path) {
      by_manager.back().second.push_back(to_string(path));
      causes.emplace_back(json::Object{{"reason", "FieldManagerConflict"}, {"message", "conflict with " + printed(*entry)}, {"field", to_string(path)}});
    });
  }
  std::ranges::sort(by_manager);
  std::string message = "Apply failed with 1 conflict: conflict with " + by_manager.front().first + ": " + by_manager.front().second.front();
  if (causes.size() > 1) {
    message = "Apply failed with " + std::to_string(causes.size()) + " conflicts:";
    bool first = true;
    for (const auto& [manager, fields] : by_manager) {
      message += (first ? " conflicts with " : "\nconflicts with ") + manager + ":";
      first = false;
      for (const auto& field : fields) message += "\n- " + field;
    }
  }
  return Refusal(StatusError{409, "Conflict", std::move(message), json::Object{{"causes", std::move(causes)}}});
}

// What the manager applied before, applies no longer, and nobody else owns.
json::Value release(const json::Value& merged, const FieldSet& last, const Managers& managers, const MergeType& type) {
  FieldSet owned;
  for (const auto& m : managers) owned.merge(m.fields);
  FieldSet all = fields_of(merged, type).with_named_fields(type);
  const FieldSet gone = all.intersect(last.with_named_fields(type)).minus(owned.with_named_fields(type));
  return gone.empty() ? merged : without_fields(merged, gone, type);
}

// The managers of the live object; where nobody tracks it yet, one that stands for all that was there before.
Managers managers_before(const json::Value* live, const FieldWriter& writer) {
  if (live == nullptr) return {};
  Managers managers = decode_managers((*live)["metadata"]["managedFields"]);
  if (!managers.empty()) return managers;
  FieldWriter first = writer;
  first.manager = "before-first-apply";
  ManagerEntry entry = entry_of(first, "Update");
  entry.fields = compare_for(empty_object(writer), *live, writer).added.minus(stripped());
  if (!entry.fields.empty()) managers.push_back(std::move(entry));
  return managers;
}

// Takes the applier's own entry out of the list; an empty one where it never applied.
ManagerEntry take_own(Managers& managers, const FieldWriter& writer) {
  ManagerEntry own = entry_of(writer, "Apply");
  const auto it = std::ranges::find_if(managers, [&](const ManagerEntry& m) { return same_manager(m, own); });
  if (it == managers.end()) return own;
  own.fields = it->fields;
  own.time = it->time;
  managers.erase(it);
  return own;
}

std::optional<Refusal> check_config(const json::Value& config, const FieldWriter& writer) {
  if (!config["metadata"]["managedFields"].is_null()) return bad_request("metadata.managedFields must be nil");
  const std::string wrong = check_lists(config, MergeType::root(*writer.def));
  if (wrong.empty()) return std::nullopt;
  return internal("failed to create typed patch object (" + typed_name(*writer.def, config) + "): " + wrong);
}

}  // namespace

// The namespace is the configuration's own, which may say nothing of it.
std::string typed_name(const ResourceDef& def, const json::Value& config) {
  std::string out(kube::namespace_of(config));
  return out.append("/")
      .append(kube::name_of(config))
      .append("; ")
      .append(def.gvr.group)
      .append("/")
      .append(def.gvr.version)
      .append(", Kind=")
      .append(def.kind);
}

Outcome<json::Value> apply_config(const json::Value* live, const json::Value& config, const FieldWriter& writer, bool force) {
  if (auto refused = check_config(config, writer)) return std::move(*refused);
  const MergeType type = MergeType::root(*writer.def);
  const json::Value before = live == nullptr ? empty_object(writer) : *live;
  Managers managers = managers_before(live, writer);
  json::Value merged = merge_config(before, config, type);
  merged.ref("metadata").erase("managedFields");

  ManagerEntry own = take_own(managers, writer);
  const FieldSet last = std::exchange(own.fields, fields_of(config, type).minus_below(reset_fields(writer)));
  managers.push_back(own);
  merged = release(merged, last, managers, type);
  managers.pop_back();

  Comparison c = compare_for(before, merged, writer);
  FieldSet taken = std::move(c.added);
  taken.merge(c.modified);
  Conflicts conflicts;
  for (const auto& m : managers)
    if (FieldSet both = m.fields.intersect(taken); !both.empty()) conflicts.emplace_back(&m, std::move(both));
  if (!conflicts.empty() && !force) return conflict_of(conflicts);
  for (auto& m : managers) m.fields = m.fields.minus(taken).minus(c.removed);
  own.fields = own.fields.minus(stripped());
  managers.push_back(own);
  store_managers(merged, managers);
  if (live != nullptr && equal_but_times(before, merged)) return merged;
  // The time of the entry says when the apply last changed something.
  managers.back().time = to_rfc3339(writer.now);
  store_managers(merged, std::move(managers));
  return merged;
}

}  // namespace slipway::kubesim
