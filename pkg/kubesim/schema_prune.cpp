// Defaulting and pruning: apiextensions-apiserver pkg/apiserver/schema/{defaulting,pruning,objectmeta}.
#include <algorithm>
#include <string>
#include <utility>

#include "pkg/kubesim/schema.h"

namespace slipway::kubesim {

namespace {

const json::Value* default_of(const Schema& schema) { return schema.rules->default_value ? &*schema.rules->default_value : nullptr; }
bool is_unwanted_null(const json::Value& value, const Schema* schema) { return value.is_null() && schema != nullptr && !schema->nullable; }

// Nulls where the schema wants none go, unless a default takes their place.
// NOLINTNEXTLINE(misc-no-recursion): json::parse bounds the depth
void drop_nulls(json::Value& value, const Schema* schema) {
  if (value.is_array()) {
    for (json::Value& item : value.make_array()) drop_nulls(item, schema != nullptr ? schema->items.get() : nullptr);
    return;
  }
  if (!value.is_object()) return;
  std::vector<std::string> dropped;
  for (json::Member& member : value.make_object()) {
    const Schema* child = member_schema(schema, member.key);
    if (is_unwanted_null(member.value, child) && default_of(*child) == nullptr) {
      dropped.push_back(member.key);
    } else {
      drop_nulls(member.value, child);
    }
  }
  for (const std::string& key : dropped) value.erase(key);
}

// NOLINTNEXTLINE(misc-no-recursion)
void set_defaults(json::Value& value, const Schema* schema) {
  if (schema == nullptr) return;
  if (value.is_array()) {
    for (json::Value& item : value.make_array()) {
      if (is_unwanted_null(item, schema->items.get()) && default_of(*schema->items) != nullptr) item = *default_of(*schema->items);
      set_defaults(item, schema->items.get());
    }
    return;
  }
  if (!value.is_object()) return;
  for (const auto& [name, child] : schema->properties) {
    const json::Value* preset = default_of(*child);
    if (preset == nullptr) continue;
    const json::Value* present = value.find(name);
    if (present == nullptr || is_unwanted_null(*present, child.get())) value.set(name, *preset);
  }
  for (json::Member& member : value.make_object()) {
    const Schema* child = member_schema(schema, member.key);
    if (child == nullptr) continue;
    if (is_unwanted_null(member.value, child) && default_of(*child) != nullptr) member.value = *default_of(*child);
    set_defaults(member.value, child);
  }
}

class Pruner {
 public:
  std::vector<std::string> run(const Schema& schema, json::Value& object) {
    walk(object, &schema, true, schema.preserve_unknown_fields);
    if (json::Value* metadata = object.find_mut("metadata")) prune_metadata(*metadata);
    std::ranges::sort(removed_);
    return std::move(removed_);
  }

 private:
  // Null schema: nothing below is known. `keep`: x-kubernetes-preserve-unknown-fields stands on the schema.
  // NOLINTNEXTLINE(misc-no-recursion)
  void walk(json::Value& value, const Schema* schema, bool embedded, bool keep) {
    if (value.is_array()) {
      const Schema* items = schema != nullptr ? schema->items.get() : nullptr;
      if (keep && items == nullptr) return;
      std::size_t index = 0;
      for (json::Value& item : value.make_array()) {
        const Step step(path_, "[" + std::to_string(index++) + "]");
        walk(item, items, items != nullptr && items->embedded_resource, keep || (items != nullptr && items->preserve_unknown_fields));
      }
      return;
    }
    if (!value.is_object()) return;
    std::vector<std::string> dropped;
    for (json::Member& member : value.make_object()) {
      if (embedded && is_type_or_object_meta(member.key)) continue;
      const Schema* child = member_schema(schema, member.key);
      if (child != nullptr) {
        const Step step(path_, (path_.empty() ? "" : ".") + member.key);
        descend(member.value, child);
      } else if (!keep) {
        dropped.push_back(member.key);
      }
    }
    for (const std::string& key : dropped) {
      removed_.push_back(path_.empty() ? key : path_ + "." + key);
      value.erase(key);
    }
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  void descend(json::Value& value, const Schema* schema) {
    walk(value, schema, schema != nullptr && schema->embedded_resource, schema != nullptr && schema->preserve_unknown_fields);
  }

  // ObjectMeta is typed even where the schema says nothing about it.
  void prune_metadata(json::Value& metadata) {
    static constexpr std::string_view kFields[] = {"name",
                                                   "generateName",
                                                   "namespace",
                                                   "selfLink",
                                                   "uid",
                                                   "resourceVersion",
                                                   "generation",
                                                   "creationTimestamp",
                                                   "deletionTimestamp",
                                                   "deletionGracePeriodSeconds",
                                                   "labels",
                                                   "annotations",
                                                   "ownerReferences",
                                                   "finalizers",
                                                   "managedFields"};
    std::vector<std::string> dropped;
    for (const json::Member& member : metadata.object()) {
      if (std::ranges::find(kFields, member.key) == std::end(kFields)) dropped.push_back(member.key);
    }
    for (const std::string& key : dropped) {
      removed_.push_back("metadata." + key);
      metadata.erase(key);
    }
  }

  class Step {
   public:
    Step(std::string& path, const std::string& step) : path_(path), length_(path.size()) { path_ += step; }
    ~Step() { path_.resize(length_); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    std::string& path_;
    std::size_t length_;
  };

  std::string path_;
  std::vector<std::string> removed_;
};

}  // namespace

void apply_defaults(const Schema& schema, json::Value& object) {
  drop_nulls(object, &schema);
  set_defaults(object, &schema);
}

std::vector<std::string> prune(const Schema& schema, json::Value& object) { return Pruner().run(schema, object); }

}  // namespace slipway::kubesim
