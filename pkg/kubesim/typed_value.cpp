#include "pkg/kubesim/typed_value.h"

#include <algorithm>
#include <map>
#include <set>

namespace slipway::kubesim {
namespace {

using Index = std::map<std::string, const json::Value*>;

std::string field_element(std::string_view key) { return "f:" + std::string(key); }

bool is_leaf(const json::Value& value, const MergeType& type) {
  if (value.is_object()) return type.atomic_map();
  if (value.is_array()) return type.list_kind() == ListKind::Atomic;
  return true;
}

// Items by element; of duplicates the first counts. Items without keys stand under their position, so that nothing is lost.
std::vector<std::pair<std::string, const json::Value*>> items_of(const json::Value& list, const MergeType& type) {
  std::vector<std::pair<std::string, const json::Value*>> out;
  std::set<std::string> seen;
  std::size_t position = 0;
  for (const auto& item : list.array()) {
    std::string element = item_element(item, type).value_or("i:" + std::to_string(position));
    ++position;
    if (seen.insert(element).second) out.emplace_back(std::move(element), &item);
  }
  return out;
}

void collect(const json::Value& value, const MergeType& type, FieldPath& path, FieldSet& out) {
  if (is_leaf(value, type)) {
    out.insert(path);
    return;
  }
  if (value.is_object()) {
    for (const auto& [key, below] : value.object()) {
      path.push_back(field_element(key));
      collect(below, type.field(key), path, out);
      if (!type.has_field(key) || (below.is_object() && below.size() == 0)) out.insert(path);
      path.pop_back();
    }
    return;
  }
  for (const auto& [element, item] : items_of(value, type)) {
    path.push_back(element);
    collect(*item, type.item(), path, out);
    out.insert(path);
    path.pop_back();
  }
}

class Comparer {
 public:
  Comparison result;

  // Either may be null.
  void walk(const json::Value* before, const json::Value* after, const MergeType& type) {
    if (before == nullptr && after == nullptr) return;
    const bool same_shape = before == nullptr || after == nullptr || before->type() == after->type();
    const json::Value& shape = after != nullptr ? *after : *before;
    const bool hollow = (before == nullptr || before->size() == 0) && (after == nullptr || after->size() == 0);
    if (!same_shape || hollow || is_leaf(shape, type)) {
      leaf(before, after);
      return;
    }
    if (shape.is_object()) {
      walk_map(before, after, type);
    } else {
      walk_list(before, after, type);
    }
    if (before == nullptr) result.added.insert(path_);
    if (after == nullptr) result.removed.insert(path_);
  }

 private:
  void leaf(const json::Value* before, const json::Value* after) {
    if (before == nullptr) {
      result.added.insert(path_);
    } else if (after == nullptr) {
      result.removed.insert(path_);
    } else if (*before != *after) {
      result.modified.insert(path_);
    }
  }

  void below(std::string element, const json::Value* before, const json::Value* after, const MergeType& type) {
    path_.push_back(std::move(element));
    walk(before, after, type);
    path_.pop_back();
  }

  void walk_map(const json::Value* before, const json::Value* after, const MergeType& type) {
    if (after != nullptr)
      for (const auto& [key, value] : after->object()) below(field_element(key), before == nullptr ? nullptr : before->find(key), &value, type.field(key));
    if (before != nullptr)
      for (const auto& [key, value] : before->object())
        if (after == nullptr || !after->contains(key)) below(field_element(key), &value, nullptr, type.field(key));
  }

  void walk_list(const json::Value* before, const json::Value* after, const MergeType& type) {
    Index old;
    if (before != nullptr)
      for (auto& [element, item] : items_of(*before, type)) old.emplace(element, item);
    if (after != nullptr)
      for (auto& [element, item] : items_of(*after, type)) {
        const auto it = old.find(element);
        below(element, it == old.end() ? nullptr : it->second, item, type.item());
        if (it != old.end()) old.erase(it);
      }
    for (auto& [element, item] : old) below(element, item, nullptr, type.item());
  }

  FieldPath path_;
};

json::Value merge_lists(const json::Value& live, const json::Value& config, const MergeType& type) {
  const auto wanted = items_of(config, type);
  Index by_element(wanted.begin(), wanted.end());
  std::set<std::string> known;
  for (const auto& [element, item] : items_of(live, type)) known.insert(element);
  // Shared items come in the configuration's order, at the places that shared items have; new ones follow.
  std::vector<const std::pair<std::string, const json::Value*>*> shared;
  for (const auto& entry : wanted)
    if (known.contains(entry.first)) shared.push_back(&entry);
  Index live_items;
  const auto have = items_of(live, type);
  for (const auto& [element, item] : have) live_items.emplace(element, item);
  json::Array out;
  std::size_t next = 0;
  for (const auto& [element, item] : have) {
    if (!by_element.contains(element)) {
      out.push_back(*item);
      continue;
    }
    const auto& entry = *shared[next++];
    out.push_back(merge_config(*live_items.at(entry.first), *entry.second, type.item()));
  }
  for (const auto& [element, item] : wanted)
    if (!known.contains(element)) out.push_back(*item);
  return out;
}

}  // namespace

std::optional<std::string> item_element(const json::Value& item, const MergeType& list) {
  if (list.list_kind() == ListKind::Set) return "v:" + json::dump_canonical(item);
  json::Object keys;
  for (const auto& key : list.list_keys()) {
    const json::Value* value = item.find(key);
    if (value != nullptr) {
      keys.set(key, *value);
      continue;
    }
    const auto defaults = list.key_defaults();
    const auto fallback = std::ranges::find(defaults, key, &KeyDefault::key);
    if (fallback == defaults.end()) return std::nullopt;
    keys.set(key, fallback->value);
  }
  return "k:" + json::dump_canonical(json::Value(std::move(keys)));
}

FieldSet fields_of(const json::Value& value, const MergeType& type) {
  FieldSet out;
  FieldPath path;
  collect(value, type, path, out);
  return out;
}

Comparison compare(const json::Value& before, const json::Value& after, const MergeType& type) {
  Comparer comparer;
  comparer.walk(&before, &after, type);
  return std::move(comparer.result);
}

json::Value merge_config(const json::Value& live, const json::Value& config, const MergeType& type) {
  if (live.type() != config.type() || is_leaf(config, type)) return config;
  if (config.is_array()) return merge_lists(live, config, type);
  json::Value out = live;
  for (const auto& [key, value] : config.object()) {
    const json::Value* have = live.find(key);
    out.set(key, have == nullptr ? value : merge_config(*have, value, type.field(key)));
  }
  return out;
}

json::Value without_fields(const json::Value& value, const FieldSet& remove, const MergeType& type) {
  if (is_leaf(value, type)) return value;
  if (value.is_object()) {
    json::Object out;
    for (const auto& [key, below] : value.object()) {
      const std::string element = field_element(key);
      if (remove.has(element)) continue;
      const FieldSet* deeper = remove.child(element);
      json::Value rest = deeper == nullptr ? below : without_fields(below, *deeper, type.field(key));
      const bool emptied = deeper != nullptr && below.size() > 0 && rest.size() == 0 && !is_leaf(below, type.field(key));
      if (!emptied) out.append(key, std::move(rest));
    }
    return out;
  }
  json::Array out;
  std::size_t position = 0;
  for (const auto& item : value.array()) {
    const std::string element = item_element(item, type).value_or("i:" + std::to_string(position));
    ++position;
    if (remove.has(element)) continue;
    const FieldSet* deeper = remove.child(element);
    out.push_back(deeper == nullptr ? item : without_fields(item, *deeper, type.item()));
  }
  return out;
}

std::string check_lists(const json::Value& value, const MergeType& type) {
  if (is_leaf(value, type)) return {};
  if (value.is_object()) {
    for (const auto& [key, below] : value.object()) {
      std::string wrong = check_lists(below, type.field(key));
      if (!wrong.empty()) return wrong.insert(0, key).insert(0, ".");
    }
    return {};
  }
  std::set<std::string> seen;
  std::size_t position = 0;
  for (const auto& item : value.array()) {
    const auto element = item_element(item, type);
    if (!element) return ": element " + std::to_string(position) + ": associative list with keys has an element that omits key field";
    if (!seen.insert(*element).second) return ": duplicate entries for key " + to_string({*element});
    std::string wrong = check_lists(item, type.item());
    if (!wrong.empty()) return to_string({*element}) + wrong;
    ++position;
  }
  return {};
}

}  // namespace slipway::kubesim
