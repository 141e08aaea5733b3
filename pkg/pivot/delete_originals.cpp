// Deletes on the source, children first, what the target has a marked copy of: the target says which, so that nothing can be deleted that has none.
#include "pkg/pivot/detail/move.h"
#include "pkg/pivot/names.h"

namespace slipway::pivot::detail {
namespace {

// Same kinds in the same order on both sides; a kind whose list the source no longer serves has no objects.
std::vector<Doomed> originals(const Inventory& source, const TargetSet& target, const std::vector<std::size_t>& groups) {
  std::vector<Doomed> out;
  for (const auto& item : source.items) {
    const auto copy = target.by_source_uid.find(item.uid);
    if (copy == target.by_source_uid.end() || target.inventory.items[copy->second].kept_on_source) continue;
    Item brief;  // without its text
    brief.key = item.key;
    brief.uid = item.uid;
    brief.finalizers = item.finalizers;
    out.push_back({source.kind_of(item), std::move(brief), groups[copy->second]});
  }
  return out;
}

std::int64_t moved(const TargetSet& target) {
  std::int64_t n = 0;
  for (const auto& [uid, i] : target.by_source_uid) n += target.inventory.items[i].kept_on_source ? 0 : 1;
  return n;
}

}  // namespace

Awaitable<Result<Event>> delete_originals(MovePtr move) {
  SnapshotPtr verified = std::move(move->source_set);
  TargetSetPtr target = std::exchange(move->target_set, nullptr);
  const bool fresh = verified && target && target->kinds_read == move->journal.kinds.size();  // what this run has just compared, and all of it
  if (!fresh) {
    verified.reset();
    Result<TargetSetPtr> read = co_await read_target(move, move->journal.kinds, no_text());
    if (!read) co_return fail(std::move(read).error());
    target = *read;
  }
  const std::vector<std::size_t> groups = groups_of(*target);
  for (int round = 1;; ++round) {
    std::vector<Doomed> left;
    if (verified) {
      left = originals(verified->inventory, *target, groups);
      verified.reset();
    } else {
      Result<Inventory> source = co_await read_inventory(move->source, move->journal.kinds, no_text(), move->options.max_concurrency);
      if (!source) co_return fail(std::move(source).error());
      left = originals(*source, *target, groups);
    }
    move->journal.deleted = moved(*target) - static_cast<std::int64_t>(left.size());
    if (left.empty()) co_return Event::Done;
    if (round > kMaxRounds)
      co_return fail(Disposition::Terminal, std::to_string(left.size()) + " objects do not go from the source, among them " + left.front().kind.kind + " " +
                                                left.front().item.key.to_string() + ": something holds or re-creates them");
    Result<bool> all_gone = co_await delete_in_order(move, move->source, std::move(left), {.announce = true, .quiet = move->journal.quiesced});
    if (!all_gone) co_return fail(std::move(all_gone).error());
    if (!*all_gone) continue;
    move->journal.deleted = moved(*target);
    co_return Event::Done;
  }
}

Awaitable<Result<Event>> delete_copies(MovePtr move) {
  for (int round = 1;; ++round) {
    if (move->journal.kinds.empty()) co_return Event::Done;  // nothing was frozen, so nothing was created
    Result<TargetSetPtr> target = co_await read_target(move, move->journal.kinds, no_text());
    if (!target) co_return fail(std::move(target).error());
    const std::vector<std::size_t> groups = groups_of(**target);
    std::vector<Doomed> copies;
    for (const auto& [uid, i] : (*target)->by_source_uid) {
      const Item& item = (*target)->inventory.items[i];
      copies.push_back({(*target)->inventory.kind_of(item), item, groups[i]});
    }
    if (copies.empty()) co_return Event::Done;
    if (round > kMaxRounds)
      co_return fail(Disposition::Terminal, std::to_string(copies.size()) + " copies do not go from the target, among them " + copies.front().kind.kind + " " +
                                                copies.front().item.key.to_string());
    Result<bool> deleted = co_await delete_in_order(move, move->target, std::move(copies), {});
    if (!deleted) co_return fail(std::move(deleted).error());
  }
}

}  // namespace slipway::pivot::detail
