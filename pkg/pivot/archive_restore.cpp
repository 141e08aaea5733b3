// The second half of a move, with a backup as its source. Nothing is written before all of it was read and found whole.
#include <algorithm>

#include "pkg/async/task_group.h"
#include "pkg/log/log.h"
#include "pkg/pivot/detail/archive.h"
#include "pkg/pivot/names.h"

namespace slipway::pivot {
namespace {

using namespace detail;

MovePtr make_restore(const std::shared_ptr<kube::Client>& target, Options options, const async::Executor& executor) {
  MovePtr move = make_move(target, nullptr, std::move(options), executor);
  move->source = move->target = std::make_shared<Side>("target", target, executor, move->options.max_concurrency, move->deadline);
  return move;
}

// An object can only be created in the version that it was saved in. Takes from the target what has a status of its own there.
std::string lacks(Kind& kind, const std::vector<kube::ApiResource>& served) {
  const auto is_it = [&](const kube::ApiResource& r) { return r.gvr.group == kind.gvr.group && r.gvr.resource == kind.gvr.resource; };
  const auto any = std::ranges::find_if(served, is_it);
  const std::string name = kind.gvr.resource + "." + kind.gvr.group;
  if (any == served.end()) return "the target does not know kind " + kind.kind + " (" + name + "): install its provider there";
  if (any->gvk.kind != kind.kind || any->gvr.namespaced != kind.gvr.namespaced) return "the target has another kind under the name " + name;
  const auto same = std::ranges::find_if(served, [&](const kube::ApiResource& r) { return is_it(r) && r.gvr.version == kind.gvr.version; });
  if (same == served.end())
    return "the target does not serve kind " + kind.kind + " in version " + kind.gvr.version +
           ", in which it was saved: install a release of its provider that does";
  kind.has_status = std::ranges::find(same->subresources, "status") != same->subresources.end();
  return {};
}

Awaitable<Status> match_kinds(MovePtr move, std::shared_ptr<Snapshot> set) {
  Result<std::vector<kube::ApiResource>> served = co_await move->target->served();
  if (!served) co_return fail(std::move(served).error());
  std::vector<std::string> problems;
  for (auto& kind : set->inventory.kinds) {
    if (is_core(kind)) continue;
    std::string problem = lacks(kind, *served);
    if (!problem.empty()) problems.push_back(std::move(problem));
  }
  if (!problems.empty()) co_return fail(Disposition::Terminal, "the target is not ready: " + enumerate(problems));
  co_return Status();
}

// As its users had them when it was saved.
std::map<std::string, std::string> pauses_of(const Snapshot& set) {
  std::map<std::string, std::string> out;
  for (std::size_t i = 0; i < set.inventory.items.size(); ++i) {
    const Item& item = set.inventory.items[i];
    const Kind& kind = set.inventory.kind_of(item);
    if (!is_cluster(kind) && !is_class(kind)) continue;
    const auto object = json::parse(item.text);
    if (!object) continue;
    if (is_class(kind) && (*object)["metadata"]["annotations"].contains(kPausedAnnotation)) out[pause_key(kind, item.key)] = "true";
    if (is_cluster(kind) && (*object)["spec"]["paused"].is_bool()) out[pause_key(kind, item.key)] = (*object)["spec"]["paused"].as_bool() ? "true" : "false";
  }
  return out;
}

Awaitable<Status> begin(MovePtr move, std::shared_ptr<Loaded> loaded) {
  Status alone = co_await check_alone(move);
  if (!alone) co_return alone;
  Status served = co_await match_kinds(move, loaded->set);
  if (!served) co_return served;
  Status ready = co_await check_target(move, loaded->set);
  if (!ready) co_return ready;
  move->journal.digest = loaded->digest;
  move->journal.kinds = loaded->set->inventory.kinds;
  move->journal.pauses = pauses_of(*loaded->set);
  count(move->journal, loaded->set->draft.plan);
  Status locked = co_await lock(move);
  if (!locked) co_return locked;
  Status written = co_await write_own_journal(move, Phase::Creating);
  co_return written;
}

Status same_backup(const Move& move, const Loaded& loaded) {
  if (move.journal.digest == loaded.digest) return {};
  return fail(Disposition::Terminal, move.journal.phase == Phase::Completed ? "this id was used for another backup: choose another one"
                                                                            : "it was begun from another backup: go on from that one, or undo it");
}

Awaitable<Status> go_on(MovePtr move, std::shared_ptr<Loaded> loaded) {
  if (Status same = same_backup(*move, *loaded); !same) co_return same;
  if (move->journal.phase == Phase::RollingBack || move->journal.phase == Phase::RolledBack)
    co_return fail(Disposition::Terminal, "it was undone: start another restore under a new id");
  Status served = co_await match_kinds(move, loaded->set);
  if (!served) co_return served;
  Status locked = co_await lock(move);
  co_return locked;
}

Awaitable<Result<Event>> make_copies(MovePtr move) {
  move->source_set = move->archived->set;
  Result<Event> created = co_await create(move);
  if (!created || *created != Event::Done) co_return created;
  Result<Event> verified = co_await verify(move);
  co_return verified;
}

Awaitable<Status> drive(MovePtr move) {
  if (move->journal.phase != Phase::Finalizing) {
    Result<Event> made = co_await make_copies(move);
    if (!made) co_return fail(std::move(made).error());
    if (*made != Event::Done) co_return fail(Disposition::Terminal, "the backup is not one state of a cluster");
    Status entered = co_await write_own_journal(move, Phase::Finalizing);
    if (!entered) co_return entered;
  }
  Result<Event> finalized = co_await finalize(move);
  if (!finalized) co_return fail(std::move(finalized).error());
  Status completed = co_await write_own_journal(move, Phase::Completed);
  if (!completed) co_return completed;
  Status unlocked = co_await unlock(move);
  co_return unlocked;
}

Awaitable<Status> restore_loaded(MovePtr move, std::shared_ptr<Loaded> loaded) {
  move->archived = std::make_shared<const Archived>(Archived{loaded->set, loaded->manifest.providers, loaded->manifest.namespaces});
  Result<bool> goes_on = co_await read_own_journal(move, std::string(kRestorePurpose));
  if (!goes_on) co_return fail(std::move(goes_on).error());
  if (*goes_on && move->journal.phase == Phase::Completed) {
    if (Status same = same_backup(*move, *loaded); !same) co_return same;
    Status unlocked = co_await abandon(move);  // by a run that was cut before it let go
    co_return unlocked;
  }
  Status ready;
  if (*goes_on)
    ready = co_await go_on(move, loaded);
  else
    ready = co_await begin(move, loaded);
  if (!ready) co_return ready;
  Status done = co_await drive(move);
  co_return done;
}

Awaitable<Status> undo(MovePtr move) {
  Status locked = co_await lock(move);
  if (!locked) co_return locked;
  Status entered = co_await write_own_journal(move, Phase::RollingBack);
  if (!entered) co_return entered;
  Result<Event> deleted = co_await delete_copies(move);
  if (!deleted) co_return fail(std::move(deleted).error());
  Status undone = co_await write_own_journal(move, Phase::RolledBack);
  if (!undone) co_return undone;
  Status unlocked = co_await unlock(move);
  co_return unlocked;
}

}  // namespace

Awaitable<Result<Progress>> restore(std::shared_ptr<kube::Client> target, Options options, Place place) {
  co_await async::no_throw_on_cancel();
  const async::Executor executor = co_await async::asio::this_coro::executor;
  if (Status sound = check_options(options); !sound) co_return fail(std::move(sound).error());
  if (!options.target_namespace.empty() || !options.clusters.empty())
    co_return fail(Disposition::Invalid,
                   "a restore brings back the whole backup where it was: choose Clusters when it is saved; a target namespace is for moves only");
  auto read = load(place);
  if (!read) co_return fail(std::move(read).error());
  const auto loaded = std::make_shared<Loaded>(std::move(*read));
  const MovePtr move = make_restore(target, std::move(options), executor);
  Status done = co_await restore_loaded(move, loaded);
  if (!done) co_return fail(std::move(done).error().in("restore " + move->options.id));
  co_return progress_of(move->journal);
}

Awaitable<Result<Progress>> undo_restore(std::shared_ptr<kube::Client> target, Options options) {
  co_await async::no_throw_on_cancel();
  const async::Executor executor = co_await async::asio::this_coro::executor;
  if (Status sound = check_options(options); !sound) co_return fail(std::move(sound).error());
  const MovePtr move = make_restore(target, std::move(options), executor);
  const std::string what = "restore " + move->options.id;
  Result<bool> there = co_await read_own_journal(move, std::string(kRestorePurpose));
  if (!there) co_return fail(std::move(there).error().in(what));
  if (is_committed(move->journal.phase)) co_return fail(Disposition::Terminal, what + " is finalizing or done: controllers may act on its objects by now");
  if (!*there || move->journal.phase == Phase::RolledBack) {
    move->journal.phase = Phase::RolledBack;
    Status abandoned = co_await abandon(move);
    if (!abandoned) co_return fail(std::move(abandoned).error().in(what));
    co_return progress_of(move->journal);
  }
  Status undone = co_await undo(move);
  if (!undone) co_return fail(std::move(undone).error().in(what));
  co_return progress_of(move->journal);
}

}  // namespace slipway::pivot
