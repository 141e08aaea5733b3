// The frame of the simulated controllers: a controller is one row (what it watches, which Deployment must run for it to act, whether pausing holds it) and one
// coroutine over a cached object. Site runs the rows on one API server; a kind that is not served yet starts when its CRD is established.
//
// A reconcile reads the caches, writes through the client, and returns; it may be told to come back after a latency. Names of what it creates follow from names
// of what is there, so a stale cache makes an AlreadyExists and never a second object. Thread: the loop's only.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "pkg/runtime/controller.h"
#include "pkg/simcloud/kinds.h"
#include "pkg/simcloud/latency.h"

namespace slipway::simcloud {

class Site;
struct Services;
using async::Awaitable;
using kube::Object;
using kube::ObjectKey;
using kube::ObjectPtr;
using Outcome = runtime::ReconcileOutcome;
using Reconciled = Awaitable<Result<Outcome>>;

// Handed to every reconcile. The site outlives them: it joins its controllers before it goes.
struct Env {
  Site* site = nullptr;
  Services* world = nullptr;

  [[nodiscard]] ObjectPtr get(const Gvr& gvr, const ObjectKey& key) const;  // from the cache; null where absent or not served
  [[nodiscard]] std::vector<ObjectPtr> list(const Gvr& gvr, std::string_view ns = {}) const;
  [[nodiscard]] bool serves(const Gvr& gvr) const;
  [[nodiscard]] kube::Client& client() const;
  [[nodiscard]] std::string now() const;  // RFC 3339
  // What is left of a latency that began with the first call for `what`; nothing once it has passed.
  [[nodiscard]] std::optional<async::Duration> left(const std::string& what, Act act) const;
  [[nodiscard]] std::optional<async::Duration> left_until(async::TimePoint at) const;
};

// What holds a controller back: nothing; the paused annotation of the object; that, and its Cluster being absent or paused.
enum class Gate : std::uint8_t { None, Annotation, Cluster };

using Map = std::function<std::vector<ObjectKey>(Env, const runtime::Change&)>;
struct Watch {
  Gvr gvr;
  Map map;  // empty: read, but not a reason to reconcile
};

struct SimController {
  std::string name;
  Gvr primary;
  Gate gate = Gate::None;
  std::optional<ObjectKey> manager = {};   // must be Available; empty: acts always
  std::optional<ObjectKey> stand_in = {};  // must be, where there is no such Deployment
  bool borrowed_only = false;              // acts on API servers that are somebody else's alone: those that call webhooks
  std::vector<Watch> watches = {};
  Reconciled (*reconcile)(Env env, ObjectPtr object) = nullptr;
  Reconciled (*gone)(Env env, ObjectKey key) = nullptr;  // where the object is not there; null: nothing to do then
};

// Maps for `watches`.
[[nodiscard]] Map same_name();                                    // ns/name of the changed object
[[nodiscard]] Map to_cluster();                                   // the Cluster that its label names
[[nodiscard]] Map to_owner(std::string group, std::string kind);  // its controller
[[nodiscard]] Map to_all(Gvr primary);                            // every primary object in its namespace (all of them where it has none)
[[nodiscard]] Map to_same_cluster(Gvr primary);                   // every primary object of the same Cluster; for a Cluster, its own

// Every controller, as a table (controllers.cpp).
[[nodiscard]] std::vector<SimController> all_controllers();

// The Cluster that an object belongs to, by label or by spec.clusterName; null where the cache has none.
[[nodiscard]] ObjectPtr cluster_of(Env env, const Object& object);
[[nodiscard]] std::string cluster_name_of(const Object& object);
[[nodiscard]] bool is_paused(const Object& object) noexcept;  // spec.paused or the annotation
[[nodiscard]] bool is_available(const Object* deployment) noexcept;

}  // namespace slipway::simcloud
