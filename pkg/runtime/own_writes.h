// Read your writes: what reconciles of a key have written, and whether the caches show it yet. A reconcile that came before its own last write has come back
// through the watch would decide on the world before it, and do the same again (a second child, a status that flickers).
//
// Flow: each write tells wrote() or removed(); before a reconcile of the key, caught_up() says whether every store has reached what was written to it. Where
// one has not, the key is parked, and the release handler gets it back at the event or bookmark that brings the store there: nobody polls. After kStaleLimit
// the key is released all the same, and that is counted. Assumptions: resourceVersions are ordered within a resource (KEP-5504); one that is no number is not
// waited for. A deletion's own version says nothing about absence, so a removed object is waited for until it is absent, another with its name is there, or it
// is marked as going. A store that is destroyed is not waited for any longer. Source of the idea: KEP-5647, ported by Cluster API. Metrics:
// slipway_stale_cache_parked_total{controller}, slipway_stale_cache_timeouts_total{controller}. Thread: the loop's only.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "pkg/async/clock.h"
#include "pkg/kube/client.h"
#include "pkg/runtime/store.h"

namespace slipway::runtime {

inline constexpr std::chrono::seconds kStaleLimit{10};

class OwnWrites {
 public:
  OwnWrites(const std::string& controller, async::Executor executor, async::Clock& clock);
  ~OwnWrites();
  void on_release(std::function<void(const ObjectKey&)> handler);

  // `answer`: the object as the server returned it from a create, update, patch or apply.
  void wrote(const ObjectKey& owner, Store& store, const kube::Object& answer);
  // `uid` of the object that was deleted; empty: whatever the store holds there now.
  void removed(const ObjectKey& owner, Store& store, const ObjectKey& object, std::string uid);
  // False: the key is parked now, or was, and will be released.
  [[nodiscard]] bool caught_up(const ObjectKey& owner);
  void forget(const ObjectKey& owner);
  [[nodiscard]] std::size_t waiting() const noexcept;  // keys with writes that were not seen yet

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// The store that shows an object of that resource, or null where nothing watches it.
using StoreOf = std::function<Store*(const kube::GroupVersionResource&, const ObjectKey&)>;

// A client for one reconcile: every write that succeeds is recorded for `owner`. Reads go straight through. The OwnWrites may die before it.
[[nodiscard]] std::shared_ptr<kube::Client> recording_client(std::shared_ptr<kube::Client> client, std::shared_ptr<OwnWrites> writes, ObjectKey owner,
                                                             StoreOf store_of);

}  // namespace slipway::runtime
