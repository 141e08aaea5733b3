// After the deletes: what stays on the source is as it was. A class that the target had already was paused and is not deleted; and where Clusters stay, the
// source lives on, so its providers come back. Both may be done twice.
#include <algorithm>

#include "pkg/log/log.h"
#include "pkg/pivot/detail/move.h"

namespace slipway::pivot::detail {

Awaitable<Status> leave_source(MovePtr move) {
  std::vector<Kind> kinds = move->journal.kinds;
  std::erase_if(kinds, [](const Kind& kind) { return !is_cluster(kind) && !is_class(kind); });
  Result<Inventory> left = co_await read_inventory(move->source, std::move(kinds), no_text(), move->options.max_concurrency);
  if (!left) co_return fail(std::move(left).error());
  const bool paused = std::ranges::any_of(left->items, [&](const Item& item) { return item.pause_token == move->options.id; });
  if (paused) {
    Status restored = co_await restore_pauses(move);
    if (!restored) co_return restored;
  }
  const bool lives_on = std::ranges::any_of(left->items, [&](const Item& item) { return is_cluster(left->kind_of(item)); });
  if (!lives_on || !move->journal.quiesced) co_return Status();
  log::info("providers of the source come back: Clusters stay on it", {{"move", move->options.id}});
  Status awake = co_await wake(move);
  co_return awake;
}

}  // namespace slipway::pivot::detail
