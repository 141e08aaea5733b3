// After the pause: controllers that tell (condition Paused) have seen it, and nothing asks the move to wait (block-move). Watches, one deadline for all.
#include <algorithm>
#include <set>

#include "pkg/pivot/detail/move.h"
#include "pkg/pivot/names.h"

namespace slipway::pivot::detail {
namespace {

using Keys = std::set<kube::ObjectKey>;

// By kind: what of the set does not stand still yet.
std::map<std::size_t, Keys> restless(const Snapshot& snapshot) {
  std::map<std::size_t, Keys> out;
  for (std::size_t i = 0; i < snapshot.inventory.items.size(); ++i) {
    const Item& item = snapshot.inventory.items[i];
    if (snapshot.fate(i) == Fate::Move && !item.awaits.empty()) out[item.kind].insert(item.key);
  }
  return out;
}

ReasonToWait reason_of(Kind kind, Keys keys) {
  return [kind = std::move(kind), keys = std::move(keys)](const Objects& objects) -> std::string {
    for (const auto& key : keys) {
      const auto found = objects.find(key);
      if (found == objects.end()) continue;
      const std::string reason = reason_to_wait(kind, found->second);
      if (!reason.empty()) return "waiting for " + kind.kind + " " + key.to_string() + " to stand still: " + reason;
    }
    return {};
  };
}

}  // namespace

Awaitable<Status> acknowledge(MovePtr move) {
  const async::Deadline deadline = min(move->deadline, move->source->clock().after(kAcknowledgeTimeout));
  for (;;) {
    Result<SnapshotPtr> snapshot = co_await read_source(move);
    if (!snapshot) co_return fail(std::move(snapshot).error());
    const auto waiting = restless(**snapshot);
    if (waiting.empty()) {
      move->source_set = *snapshot;
      co_return Status();
    }
    for (const auto& [k, keys] : waiting) {
      const Kind kind = (*snapshot)->inventory.kinds[k];
      Status still = co_await wait_until(move->source, {kind.gvr, "", ""}, reason_of(kind, keys), deadline);
      if (!still) co_return still;
    }
  }
}

}  // namespace slipway::pivot::detail
