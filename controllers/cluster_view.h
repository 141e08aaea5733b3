// What a reconcile has seen of one cluster: a plain value, taken from the caches at one moment (or built by a test), that pure steps read. Objects are shared
// and immutable, so a view is cheap. Lists are sorted by namespace and name. Pure; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pkg/async/clock.h"
#include "pkg/kube/types.h"

namespace slipway::controllers {

using Gvr = kube::GroupVersionResource;
using kube::Object;
using kube::ObjectKey;
using kube::ObjectPtr;

// The clusters that a reconcile deals with. Management: where a workload cluster's Cluster lives.
enum class Role : std::uint8_t { Hub, Bootstrap, Target, Management, Workload };
[[nodiscard]] std::string_view to_string(Role role) noexcept;

class ClusterView {
 public:
  bool connected = false;                   // there is a client
  bool synced = false;                      // its caches were filled once
  bool settling = false;                    // it was connected a moment ago: patience, before its not being synced is news
  std::string trouble;                      // why it is not, in the server's words
  std::string lost;                         // not empty: it was synced, and has not answered for longer than kOutagePatience; the error
  std::optional<async::Duration> patience;  // it does not answer at present; when that becomes `lost`
  std::string server;
  std::string instance;  // which connection this is: for AppliedMemory

  void put(const Gvr& gvr, std::vector<ObjectPtr> sorted);
  void add(const Gvr& gvr, Object object);  // for tests
  void remove(const Gvr& gvr, const ObjectKey& key);

  [[nodiscard]] ObjectPtr get(const Gvr& gvr, const ObjectKey& key) const;  // null where absent or not watched
  [[nodiscard]] const std::vector<ObjectPtr>& list(const Gvr& gvr) const;
  // Objects of one Cluster, by Cluster API's label.
  [[nodiscard]] std::vector<ObjectPtr> of_cluster(const Gvr& gvr, const ObjectKey& cluster) const;
  // The object that `desired` stands for, by kind; null where its kind is not watched (see gvr_of_kind).
  [[nodiscard]] ObjectPtr live(const Object& desired) const;
  // True where the CRD of this resource is there and Established.
  [[nodiscard]] bool serves(const Gvr& gvr) const;

 private:
  std::map<Gvr, std::vector<ObjectPtr>> objects_;
};

// The resources that a cache of a remote cluster holds, by kind.
struct WatchedKind {
  Gvr gvr;
  std::string_view kind;
};
[[nodiscard]] const std::vector<WatchedKind>& watched_kinds();
[[nodiscard]] const Gvr* gvr_of_kind(const kube::GroupVersionKind& gvk);  // nullptr where not watched

// What is watched besides on clusters that components are installed on, so that every object of a set is seen as it is. ConfigMaps and Secrets by
// providers::kComponentLabel only.
[[nodiscard]] const std::vector<WatchedKind>& component_kinds();
[[nodiscard]] const Gvr* gvr_of_component(const kube::GroupVersionKind& gvk);  // of both tables; nullptr where not watched

}  // namespace slipway::controllers
