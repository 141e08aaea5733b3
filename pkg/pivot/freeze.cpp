// After the pause: the set that moves, as it is now. Its digest and its kinds go into the journal; a restart that finds another set freezes again.
#include <algorithm>

#include "pkg/pivot/detail/move.h"

namespace slipway::pivot::detail {
namespace {

// Kinds that an earlier freeze of this move had stay listed: copies of theirs may be on the target.
void note_kinds(Journal& journal, const Snapshot& snapshot) {
  std::vector<bool> used(snapshot.inventory.kinds.size());
  for (std::size_t i = 0; i < snapshot.inventory.items.size(); ++i)
    if (snapshot.copied(i)) used[snapshot.inventory.items[i].kind] = true;
  for (std::size_t k = 0; k < used.size(); ++k) {
    const Kind& kind = snapshot.inventory.kinds[k];
    if (!used[k]) continue;
    std::erase_if(journal.kinds, [&](const Kind& old) { return old.gvr.group == kind.gvr.group && old.gvr.resource == kind.gvr.resource; });
    journal.kinds.push_back(kind);
  }
}

}  // namespace

bool stands_still(const Snapshot& snapshot) {
  for (std::size_t i = 0; i < snapshot.inventory.items.size(); ++i) {
    const Item& item = snapshot.inventory.items[i];
    if (snapshot.held(i) && !item.paused) return false;
    if (snapshot.fate(i) == Fate::Move && !item.awaits.empty()) return false;
  }
  return true;
}

Awaitable<Result<Event>> freeze(MovePtr move) {
  SnapshotPtr snapshot = std::move(move->source_set);  // as the pause was acknowledged, or as another set was found
  if (!snapshot) {
    Result<SnapshotPtr> read = co_await read_source(move);
    if (!read) co_return fail(std::move(read).error());
    snapshot = *read;
  }
  Status sound = co_await check_set(move, snapshot);
  if (!sound) co_return fail(std::move(sound).error());
  if (!stands_still(*snapshot)) co_return Event::PauseLost;
  move->source_set = snapshot;
  move->journal.digest = snapshot->draft.plan.digest;
  move->journal.created = move->journal.verified = 0;
  count(move->journal, snapshot->draft.plan);
  note_kinds(move->journal, *snapshot);
  co_return Event::Done;
}

}  // namespace slipway::pivot::detail
