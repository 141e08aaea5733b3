// The pivot: moves Cluster API objects from one cluster to another as one resumable transaction. Protocol: docs/pivot.md. At every instant, killed
// at any call, no object is lost, none is doubled, exactly one side is unpaused, and calling run() again finishes or undoes the move.
//
// Thread: the loop's only. Cancellation: run() returns Canceled at the next call; the journal tells where it stood.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pkg/async/clock.h"
#include "pkg/kube/client.h"

namespace slipway::pivot {

// Journal phases in order (pivot.md). Before Committed a move can be undone; from there it only rolls forward.
enum class Phase : std::uint8_t { Planned, Locked, Pausing, Frozen, Creating, Verified, Committed, Deleting, Finalizing, Completed, RollingBack, RolledBack };
[[nodiscard]] std::string_view to_string(Phase phase) noexcept;
[[nodiscard]] std::optional<Phase> phase_from(std::string_view text) noexcept;

struct Progress {
  std::string id;
  Phase phase = Phase::Planned;
  std::int64_t planned = 0, created = 0, verified = 0, deleted = 0, kept = 0;
  std::map<std::string, std::int64_t> excluded;  // reason -> count
  std::vector<std::string> suspended = {};       // who applied moved objects from git: "Kustomization flux-system/clusters"
  std::string scope;                             // "namespace a, landing in b", "all namespaces"; empty: not recorded
};

// What Flux and Argo CD may do while objects that they apply move: see docs/pivot.md.
enum class GitOps : std::uint8_t { Refuse, Suspend, Ignore };

struct Options {
  std::string id;                 // names the journal "slipway-move-<id>"; same id resumes the same move
  std::string journal_namespace;  // on both sides
  std::string ns;                 // empty: all namespaces
  // Only these Clusters, each with all that belongs to it; what others use too is copied and kept. Empty: every Cluster in `ns`. Without a namespace: the one
  // Cluster of that name in `ns`. The source lives on then, so its providers come back when the move is done.
  std::vector<kube::ObjectKey> clusters;
  // Where the objects of `ns` land on the target; empty: in a namespace of the same name. Needs `ns`, or Clusters that all name one namespace.
  std::string target_namespace;
  // Clusters that may move although they, or Machines of theirs, are not provisioned yet (no infrastructure, control plane or node).
  std::vector<kube::ObjectKey> allow_unprovisioned;
  // Go on with the scope that the journal has recorded (`ns`, `clusters`, `target_namespace`) instead of comparing it with these options. rollback() always
  // does.
  bool recorded_scope = false;
  bool quiesce_providers = true;
  bool fail_on_unmovable = true;
  bool rehearse = true;
  GitOps gitops = GitOps::Refuse;
  std::size_t max_concurrency = 64;  // on each side, where the way there is long; fewer beside it (limiter.h)
  std::chrono::seconds timeout{900};
  std::function<void(const Progress&)> on_progress;  // on each state and at least every 25 objects; must not block
};

// Every discovered object, in exactly one of three.
enum class Fate : std::uint8_t { Move, Keep, Exclude };
struct PlannedObject {
  kube::GroupVersionResource gvr;
  kube::ObjectKey key;
  kube::ObjectKey there;  // on the target: another namespace where the options ask for one
  std::string kind;
  std::string uid;
  Fate fate = Fate::Exclude;
  std::string reason;               // Keep, Exclude: why ("not linked with any Cluster", "being deleted", ...)
  std::size_t group = 0;            // creation group, owners first
  std::vector<std::size_t> owners;  // places in Plan::objects: by ownerReferences, and by names where Cluster API leaves it to names
};
struct Plan {
  std::vector<PlannedObject> objects;
  std::vector<std::string> unmovable;  // references of moved objects that would dangle, as sentences
  std::vector<std::string> notes;      // what is worth knowing and stops nothing: dropped references, rewritten namespaces, what stays on both sides
  std::string digest;
};

// Read-only. Errors: the client's; Terminal where the source cannot be moved (a Cluster that is not provisioned), naming it.
async::Awaitable<Result<Plan>> plan(std::shared_ptr<kube::Client> source, Options options);

// What the target has under the name of a planned object.
enum class Presence : std::uint8_t {
  Absent,
  Copied,    // a copy of this move
  Usable,    // another object that serves as it is: it is used, and not written
  Occupied,  // another object: the move stops before it begins
};
struct Preview {
  Plan plan;
  std::vector<Presence> presence;     // of each of plan.objects, Absent for those that stay; empty without a target
  std::vector<std::string> problems;  // what would stop the move, as sentences; not plan.unmovable, about which fail_on_unmovable decides
};
// The plan, and what a move would say to it: all of it, where run() stops at the first. Read-only without `rehearse`; with it, and where no problem was found,
// the target is asked for a dry-run create of every object, and namespaces are created there. `target` may be null. Errors: the client's.
async::Awaitable<Result<Preview>> preview(std::shared_ptr<kube::Client> source, std::shared_ptr<kube::Client> target, Options options, bool rehearse);

// Runs or resumes until Completed (a Progress), or an error. Before the commit an error leaves the journal where it was, and run() may be called again;
// transient ones are retried inside with backoff.
async::Awaitable<Result<Progress>> run(std::shared_ptr<kube::Client> source, std::shared_ptr<kube::Client> target, Options options);
// Undoes a move that is not committed. Errors: Terminal where it is.
async::Awaitable<Result<Progress>> rollback(std::shared_ptr<kube::Client> source, std::shared_ptr<kube::Client> target, Options options);
// What the journal says; nothing where there is none on either side. Errors: the client's.
async::Awaitable<Result<std::optional<Progress>>> journal(std::shared_ptr<kube::Client> source, std::shared_ptr<kube::Client> target, Options options);

}  // namespace slipway::pivot
