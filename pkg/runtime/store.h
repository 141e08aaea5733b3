// The cache of one resource: key -> immutable object, with indexes and subscribers. Fed by a reflector only. Thread: the loop's only.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pkg/kube/types.h"

namespace slipway::runtime {

using kube::ObjectKey;
using kube::ObjectPtr;

// What changed. old_object is null on an add, new_object on a delete. A delete whose last state is not known exactly (missed, found by a relist)
// carries the last cached one. Same key with a new UID arrives as a delete and an add.
struct Change {
  ObjectKey key;
  ObjectPtr old_object;
  ObjectPtr new_object;
};
using ChangeHandler = std::function<void(const Change&)>;
using IndexFunction = std::function<std::vector<std::string>(const kube::Object&)>;

// As the store holds an object: frozen, with what it costs.
struct Cached {
  ObjectPtr object;
  std::size_t bytes = 0;
};
using Contents = std::map<ObjectKey, Cached>;
[[nodiscard]] Cached cached(const kube::Object& object);

class Store {
 public:
  [[nodiscard]] ObjectPtr get(const ObjectKey& key) const;
  [[nodiscard]] std::vector<ObjectPtr> list() const;
  [[nodiscard]] std::vector<ObjectPtr> list(std::string_view ns) const;
  [[nodiscard]] std::size_t size() const noexcept { return objects_.size(); }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }  // of the objects
  // The first contents are there, and every subscriber was told of them.
  [[nodiscard]] bool synced() const noexcept { return synced_; }
  [[nodiscard]] const std::string& resource_version() const noexcept { return resource_version_; }

  void add_index(std::string name, IndexFunction function);  // indexes what is there already
  [[nodiscard]] std::vector<ObjectPtr> by_index(std::string_view name, std::string_view value) const;
  // Replays what is there as adds, then every change in the stream's order. The handler may not block and may not change the store.
  void subscribe(ChangeHandler handler);
  void on_synced(std::function<void()> handler);  // at once where already synced

  // Called whenever resource_version() may have moved, by an event, a list or a bookmark, when the store shows that state and its subscribers were told: what
  // waits for a write of its own to come back asks again then. Handlers live as long as the store, and die with it.
  void on_progress(std::function<void()> handler) { progress_handlers_.push_back(std::move(handler)); }

  // For the reflector.
  [[nodiscard]] Cached held(const ObjectKey& key) const;  // nothing where there is none
  void reset(Contents contents, std::string resource_version);
  void replace(std::vector<kube::Object> objects, std::string resource_version);  // deletes first, then updates and adds; marks synced
  void upsert(kube::Object object);
  void erase(const kube::Object& last_state);
  void forget(const ObjectKey& key);  // deleted, last state unknown: the cached one is handed out
  void set_resource_version(std::string rv);

 private:
  struct Index {
    IndexFunction function;
    std::map<std::string, std::map<ObjectKey, ObjectPtr>, std::less<>> values;
  };
  void advance(const kube::Object& event_object);
  void put(const ObjectKey& key, Cached object);
  void drop(const ObjectKey& key);
  void notify(const Change& change);
  void remove(const kube::Object& last_state);
  void progressed();
  static void reindex(Index& index, const ObjectKey& key, const ObjectPtr& old_object, const ObjectPtr& new_object);

  Contents objects_;
  std::size_t bytes_ = 0;
  std::map<std::string, Index, std::less<>> indexes_;
  std::deque<ChangeHandler> handlers_;  // a handler may subscribe another: references stay valid
  std::vector<std::function<void()>> synced_handlers_;
  std::deque<std::function<void()>> progress_handlers_;
  std::string resource_version_;
  bool synced_ = false;
};

}  // namespace slipway::runtime
