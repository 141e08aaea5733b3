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

Cached cached(const Object& object) {
  json::Frozen frozen = json::freeze(object);
  return {.object = std::move(frozen.value), .bytes = frozen.bytes};
}

Cached Store::held(const ObjectKey& key) const {
  const auto it = objects_.find(key);
  return it == objects_.end() ? Cached() : it->second;
}

ObjectPtr Store::get(const ObjectKey& key) const {
  const auto it = objects_.find(key);
  return it == objects_.end() ? nullptr : it->second.object;
}

std::vector<ObjectPtr> Store::list() const {
  std::vector<ObjectPtr> out;
  out.reserve(objects_.size());
  for (const auto& [key, one] : objects_) out.push_back(one.object);
  return out;
}

std::vector<ObjectPtr> Store::list(std::string_view ns) const {
  std::vector<ObjectPtr> out;
  for (auto it = objects_.lower_bound(ObjectKey{std::string(ns), {}}); it != objects_.end() && it->first.ns == ns; ++it) out.push_back(it->second.object);
  return out;
}

void Store::add_index(std::string name, IndexFunction function) {
  Index& index = indexes_[std::move(name)];
  index.function = std::move(function);
  index.values.clear();
  for (const auto& [key, one] : objects_) reindex(index, key, nullptr, one.object);
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
  for (const auto& [key, one] : objects_) handler({key, nullptr, one.object});
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
  Contents contents;
  for (const auto& object : objects)
    if (ObjectKey key = kube::key_of(object); !key.name.empty()) contents[std::move(key)] = cached(object);
  reset(std::move(contents), std::move(resource_version));
}

void Store::reset(Contents contents, std::string resource_version) {
  std::vector<Change> deletions;
  std::vector<Change> updates;
  for (const auto& [key, old] : objects_) {
    const auto now = contents.find(key);
    if (now == contents.end() || recreated(*old.object, *now->second.object)) deletions.push_back({key, old.object, nullptr});
  }
  for (const auto& change : deletions) drop(change.key);
  for (auto& [key, one] : contents) {
    ObjectPtr before = get(key);
    if (before && same_version(*before, *one.object)) continue;  // nothing new: keep the one that others hold
    updates.push_back({key, std::move(before), one.object});
    put(key, std::move(one));
  }
  contents.clear();
  resource_version_ = std::move(resource_version);
  for (const auto& change : deletions) notify(change);
  for (const auto& change : updates) notify(change);
  if (!std::exchange(synced_, true))
    for (const auto& handler : std::exchange(synced_handlers_, {})) handler();
  progressed();
}

void Store::set_resource_version(std::string rv) {
  resource_version_ = std::move(rv);
  progressed();
}

void Store::upsert(Object object) {
  ObjectKey key = kube::key_of(object);
  if (key.name.empty()) return;
  advance(object);
  ObjectPtr old_object = get(key);
  if (old_object && same_version(*old_object, object)) {
    progressed();
    return;
  }
  Cached fresh = cached(object);
  if (old_object && recreated(*old_object, *fresh.object)) {
    drop(key);
    notify({key, std::exchange(old_object, nullptr), nullptr});
  }
  put(key, fresh);
  notify({std::move(key), std::move(old_object), std::move(fresh.object)});
  progressed();
}

void Store::erase(const Object& last_state) {
  advance(last_state);
  remove(last_state);
  progressed();
}

void Store::remove(const Object& last_state) {
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

void Store::forget(const ObjectKey& key) {
  ObjectPtr last = get(key);
  if (!last) return;
  drop(key);
  notify({key, std::move(last), nullptr});
  progressed();
}

void Store::progressed() {
  const std::size_t present = progress_handlers_.size();
  for (std::size_t i = 0; i < present; ++i) progress_handlers_[i]();
}

void Store::advance(const Object& event_object) {
  if (const auto rv = kube::resource_version_of(event_object); !rv.empty()) resource_version_ = rv;
}

void Store::put(const ObjectKey& key, Cached object) {
  Cached& place = objects_[key];
  for (auto& [name, index] : indexes_) reindex(index, key, place.object, object.object);
  bytes_ = bytes_ - place.bytes + object.bytes;
  place = std::move(object);
}

void Store::drop(const ObjectKey& key) {
  const auto it = objects_.find(key);
  if (it == objects_.end()) return;
  for (auto& [name, index] : indexes_) reindex(index, key, it->second.object, nullptr);
  bytes_ -= it->second.bytes;
  objects_.erase(it);
}

// Who subscribes meanwhile has seen this state by the replay.
void Store::notify(const Change& change) {
  const std::size_t present = handlers_.size();
  for (std::size_t i = 0; i < present; ++i) handlers_[i](change);
}

void Store::reindex(Index& index, const ObjectKey& key, const ObjectPtr& old_object, const ObjectPtr& new_object) {
  const std::vector<std::string> before = old_object ? index.function(*old_object) : std::vector<std::string>();
  const std::vector<std::string> after = new_object ? index.function(*new_object) : std::vector<std::string>();
  for (const auto& value : before) {
    const auto it = index.values.find(value);
    if (it == index.values.end() || std::ranges::find(after, value) != after.end()) continue;
    it->second.erase(key);
    if (it->second.empty()) index.values.erase(it);
  }
  for (const auto& value : after) index.values[value][key] = new_object;
}

}  // namespace slipway::runtime
