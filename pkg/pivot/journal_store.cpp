// The journals on the two servers. Which is written first is the protocol: the target's before the source's from the commit on, the source's alone before it,
// and for an undo the one that run() trusts last.
#include "pkg/log/log.h"
#include "pkg/pivot/detail/move.h"
#include "pkg/pivot/names.h"

namespace slipway::pivot::detail {
namespace {

kube::ObjectKey journal_key(const Move& move) { return {move.options.journal_namespace, journal_name(move.options.id)}; }

std::string& version_on(Move& move, const SidePtr& side) { return side == move.source ? move.source_version : move.target_version; }

Error taken_over(const Move& move, const SidePtr& side) {
  return Error(Disposition::Terminal, "another run of move " + move.options.id + " took over (its journal on the " + side->name() + " was written by it)");
}

struct Found {
  Journal journal;
  std::string version;
};

Awaitable<Result<std::optional<Found>>> read_one(MovePtr move, SidePtr side) {
  Result<kube::Object> object = co_await side->get(kube::res::kConfigMaps, journal_key(*move));
  if (!object && object.error().is(Disposition::NotFound)) co_return std::nullopt;
  if (!object) co_return fail(std::move(object).error().in("reading the journal on the " + side->name()));
  auto journal = decode(*object);
  if (!journal) co_return fail(std::move(journal).error().in("on the " + side->name()));
  co_return Found{std::move(*journal), std::string(kube::resource_version_of(*object))};
}

// After an answer that does not tell whether our write went through: it did where what stands there is ours.
Awaitable<Status> settle(MovePtr move, SidePtr side) {
  Result<std::optional<Found>> found = co_await read_one(move, side);
  if (!found) co_return fail(std::move(found).error());
  if (!*found)
    co_return fail(Disposition::Terminal, "the journal of move " + move->options.id + " on the " + side->name() + " was deleted while it was written");
  if ((*found)->journal.writer != move->writer) co_return fail(taken_over(*move, side));
  version_on(*move, side) = (*found)->version;
  if ((*found)->journal == move->journal) co_return Status();
  co_return fail(Disposition::Conflict, "the journal on the " + side->name() + " is an older one of this run");
}

Awaitable<Status> store_once(MovePtr move, SidePtr side) {
  auto body = encode(move->journal, move->options.journal_namespace);
  if (!body) co_return fail(std::move(body).error());
  std::string& version = version_on(*move, side);
  Result<kube::Object> written = fail(Disposition::Terminal, "not written");
  if (version.empty()) {
    written = co_await side->create(kube::res::kConfigMaps, std::move(*body));
  } else {
    body->ref("metadata").set("resourceVersion", version);
    written = co_await side->update(kube::res::kConfigMaps, std::move(*body));
  }
  if (written) {
    version = kube::resource_version_of(*written);
    co_return Status();
  }
  if (written.error().is(Disposition::NotFound) && !version.empty()) {  // deleted by hand: write it anew
    version.clear();
    co_return fail(Disposition::Conflict, "the journal on the " + side->name() + " is gone");
  }
  if (!written.error().is(Disposition::Conflict) && !written.error().is(Disposition::AlreadyExists))
    co_return fail(std::move(written).error().in("writing the journal on the " + side->name()));
  Status settled = co_await settle(move, side);
  co_return settled;
}

Awaitable<Status> store(MovePtr move, SidePtr side) {
  Status stored = co_await store_once(move, side);
  if (!stored && stored.error().is(Disposition::Conflict)) stored = co_await store_once(move, side);
  co_return stored;
}

// The source may be on its way out: its journal is a courtesy by now.
Awaitable<Status> store_if_there(MovePtr move, SidePtr side) {
  auto body = encode(move->journal, move->options.journal_namespace);
  if (!body) co_return fail(std::move(body).error());
  kube::WriteOptions options;
  options.field_manager = kFieldManager;
  Result<kube::Object> written = co_await side->client()->update(kube::res::kConfigMaps, std::move(*body), options);
  if (!written && written.error().is(Disposition::Canceled)) co_return fail(std::move(written).error());
  if (!written) log::info("source journal not written", {{"move", move->options.id}, {"error", written.error().message()}});
  co_return Status();
}

}  // namespace

Awaitable<Result<Phase>> read_journals(MovePtr move) {
  Result<std::optional<Found>> target = co_await read_one(move, move->target);
  if (!target) co_return fail(std::move(target).error());
  const std::optional<Phase> theirs = *target ? std::optional((*target)->journal.phase) : std::nullopt;
  if (*target) move->target_version = (*target)->version;
  if (theirs == Phase::Finalizing || theirs == Phase::Completed) {
    move->journal = std::move((*target)->journal);
    co_return *theirs;
  }
  Result<std::optional<Found>> source = co_await read_one(move, move->source);
  if (!source) co_return fail(std::move(source).error());
  const std::optional<Phase> ours = *source ? std::optional((*source)->journal.phase) : std::nullopt;
  if (*source) move->source_version = (*source)->version;
  const Phase phase = reconcile(ours, theirs);
  const bool from_target = *target && (!*source || (is_committed(phase) && is_committed(*theirs)));
  if (from_target)
    move->journal = std::move((*target)->journal);
  else if (*source)
    move->journal = std::move((*source)->journal);
  move->journal.id = move->options.id;
  move->journal.phase = phase;
  co_return phase;
}

Awaitable<Status> save_journal(MovePtr move) {
  Status saved = co_await store(move, move->source);
  co_return saved;
}

Awaitable<Status> write_journal(MovePtr move, Phase phase) {
  move->journal.phase = phase;
  move->journal.writer = move->writer;
  const bool target_first = phase == Phase::Locked || phase == Phase::RolledBack || is_committed(phase);
  const bool both = target_first || phase == Phase::RollingBack;
  if (target_first) {
    Status stored = co_await store(move, move->target);
    if (!stored) co_return stored;
  }
  const bool source_may_be_gone = phase == Phase::Finalizing || phase == Phase::Completed;
  Status stored;
  if (source_may_be_gone)
    stored = co_await store_if_there(move, move->source);
  else
    stored = co_await store(move, move->source);
  if (!stored || !both || target_first) co_return stored;
  Status second = co_await store(move, move->target);
  co_return second;
}

}  // namespace slipway::pivot::detail
