#include "pkg/runtime/store.h"

#include <algorithm>

#include "pkg/kube/resource_version.h"

namespace slipway::runtime {
namespace {

using kube::Object;

bool same_version(const Object& a, const Object& b) noexcept {
  const auto rv = kube::resource_version_of(a);
  return !rv.empty() && rv == kube::resource_version_of(b) && kube::uid_of(a) == kube::uid_of(b);
}

bool recreated(const Object& old_object, const Object& new_object) noexcept {
  const auto a = kube::uid_of(old_object);
  const auto b = kube::uid_of(new_object);
  return !a.empty() && !b.empty() && a != b;
}

}  // namespace

ObjectPtr Store::get(const ObjectKey& key) const {
  const auto it = objects_.find(key);
  return it == objects_.end() ? nullptr : it->second;
}

std::vector<ObjectPtr> Store::list() const {
  std::vector<ObjectPtr> out;
  out.reserve(objects_.size());
  for (const auto& [key, object] : objects_) out.push_back(object);
  return out;
}

std::vector<ObjectPtr> Store::list(std::string_view ns) const {
  std::vector<ObjectPtr> out;
  for (auto it = objects_.lower_bound(ObjectKey{std::string(ns), {}}); it != objects_.end() && it->first.ns == ns; ++it) out.push_back(it->second);
  return out;
}

void Store::add_index(std::string name, IndexFunction function) {
  Index& index = indexes_[std::move(name)];
  index.function = std::move(function);
  index.values.clear();
  for (const auto& [key, object] : objects_) reindex(index, nullptr, object);
}

std::vector<ObjectPtr> Store::by_index(std::string_view name, std::string_view value) const {
  std::vector<ObjectPtr> out;
  const auto index = indexes_.find(name);
  if (index == indexes_.end()) return out;
  const auto found = index->second.values.find(value);
  if (found == index->second.values.end()) return out;
  for (const auto& [key, object] : found->second) out.push_back(object);
  return out;
}

void Store::subscribe(ChangeHandler handler) {
  for (const auto& [key, object] : objects_) handler({key, nullptr, object});
  handlers_.push_back(std::move(handler));
}

void Store::on_synced(std::function<void()> handler) {
  if (synced_)
    handler();
  else
    synced_handlers_.push_back(std::move(handler));
}

// Handlers run when the store already shows the new world, deletions first: who re-creates a child on its deletion must not find the old one.
void Store::replace(std::vector<Object> objects, std::string resource_version) {
  std::map<ObjectKey, ObjectPtr> fresh;
  for (auto& object : objects) {
    ObjectKey key = kube::key_of(object);
    if (!key.name.empty()) fresh[std::move(key)] = std::make_shared<const Object>(std::move(object));
  }
  std::vector<Change> deletions;
  std::vector<Change> updates;
  for (const auto& [key, old_object] : objects_) {
    const auto now = fresh.find(key);
    if (now == fresh.end() || recreated(*old_object, *now->second)) deletions.push_back({key, old_object, nullptr});
  }
  for (auto& [key, object] : fresh) {
    const auto before = objects_.find(key);
    if (before == objects_.end() || recreated(*before->second, *object))
      updates.push_back({key, nullptr, object});
    else if (same_version(*before->second, *object))
      object = before->second;  // nothing new: keep the one that others hold
    else
      updates.push_back({key, before->second, object});
  }
  for (const auto& change : deletions) drop(change.key);
  for (const auto& change : updates) put(change.new_object);
  resource_version_ = std::move(resource_version);
  for (const auto& change : deletions) notify(change);
  for (const auto& change : updates) notify(change);
  if (synced_) return;
  synced_ = true;
  for (const auto& handler : std::exchange(synced_handlers_, {})) handler();
}

void Store::upsert(Object object) {
  ObjectKey key = kube::key_of(object);
  if (key.name.empty()) return;
  advance(object);
  ObjectPtr old_object = get(key);
  if (old_object && same_version(*old_object, object)) return;
  auto fresh = std::make_shared<const Object>(std::move(object));
  if (old_object && recreated(*old_object, *fresh)) {
    drop(key);
    notify({key, std::exchange(old_object, nullptr), nullptr});
  }
  put(fresh);
  notify({std::move(key), std::move(old_object), std::move(fresh)});
}

void Store::erase(const Object& last_state) {
  advance(last_state);
  const ObjectKey key = kube::key_of(last_state);
  const ObjectPtr held = get(key);
  if (!held) return;
  if (recreated(*held, last_state)) {
    // Another incarnation. An older one's deletion says nothing about the one that is held.
    const auto order = kube::compare_resource_versions(kube::resource_version_of(last_state), kube::resource_version_of(*held));
    if (order && *order < 0) return;
  }
  drop(key);
  notify({key, recreated(*held, last_state) ? held : std::make_shared<const Object>(last_state), nullptr});
}

void Store::advance(const Object& event_object) {
  if (const auto rv = kube::resource_version_of(event_object); !rv.empty()) resource_version_ = rv;
}

void Store::put(ObjectPtr object) {
  ObjectPtr& place = objects_[kube::key_of(*object)];
  for (auto& [name, index] : indexes_) reindex(index, place, object);
  place = std::move(object);
}

void Store::drop(const ObjectKey& key) {
  const auto it = objects_.find(key);
  if (it == objects_.end()) return;
  for (auto& [name, index] : indexes_) reindex(index, it->second, nullptr);
  objects_.erase(it);
}

// Who subscribes meanwhile has seen this state by the replay.
void Store::notify(const Change& change) {
  const std::size_t present = handlers_.size();
  for (std::size_t i = 0; i < present; ++i) handlers_[i](change);
}

void Store::reindex(Index& index, const ObjectPtr& old_object, const ObjectPtr& new_object) {
  if (old_object) {
    const ObjectKey key = kube::key_of(*old_object);
    for (const auto& value : index.function(*old_object)) {
      const auto it = index.values.find(value);
      if (it == index.values.end()) continue;
      it->second.erase(key);
      if (it->second.empty()) index.values.erase(it);
    }
  }
  if (new_object) {
    const ObjectKey key = kube::key_of(*new_object);
    for (const auto& value : index.function(*new_object)) index.values[value][key] = new_object;
  }
}

}  // namespace slipway::runtime
