// The objects of a server and what happened to them: one global revision as etcd has it, objects by group and resource in key order, and a bounded
// history of events for watches. A past state is the present one with the later events undone, so lists can page over a consistent snapshot as long as
// the history reaches back. Objects are immutable and shared. Thread: the loop's only.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pkg/kube/types.h"

namespace slipway::kubesim {

using Revision = std::uint64_t;

struct GroupResource {
  std::string group;
  std::string resource;
  friend auto operator<=>(const GroupResource&, const GroupResource&) = default;
};
// Events are served by two groups and are the same objects in both, kept as core/v1 has them.
[[nodiscard]] inline GroupResource group_resource(const kube::GroupVersionResource& gvr) {
  if (gvr.resource == "events" && gvr.group == "events.k8s.io") return {"", gvr.resource};
  return {gvr.group, gvr.resource};
}

enum class ChangeType : std::uint8_t { Added, Modified, Deleted };
struct Change {
  Revision revision = 0;
  ChangeType type = ChangeType::Added;
  kube::ObjectKey key;
  kube::ObjectPtr object;    // after the change; of a deletion the last state, with the revision of the deletion
  kube::ObjectPtr previous;  // before it; null for Added
};

using Objects = std::map<kube::ObjectKey, kube::ObjectPtr>;

class Storage {
 public:
  explicit Storage(std::size_t history) : history_(history) {}
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  [[nodiscard]] Revision revision() const noexcept { return revision_; }
  [[nodiscard]] kube::ObjectPtr get(const GroupResource& gr, const kube::ObjectKey& key) const;
  [[nodiscard]] const Objects& objects(const GroupResource& gr) const;
  // The state at a past revision; nothing where the history does not reach back (Expired) or the revision is in the future.
  [[nodiscard]] std::optional<Objects> objects_at(const GroupResource& gr, Revision revision) const;

  // Writes and sets metadata.resourceVersion. The object is stored as given otherwise.
  kube::ObjectPtr put(const GroupResource& gr, const kube::ObjectKey& key, kube::Object object);
  // Null where it is not there. Returns the last state with the revision of the deletion.
  kube::ObjectPtr remove(const GroupResource& gr, const kube::ObjectKey& key);

  // Shows the present objects as `make` has them, without an event or a new revision: what a definition's new defaults add to what was stored before.
  void show_as(const GroupResource& gr, const std::function<kube::Object(const kube::Object&)>& make);

  // Changes after `since`, at most `max`. Fails with the oldest revision that can still be watched where the history does not reach back to `since`.
  [[nodiscard]] std::expected<std::vector<Change>, Revision> changes_after(const GroupResource& gr, Revision since, std::size_t max) const;
  void compact();  // forgets all history

  // Called after every change, inside put() and remove(): listeners only take note and act later.
  using Listener = std::function<void(const GroupResource&, const Change&)>;
  void on_change(Listener listener) { listeners_.push_back(std::move(listener)); }

 private:
  struct Shelf {
    Objects objects;
    std::deque<Change> history;
    Revision forgotten = 0;  // changes up to and with this one are gone
  };
  void record(const GroupResource& gr, Shelf& shelf, Change change);
  [[nodiscard]] const Shelf* shelf(const GroupResource& gr) const;

  std::size_t history_;
  Revision revision_ = 1;
  Revision compacted_ = 0;
  std::map<GroupResource, Shelf> shelves_;
  std::vector<Listener> listeners_;
};

[[nodiscard]] std::optional<Revision> parse_revision(std::string_view text) noexcept;

}  // namespace slipway::kubesim
