#include "pkg/kubesim/merge_types.h"

#include <algorithm>
#include <array>
#include <vector>

namespace slipway::kubesim {

struct MergeType::Rule {
  enum class Kind : std::uint8_t { List, AtomicMap, Keyed };  // Keyed: a granular map whose keys are data, not fields
  std::string_view parent;                                    // the field above; empty: any
  std::string_view name;
  Kind kind = Kind::List;
  ListKind list = ListKind::Atomic;
  std::vector<std::string> keys;
  std::string_view patch_key;  // strategic merge patch
  bool patch_scalars = false;
  std::vector<KeyDefault> defaults;
};

namespace {

using Rule = MergeType::Rule;
using Kind = MergeType::Rule::Kind;

Rule list_map(std::string_view parent, std::string_view name, std::vector<std::string> keys, std::string_view patch_key,
              std::vector<KeyDefault> defaults = {}) {
  return {parent, name, Kind::List, ListKind::Map, std::move(keys), patch_key, false, std::move(defaults)};
}
Rule by(std::string_view parent, std::string_view name, std::string_view key) { return list_map(parent, name, {std::string(key)}, key); }
// Atomic for apply, merged by key in strategic merge patches.
Rule patch_only(std::string_view parent, std::string_view name, std::string_view key) {
  return {parent, name, Kind::List, ListKind::Atomic, {}, key, false, {}};
}
Rule set_of(std::string_view parent, std::string_view name, bool patch) { return {parent, name, Kind::List, ListKind::Set, {}, {}, patch, {}}; }
Rule atomic(std::string_view parent, std::string_view name) { return {parent, name, Kind::AtomicMap, ListKind::Atomic, {}, {}, false, {}}; }
Rule keyed(std::string_view parent, std::string_view name) { return {parent, name, Kind::Keyed, ListKind::Atomic, {}, {}, false, {}}; }

const std::vector<Rule>& rules() {
  static const std::vector<Rule> kRules = {
      // metav1.ObjectMeta
      by("metadata", "ownerReferences", "uid"),
      set_of("metadata", "finalizers", true),
      keyed("metadata", "labels"),
      keyed("metadata", "annotations"),
      // core
      by("", "containers", "name"),
      by("", "initContainers", "name"),
      by("", "ephemeralContainers", "name"),
      by("", "env", "name"),
      list_map("containers", "ports", {"containerPort", "protocol"}, "containerPort", {{"protocol", "TCP"}}),
      list_map("initContainers", "ports", {"containerPort", "protocol"}, "containerPort", {{"protocol", "TCP"}}),
      list_map("spec", "ports", {"port", "protocol"}, "port", {{"protocol", "TCP"}}),
      by("", "volumes", "name"),
      by("", "volumeMounts", "mountPath"),
      by("", "volumeDevices", "devicePath"),
      by("", "imagePullSecrets", "name"),
      by("", "secrets", "name"),
      by("", "hostAliases", "ip"),
      list_map("", "topologySpreadConstraints", {"topologyKey", "whenUnsatisfiable"}, "topologyKey"),
      by("", "resourceClaims", "name"),
      by("", "conditions", "type"),
      by("status", "addresses", "type"),
      by("status", "podIPs", "ip"),
      by("status", "hostIPs", "ip"),
      patch_only("spec", "taints", "key"),
      set_of("spec", "podCIDRs", true),
      keyed("", "data"),
      keyed("", "stringData"),
      keyed("", "binaryData"),
      keyed("", "limits"),
      keyed("", "requests"),
      keyed("", "capacity"),
      keyed("", "allocatable"),
      keyed("", "matchLabels"),
      keyed("", "hard"),
      keyed("", "used"),
      atomic("", "nodeSelector"),
      atomic("", "selector"),
      atomic("", "labelSelector"),
      atomic("", "namespaceSelector"),
      atomic("", "objectSelector"),
      atomic("", "configMapKeyRef"),
      atomic("", "secretKeyRef"),
      atomic("", "fieldRef"),
      atomic("", "resourceFieldRef"),
      atomic("", "secretRef"),
      atomic("", "roleRef"),
      atomic("", "involvedObject"),
      // admissionregistration
      by("", "webhooks", "name"),
      list_map("", "matchConditions", {"name"}, "name"),
  };
  return kRules;
}

// Lists of the Deployment's selector and the like sit under names that are also Service fields; a Service's spec.selector is atomic too, so one rule does.
const Rule* find_rule(std::string_view parent, std::string_view name) {
  const auto exact = std::ranges::find_if(rules(), [&](const Rule& r) { return r.name == name && r.parent == parent; });
  if (exact != rules().end()) return &*exact;
  const auto any = std::ranges::find_if(rules(), [&](const Rule& r) { return r.name == name && r.parent.empty(); });
  return any == rules().end() ? nullptr : &*any;
}

}  // namespace

MergeType MergeType::root(const ResourceDef& def) {
  MergeType t;
  t.root_ = true;
  if (!def.is_crd) {
    t.source_ = Source::BuiltIn;
  } else if (def.schema) {
    t.source_ = Source::Structural;
    t.schema_ = def.schema.get();
  }
  return t;
}

MergeType MergeType::field(std::string_view key) const {
  MergeType t;
  const bool holds_metadata = root_ || (source_ == Source::Structural && schema_->embedded_resource);
  if (source_ == Source::BuiltIn || (holds_metadata && key == "metadata")) {
    const Rule* r = source_ == Source::BuiltIn ? rule() : nullptr;
    if (r != nullptr && r->kind == Kind::Keyed) return t;
    t.source_ = Source::BuiltIn;
    t.parent_ = name_;
    t.name_ = key;
  } else if (source_ == Source::Structural) {
    const auto it = schema_->properties.find(key);
    t.schema_ = it != schema_->properties.end() ? it->second.get() : schema_->additional.get();
    if (t.schema_ != nullptr) t.source_ = Source::Structural;
  }
  return t;
}

MergeType MergeType::item() const {
  MergeType t;
  if (source_ == Source::BuiltIn) {
    t = *this;  // the fields of an item have the list's name as parent
    t.root_ = false;
  } else if (source_ == Source::Structural && schema_->items) {
    t.source_ = Source::Structural;
    t.schema_ = schema_->items.get();
  }
  return t;
}

const Rule* MergeType::rule() const { return source_ == Source::BuiltIn && !root_ ? find_rule(parent_, name_) : nullptr; }

bool MergeType::has_field(std::string_view key) const {
  if (root_ && (key == "apiVersion" || key == "kind" || key == "metadata")) return true;
  if (source_ == Source::Structural) return schema_->properties.contains(key) || (schema_->embedded_resource && key == "metadata");
  if (source_ == Source::Deduced) return false;
  const Rule* r = rule();
  return r == nullptr || r->kind != Kind::Keyed;
}

bool MergeType::atomic_map() const {
  if (source_ == Source::Structural) return schema_->map_type == "atomic";
  const Rule* r = rule();
  return r != nullptr && r->kind == Kind::AtomicMap;
}

ListKind MergeType::list_kind() const {
  if (source_ == Source::Structural) {
    if (schema_->list_type == "map" && !schema_->list_map_keys.empty()) return ListKind::Map;
    return schema_->list_type == "set" ? ListKind::Set : ListKind::Atomic;
  }
  const Rule* r = rule();
  return r == nullptr ? ListKind::Atomic : r->list;
}

std::span<const std::string> MergeType::list_keys() const {
  if (source_ == Source::Structural) return schema_->list_map_keys;
  const Rule* r = rule();
  if (r == nullptr) return {};
  return r->keys;
}

std::span<const KeyDefault> MergeType::key_defaults() const {
  const Rule* r = rule();
  if (r == nullptr) return {};
  return r->defaults;
}

std::string_view MergeType::patch_merge_key() const {
  const Rule* r = rule();
  return r == nullptr ? std::string_view{} : r->patch_key;
}

bool MergeType::patch_merges_scalars() const {
  const Rule* r = rule();
  return r != nullptr && r->patch_scalars;
}

}  // namespace slipway::kubesim
