#include "pkg/providers/detail/strategic_merge.h"

#include <algorithm>
#include <string>
#include <vector>

#include "pkg/base/strings.h"
#include "pkg/providers/detail/merge_keys.h"

namespace slipway::providers::detail {
namespace {

using json::Array;
using json::Value;

constexpr std::string_view kPatch = "$patch";
constexpr std::string_view kRetainKeys = "$retainKeys";
constexpr std::string_view kDeleteScalars = "$deleteFromPrimitiveList/";
constexpr std::string_view kOrder = "$setElementOrder/";
constexpr int kMaxDepth = 128;  // as deep as json::parse goes

bool is_directive(std::string_view key) { return key == kPatch || key == kRetainKeys || key.starts_with(kDeleteScalars) || key.starts_with(kOrder); }

// What a patch adds where there is nothing to merge with: its directives have nothing to act on, and its nulls nothing to delete.
Value plain(const Value& patch, int depth) {
  if (depth > kMaxDepth) return patch;
  if (patch.is_array()) {
    Array out;
    for (const Value& item : patch.array()) {
      const bool only_directive = item.is_object() && item.size() == 1 && item.contains(kPatch);
      if (!only_directive && item[kPatch].as_string() != "delete") out.push_back(plain(item, depth + 1));
    }
    return out;
  }
  if (!patch.is_object()) return patch;
  json::Object out;
  for (const auto& [key, value] : patch.object())
    if (!is_directive(key) && !value.is_null()) out.set(key, plain(value, depth + 1));
  return out;
}

Status merge_object(Value& target, const Value& patch, const Shape* shape, int depth);

Status merge_list(Array& target, const Value& patch, const Field& field, int depth) {
  const std::string key(field.merge_key);
  const bool replaces = std::ranges::any_of(patch.array(), [](const Value& item) { return item[kPatch].as_string() == "replace"; });
  if (replaces) target.clear();
  for (const Value& item : patch.array()) {
    if (replaces && item.contains(kPatch)) continue;  // a directive, and nothing of the list
    const Value* id = item.find(key);
    if (id == nullptr) return fail(Disposition::Invalid, "every element must have " + key + ", by which the list merges");
    if (replaces) {
      target.push_back(plain(item, depth));
      continue;
    }
    const auto same = [&](const Value& have) {
      const Value* other = have.find(key);
      return other != nullptr && *other == *id;
    };
    if (item[kPatch].as_string() == "delete") {
      erase_if(target, same);
    } else if (const auto found = std::ranges::find_if(target, same); found == target.end()) {
      target.push_back(plain(item, depth));
    } else if (auto merged = merge_object(*found, item, field.shape, depth + 1); !merged) {
      return merged;
    }
  }
  return {};
}

void merge_set(Array& target, const Value& patch) {
  for (const Value& item : patch.array())
    if (std::ranges::find(target, item) == target.end()) target.push_back(item);
}

Status merge_field(Value& target, std::string_view name, const Value& value, const Field* field, int depth) {
  Value* have = target.find_mut(name);
  if (value.is_null()) {
    target.erase(name);
  } else if (have != nullptr && have->is_object() && value.is_object()) {
    return merge_object(*have, value, field == nullptr ? nullptr : field->shape, depth + 1);
  } else if (have != nullptr && have->is_array() && value.is_array() && field != nullptr && !field->merge_key.empty()) {
    return merge_list(have->make_array(), value, *field, depth + 1);
  } else if (have != nullptr && have->is_array() && value.is_array() && field != nullptr && field->is_set) {
    merge_set(have->make_array(), value);
  } else {
    target.set(name, plain(value, depth));
  }
  return {};
}

Status retain_keys(Value& target, const Value& patch) {
  const Value& keys = patch[kRetainKeys];
  const auto retained = [&keys](std::string_view key) { return std::ranges::any_of(keys.array(), [key](const Value& k) { return k.as_string() == key; }); };
  for (const auto& [key, value] : patch.object())
    if (!is_directive(key) && !retained(key)) return fail(Disposition::Invalid, "$retainKeys must name every field of the patch, and lacks " + key);
  std::vector<std::string> gone;
  for (const auto& [key, value] : target.object())
    if (!retained(key)) gone.push_back(key);
  for (const std::string& key : gone) target.erase(key);
  return {};
}

void delete_scalars(Value& target, std::string_view name, const Array& gone) {
  Value* have = target.find_mut(name);
  if (have == nullptr || !have->is_array()) return;
  erase_if(have->make_array(), [&gone](const Value& item) { return std::ranges::find(gone, item) != gone.end(); });
}

Status merge_object(Value& target, const Value& patch, const Shape* shape, int depth) {
  if (depth > kMaxDepth) return fail(Disposition::Invalid, "the patch is nested too deeply");
  if (const Value* directive = patch.find(kPatch)) {
    const auto what = directive->as_string();
    if (what == "replace") target = plain(patch, depth);
    if (what == "delete") target = json::Object{};
    if (what == "replace" || what == "delete") return {};
    if (what != "merge") return fail(Disposition::Invalid, "$patch: must be replace, delete or merge, not \"" + shorten(what, 40) + "\"");
  }
  if (patch.contains(kRetainKeys))
    if (auto done = retain_keys(target, patch); !done) return done;
  for (const auto& [key, value] : patch.object()) {
    const std::string_view name = key;
    if (name.starts_with(kDeleteScalars)) delete_scalars(target, name.substr(kDeleteScalars.size()), value.array());
    if (is_directive(name)) continue;
    if (auto merged = merge_field(target, name, value, field_of(shape, name), depth); !merged) return fail(std::move(merged).error().in(key));
  }
  return {};
}

}  // namespace

// By name, since groups of custom resources end alike: gateway.networking.k8s.io, snapshot.storage.k8s.io.
bool is_built_in(std::string_view group) noexcept {
  static constexpr std::string_view kGroups[] = {"",
                                                 "apps",
                                                 "batch",
                                                 "autoscaling",
                                                 "policy",
                                                 "extensions",
                                                 "admissionregistration.k8s.io",
                                                 "apiextensions.k8s.io",
                                                 "apiregistration.k8s.io",
                                                 "certificates.k8s.io",
                                                 "coordination.k8s.io",
                                                 "discovery.k8s.io",
                                                 "events.k8s.io",
                                                 "flowcontrol.apiserver.k8s.io",
                                                 "networking.k8s.io",
                                                 "node.k8s.io",
                                                 "rbac.authorization.k8s.io",
                                                 "scheduling.k8s.io",
                                                 "storage.k8s.io"};
  return std::ranges::find(kGroups, group) != std::end(kGroups);
}

Status strategic_merge(Value& target, const Value& patch, std::string_view group, std::string_view kind) {
  return merge_object(target, patch, &shape_of(group, kind), 0);
}

}  // namespace slipway::providers::detail
