// One run of a move: what its phases share. A phase is one file; mover.cpp calls them as the state machine says.
// Thread: the loop's only. Coroutines hold the Move by shared_ptr.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pkg/pivot/detail/side.h"
#include "pkg/pivot/fsm.h"
#include "pkg/pivot/journal.h"
#include "pkg/pivot/plan.h"

namespace slipway::pivot::detail {

struct Kinds {
  std::vector<Kind> kinds;
  std::vector<std::string> lacking;  // of each: why the target cannot take it, or empty
};

// The source as it was at one time, with the plan made of it.
struct Snapshot {
  std::shared_ptr<const Kinds> kinds;
  Scope scope;
  Inventory inventory;
  Draft draft;
  bool archived = false;  // of a backup: it was checked when it was saved, and has no status
  [[nodiscard]] Fate fate(std::size_t i) const { return draft.plan.objects[i].fate; }
  [[nodiscard]] const kube::ObjectKey& there(std::size_t i) const { return draft.plan.objects[i].there; }
  [[nodiscard]] bool copied(std::size_t i) const { return fate(i) != Fate::Exclude; }
  [[nodiscard]] bool held(std::size_t i) const;  // a Cluster or a ClusterClass that is paused for the move
};
using SnapshotPtr = std::shared_ptr<const Snapshot>;
struct TargetSet;
using TargetSetPtr = std::shared_ptr<TargetSet>;

struct Provider {
  std::string type, name, version, label;
};

// What stands for the source of a restore.
struct Archived {
  SnapshotPtr set;
  std::vector<Provider> providers;
  std::map<std::string, json::Value> namespaces;  // their labels
};

struct Move {
  Options options;
  Scope scope;                               // of the options, or as the journal has recorded it
  SidePtr source, target;                    // no target while only planning or saving; of a restore both are the target
  std::shared_ptr<const Archived> archived;  // of a restore
  async::Deadline deadline;
  std::string writer;  // of this run
  Journal journal;
  std::string source_version, target_version;  // resourceVersions of the journals; empty: not there
  kube::Object lease;                          // as last written; null: not ours
  async::TimePoint lease_renewed{};
  std::shared_ptr<const Kinds> kinds;  // as this run has discovered them
  SnapshotPtr source_set;              // as last read by this run; null: not read yet
  TargetSetPtr target_set;             // as read by this run's preflight, or by its verification, for the phase that follows; null: read it
  std::int64_t reported = 0;
};
using MovePtr = std::shared_ptr<Move>;

Status check_options(const Options& options);
MovePtr make_move(const std::shared_ptr<kube::Client>& source, const std::shared_ptr<kube::Client>& target, Options options, const async::Executor& executor);

// Calls on_progress: at once with `now`, else when enough objects were done since the last time.
void report(Move& move, bool now);

// discovery.cpp
// Looks at every object as it is read, once; true where its text is needed later. What it can answer at once costs no memory.
using KeepText = std::function<bool(const Kind&, const Item&, const kube::Object&)>;
[[nodiscard]] KeepText no_text();
Awaitable<Result<Inventory>> read_inventory(SidePtr side, std::vector<Kind> kinds, KeepText keep_text, std::size_t width);
// Kinds of labelled CRDs, Secrets and ConfigMaps, with their objects; with a target, in versions that both sides serve. CRDs are read once a run.
// Lets go of move->source_set first, so that there is one such set in memory at a time; callers put the new one there.
Awaitable<Result<SnapshotPtr>> read_source(MovePtr move);
Awaitable<Result<std::vector<Kind>>> paused_kinds(MovePtr move);  // Cluster and ClusterClass, as the source serves them

// checks.cpp
// Errors: Terminal, where the source as it stands must not be moved: nothing to move, objects being deleted, not provisioned.
Status check_source(const Move& move, const Snapshot& snapshot);
// What would be left behind or dangle, as sentences; a reference that the target can resolve does not.
Awaitable<Result<std::vector<std::string>>> unmovable(MovePtr move, SnapshotPtr snapshot);
// Why the target cannot take kinds of the set, as sentences, each once.
[[nodiscard]] std::vector<std::string> lacking_kinds(const Snapshot& snapshot);
// All of it, as `fail_on_unmovable` asks.
Awaitable<Status> check_set(MovePtr move, SnapshotPtr snapshot);

// journal_store.cpp
Awaitable<Result<Phase>> read_journals(MovePtr move);        // Planned where there is none
Awaitable<Status> write_journal(MovePtr move, Phase phase);  // on the sides, and in the order, that the phase asks for
Awaitable<Status> save_journal(MovePtr move);                // the source's: what it records is changed only after it

// lock.cpp
Awaitable<Status> lock(MovePtr move);         // Errors: Terminal where another move is under way
Awaitable<Status> check_alone(MovePtr move);  // the same question, without taking anything
Awaitable<Status> still_ours(MovePtr move);   // renews when due. Errors: Terminal where another run took over
Awaitable<Status> unlock(MovePtr move);
Awaitable<Status> abandon(MovePtr move);  // a lease of this move that was cut before its journals were written
Awaitable<Status> ensure_namespace(SidePtr side, std::string name, json::Value labels);

// target_set.cpp
struct TargetSet {
  Inventory inventory;
  std::size_t kinds_read = 0;
  std::map<std::pair<std::size_t, kube::ObjectKey>, std::size_t> by_key;
  std::map<std::string, std::size_t> by_source_uid;  // of what carries our move id
  [[nodiscard]] const Item* at(std::size_t kind, const kube::ObjectKey& key) const;
  [[nodiscard]] const Item* copy_of(const std::string& source_uid) const;
};
Awaitable<Result<TargetSetPtr>> read_target(MovePtr move, std::vector<Kind> kinds, KeepText keep_text);
// For a snapshot: the kinds that it copies are read, the others are left empty, so that indices of kinds mean the same on both sides. Texts are kept where
// may_adopt() asks for them.
using Look = std::function<void(const Item&, const kube::Object&)>;
Awaitable<Result<TargetSetPtr>> read_target(MovePtr move, SnapshotPtr snapshot, Look look);
// An object of the target that is not ours, under a name that the plan needs: true where it serves as it is (global objects, classes with their templates of
// the same payload).
[[nodiscard]] bool may_adopt(const Snapshot& snapshot, std::size_t i, const Item& there);
[[nodiscard]] Error collision(const Snapshot& snapshot, std::size_t i);

// preflight.cpp, rehearsal.cpp, preview.cpp
// An empty list where the inventory CRD is not there: its owner installs providers by other means.
Awaitable<Result<std::vector<Provider>>> installed_providers(SidePtr side);
struct TargetState {
  TargetSetPtr set;
  std::vector<std::string> problems;  // providers that are missing, old or not Available; names that are taken
};
Awaitable<Result<TargetState>> inspect_target(MovePtr move, SnapshotPtr snapshot);
Awaitable<Status> check_target(MovePtr move, SnapshotPtr snapshot);
Awaitable<Status> rehearse(MovePtr move, SnapshotPtr snapshot, TargetSetPtr target);
Awaitable<Status> ensure_namespaces(MovePtr move, SnapshotPtr snapshot);
Awaitable<Result<Preview>> preview(MovePtr move, bool rehearsal);

// Phases, one file each. What sends the machine back comes as an event; everything else that stops a move as an error.
Awaitable<Result<Event>> prepare(MovePtr move);
Awaitable<Result<Event>> pause(MovePtr move);
Awaitable<Status> acknowledge(MovePtr move);  // waits for Paused conditions and block-move annotations
Awaitable<Status> quiesce(MovePtr move);
Awaitable<Status> wake(MovePtr move);  // undoes quiesce
Awaitable<Result<Event>> freeze(MovePtr move);
Awaitable<Result<Event>> create(MovePtr move);
Awaitable<Result<Event>> verify(MovePtr move);
Awaitable<Result<Event>> delete_originals(MovePtr move);
Awaitable<Result<Event>> finalize(MovePtr move);
Awaitable<Result<Event>> delete_copies(MovePtr move);
Awaitable<Result<Event>> restore_source(MovePtr move);
Awaitable<Status> restore_pauses(MovePtr move);  // what is paused on the source by this move, as its users had it

// deletion.cpp
struct Doomed {
  Kind kind;
  Item item;
  std::size_t group = 0;
};
struct DeletionStyle {
  bool announce = false;  // delete-for-move first
  bool quiet = false;     // no controller runs there that would add finalizers again
};
// Highest group first, with UID preconditions, finalizers stripped. What is gone already, or is another object by now, counts as done. True where the server's
// answers say that all are gone: nobody need look.
Awaitable<Result<bool>> delete_in_order(MovePtr move, SidePtr side, std::vector<Doomed> doomed, DeletionStyle style);
// Groups of the target's copies, by their owners there.
[[nodiscard]] std::vector<std::size_t> groups_of(const TargetSet& target);

}  // namespace slipway::pivot::detail
