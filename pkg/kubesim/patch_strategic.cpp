#include "pkg/kubesim/patch_strategic.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::kubesim {
namespace {

using Done = std::expected<void, std::string>;

constexpr std::string_view kDirective = "$patch";
constexpr std::string_view kRetainKeys = "$retainKeys";
constexpr std::string_view kDeletePrimitive = "$deleteFromPrimitiveList/";
constexpr std::string_view kOrder = "$setElementOrder/";
constexpr int kMaxDepth = 128;  // as deep as json::parse lets a patch be

Done merge_map(json::Value& target, const json::Value& patch, const MergeType& type, int depth);

bool is_directive(std::string_view key) { return key == kDirective || key == kRetainKeys || key.starts_with(kDeletePrimitive) || key.starts_with(kOrder); }

// What is left of a patch that meets nothing: its directives mean nothing there, and its nulls delete nothing.
json::Value without_directives(const json::Value& patch, int depth) {
  if (depth > kMaxDepth) return patch;
  if (patch.is_array()) {
    json::Array out;
    for (const auto& item : patch.array()) {
      if (item[kDirective].as_string() == "delete") continue;
      if (item.is_object() && item.size() == 1 && item.contains(kDirective)) continue;
      out.push_back(without_directives(item, depth + 1));
    }
    return out;
  }
  if (!patch.is_object()) return patch;
  json::Object out;
  for (const auto& [key, value] : patch.object())
    if (!is_directive(key) && !value.is_null()) out.set(key, without_directives(value, depth + 1));
  return out;
}

bool same_key(const json::Value& a, const json::Value& b, std::string_view key) {
  const json::Value* x = a.find(key);
  const json::Value* y = b.find(key);
  return x != nullptr && y != nullptr && *x == *y;
}

Done merge_objects(json::Array& target, const json::Value& patch, const MergeType& type, std::string_view key, int depth) {
  for (const auto& item : patch.array())
    if (item[kDirective].as_string() == "replace") {
      target = without_directives(patch, depth).array();
      return {};
    }
  for (const auto& item : patch.array()) {
    if (!item.is_object()) return std::unexpected("expected a list of objects to merge by " + std::string(key));
    const auto found = std::ranges::find_if(target, [&](const json::Value& have) { return same_key(have, item, key); });
    if (item[kDirective].as_string() == "delete") {
      if (!item.contains(key)) return std::unexpected("map: " + json::dump(item) + " does not contain declared merge key: " + std::string(key));
      erase_if(target, [&](const json::Value& have) { return same_key(have, item, key); });
      continue;
    }
    if (!item.contains(key)) return std::unexpected("map: " + json::dump(item) + " does not contain declared merge key: " + std::string(key));
    if (found == target.end()) {
      target.push_back(without_directives(item, depth));
    } else if (auto merged = merge_map(*found, item, type.item(), depth + 1); !merged) {
      return merged;
    }
  }
  return {};
}

// What the patch names comes first, but behind what stood before it (strategicpatch/patch.go mergeSortedSlice: an item that the live list lacks is not held
// against any of it).
void merge_scalars(json::Array& target, const json::Value& patch) {
  const auto place = [&](const json::Value& item) { return std::ranges::find(target, item) - target.begin(); };
  const auto there = [&](const json::Value& item) { return std::ranges::find(target, item) != target.end(); };
  json::Array named, others, merged;
  for (const auto& item : patch.array())
    if (std::ranges::find(named, item) == named.end()) named.push_back(item);
  for (const auto& item : target)
    if (std::ranges::find(named, item) == named.end()) others.push_back(item);
  std::size_t l = 0, r = 0;
  while (l < others.size() || r < named.size()) {
    const bool left = r == named.size() || (l < others.size() && there(named[r]) && place(others[l]) <= place(named[r]));
    merged.push_back(left ? others[l++] : named[r++]);
  }
  target = std::move(merged);
}

// Elements named by $setElementOrder come in its order; the others keep their place relative to what precedes them (live-only items stay put).
void reorder(json::Array& target, const json::Value& order, std::string_view key) {
  const auto rank = [&](const json::Value& item) -> std::optional<std::size_t> {
    const auto& wanted = order.array();
    for (std::size_t i = 0; i < wanted.size(); ++i)
      if (key.empty() ? wanted[i] == item : same_key(wanted[i], item, key)) return i;
    return std::nullopt;
  };
  std::vector<std::size_t> places;
  std::vector<std::pair<std::size_t, std::size_t>> by_rank;
  for (std::size_t i = 0; i < target.size(); ++i) {
    const auto r = rank(target[i]);
    if (r) places.push_back(i), by_rank.emplace_back(*r, i);
  }
  std::ranges::sort(by_rank);
  const json::Array before = target;
  for (std::size_t i = 0; i < places.size(); ++i) target[places[i]] = before[by_rank[i].second];
}

Done merge_list(json::Value& target, const json::Value& patch, const MergeType& type, int depth) {
  if (const auto key = type.patch_merge_key(); !key.empty()) return merge_objects(target.make_array(), patch, type, key, depth);
  if (type.patch_merges_scalars()) {
    merge_scalars(target.make_array(), patch);
    return {};
  }
  target = without_directives(patch, depth);
  return {};
}

Done merge_field(json::Value& target, std::string_view key, const json::Value& value, const MergeType& type, int depth) {
  if (value.is_null()) {
    target.erase(key);
    return {};
  }
  json::Value* have = target.find_mut(key);
  const bool meets = have != nullptr && ((value.is_object() && have->is_object()) || (value.is_array() && have->is_array()));
  if (!meets) {
    const bool deletes = value.is_object() && value[kDirective].as_string() == "delete";
    if (deletes) target.erase(key);
    if (!deletes) target.set(key, without_directives(value, depth));
    return {};
  }
  if (value.is_object()) return merge_map(*have, value, type.field(key), depth + 1);
  return merge_list(*have, value, type.field(key), depth + 1);
}

// Directives that act on other fields of the same object, after those have been merged.
void apply_list_directives(json::Value& target, const json::Value& patch, const MergeType& type) {
  for (const auto& [key, value] : patch.object()) {
    if (key.starts_with(kDeletePrimitive)) {
      json::Value* have = target.find_mut(std::string_view(key).substr(kDeletePrimitive.size()));
      if (have == nullptr || !have->is_array()) continue;
      const json::Array& gone = value.array();
      erase_if(have->make_array(), [&gone](const json::Value& item) { return std::ranges::find(gone, item) != gone.end(); });
    } else if (key.starts_with(kOrder)) {
      const std::string_view field = std::string_view(key).substr(kOrder.size());
      json::Value* have = target.find_mut(field);
      if (have != nullptr && have->is_array()) reorder(have->make_array(), value, type.field(field).patch_merge_key());
    }
  }
}

void retain_keys(json::Value& target, const json::Value& keys) {
  std::vector<std::string> drop;
  for (const auto& [key, value] : target.object())
    if (std::ranges::none_of(keys.array(), [&](const json::Value& k) { return k.as_string() == key; })) drop.push_back(key);
  for (const auto& key : drop) target.erase(key);
}

Done merge_map(json::Value& target, const json::Value& patch, const MergeType& type, int depth) {
  if (depth > kMaxDepth) return std::unexpected("the patch is nested too deeply");
  if (const json::Value* directive = patch.find(kDirective)) {
    const auto what = directive->as_string();
    if (what == "replace") {
      target = without_directives(patch, depth);
      return {};
    }
    if (what == "delete") {
      target = json::Object{};
      return {};
    }
    if (what != "merge") return std::unexpected("Unknown patch type found: " + std::string(what));
  }
  if (const json::Value* keys = patch.find(kRetainKeys)) retain_keys(target, *keys);
  for (const auto& [key, value] : patch.object()) {
    if (is_directive(key)) continue;
    if (auto merged = merge_field(target, key, value, type, depth); !merged) return merged;
  }
  apply_list_directives(target, patch, type);
  return {};
}

}  // namespace

std::expected<void, std::string> strategic_merge(json::Value& target, const json::Value& patch, const MergeType& type) {
  return merge_map(target, patch, type, 0);
}

}  // namespace slipway::kubesim
