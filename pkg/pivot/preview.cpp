// What a move would do and what would stop it, without doing it.
#include "pkg/pivot/detail/gitops.h"
#include "pkg/pivot/detail/move.h"

namespace slipway::pivot::detail {
namespace {

Presence presence_of(const Move& move, const Snapshot& snapshot, const TargetSet& target, std::size_t i) {
  const Item& item = snapshot.inventory.items[i];
  if (!snapshot.copied(i)) return Presence::Absent;
  const Item* there = target.at(item.kind, snapshot.there(i));
  if (there == nullptr) return Presence::Absent;
  if (there->move_id == move.options.id) return Presence::Copied;
  return may_adopt(snapshot, i, *there) ? Presence::Usable : Presence::Occupied;
}

// A refusal is a problem to report; anything else ends the look.
Status note(Status outcome, std::vector<std::string>& problems) {
  if (outcome) return outcome;
  if (!outcome.error().is(Disposition::Terminal)) return outcome;
  problems.push_back(outcome.error().message());
  return {};
}

Awaitable<Status> look_at_target(MovePtr move, SnapshotPtr snapshot, bool rehearsal, Preview* out) {
  std::ranges::move(lacking_kinds(*snapshot), std::back_inserter(out->problems));
  Result<TargetState> target = co_await inspect_target(move, snapshot);
  if (!target) co_return fail(std::move(target).error());
  std::ranges::move(target->problems, std::back_inserter(out->problems));
  for (std::size_t i = 0; i < snapshot->inventory.items.size(); ++i) out->presence.push_back(presence_of(*move, *snapshot, *target->set, i));
  const bool refused = !out->problems.empty() || (move->options.fail_on_unmovable && !out->plan.unmovable.empty());
  if (!rehearsal || refused) co_return Status();
  Status namespaces = co_await ensure_namespaces(move, snapshot);
  if (!namespaces) co_return namespaces;
  Status accepted = co_await rehearse(move, snapshot, target->set);
  co_return note(std::move(accepted), out->problems);
}

}  // namespace

Awaitable<Result<Preview>> preview(MovePtr move, bool rehearsal) {
  Preview out;
  Status alone = co_await check_alone(move);
  if (Status noted = note(std::move(alone), out.problems); !noted) co_return fail(std::move(noted).error());
  Result<SnapshotPtr> snapshot = co_await read_source(move);
  if (!snapshot) co_return fail(std::move(snapshot).error());
  if (Status noted = note(check_source(*move, **snapshot), out.problems); !noted) co_return fail(std::move(noted).error());
  Status alone_writing = co_await check_writers(move, *snapshot);
  if (Status noted = note(std::move(alone_writing), out.problems); !noted) co_return fail(std::move(noted).error());
  out.plan = (*snapshot)->draft.plan;
  Result<std::vector<std::string>> left = co_await unmovable(move, *snapshot);
  if (!left) co_return fail(std::move(left).error());
  out.plan.unmovable = std::move(*left);
  if (!move->target) co_return out;
  Status looked = co_await look_at_target(move, *snapshot, rehearsal, &out);
  if (!looked) co_return fail(std::move(looked).error());
  co_return out;
}

}  // namespace slipway::pivot::detail
