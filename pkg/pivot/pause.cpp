// Pausing to a fixed point: what the users had chosen is in the journal before we touch it, and each of our pauses is refused by the server (resourceVersion)
// when its object has changed since we looked. So a user's own pause is never taken for ours.
#include "pkg/async/backoff.h"
#include "pkg/pivot/detail/gitops.h"
#include "pkg/pivot/detail/move.h"
#include "pkg/pivot/names.h"
#include "pkg/pivot/payload.h"

namespace slipway::pivot::detail {
namespace {

std::string user_state(const Kind& kind, const Item& item) {
  if (item.paused) return "true";
  if (is_class(kind)) return {};
  const auto object = json::parse(item.text);
  return object && (*object)["spec"]["paused"].is_bool() ? "false" : "";
}

std::string state_of(const Move& move, const Kind& kind, const Item& item) {
  const auto found = move.journal.pauses.find(pause_key(kind, item.key));
  return found == move.journal.pauses.end() ? std::string() : found->second;
}

// What the journal should say of pauses; entries of what carries our token already stay as they are.
std::map<std::string, std::string> recorded(const Move& move, const Snapshot& snapshot) {
  std::map<std::string, std::string> out = move.journal.pauses;
  for (std::size_t i = 0; i < snapshot.inventory.items.size(); ++i) {
    const Item& item = snapshot.inventory.items[i];
    if (!snapshot.held(i) || item.pause_token == move.options.id) continue;
    const Kind& kind = snapshot.inventory.kind_of(item);
    std::string state = user_state(kind, item);
    out.erase(pause_key(kind, item.key));
    if (!state.empty()) out.emplace(pause_key(kind, item.key), std::move(state));
  }
  return out;
}

struct Round {
  SnapshotPtr snapshot;
  std::vector<std::size_t> items;
  bool conflict = false;
};

Status choose(const Move& move, Round& round) {
  const Snapshot& snapshot = *round.snapshot;
  for (std::size_t i = 0; i < snapshot.inventory.items.size(); ++i) {
    const Item& item = snapshot.inventory.items[i];
    if (!snapshot.held(i)) continue;
    if (!item.pause_token.empty() && item.pause_token != move.options.id)
      return fail(Disposition::Terminal,
                  snapshot.inventory.describe(item) + " is paused by move " + item.pause_token + ": resume that one or roll it back first");
    if (!item.paused) round.items.push_back(i);
  }
  return {};
}

Awaitable<Status> pause_one(MovePtr move, std::shared_ptr<Round> round, std::size_t n) {
  const Inventory& inventory = round->snapshot->inventory;
  const Item& item = inventory.items[round->items[n]];
  const Kind& kind = inventory.kind_of(item);
  auto object = json::parse(item.text);
  if (!object) co_return fail(std::move(object).error());
  json::Value patch = pause_patch(kind, *object, move->options.id, state_of(*move, kind, item));
  Result<kube::Object> patched = co_await move->source->patch(kind.gvr, item.key, std::move(patch));
  if (patched) co_return Status();
  if (patched.error().is(Disposition::Conflict) || patched.error().is(Disposition::NotFound)) {
    round->conflict = true;
    co_return Status();
  }
  co_return fail(std::move(patched).error().in("pausing " + inventory.describe(item) + " on the source"));
}

// False: something changed under it; look again.
Awaitable<Result<bool>> pause_round(MovePtr move) {
  SnapshotPtr snapshot = std::move(move->source_set);  // the first time that of the preflight: what has changed since is refused and looked at again
  if (!snapshot) {
    Result<SnapshotPtr> read = co_await read_source(move);
    if (!read) co_return fail(std::move(read).error());
    snapshot = *read;
  }
  const auto round = std::make_shared<Round>();
  round->snapshot = snapshot;
  if (Status chosen = choose(*move, *round); !chosen) co_return fail(std::move(chosen).error());
  Status quiet = co_await suspend_writers(move, snapshot);  // first: they would take our pauses back
  if (!quiet) co_return fail(std::move(quiet).error());
  auto pauses = recorded(*move, *snapshot);
  if (pauses != move->journal.pauses) {
    move->journal.pauses = std::move(pauses);
    Status saved = co_await save_journal(move);
    if (!saved) co_return fail(std::move(saved).error());
  }
  Status done =
      co_await for_each(move->source, round->items.size(), move->options.max_concurrency, [move, round](std::size_t n) { return pause_one(move, round, n); });
  if (!done) co_return fail(std::move(done).error());
  co_return !round->conflict;
}

Awaitable<Status> restore_one(MovePtr move, Kind kind, Item item) {
  auto object = json::parse(item.text);
  if (!object) co_return fail(std::move(object).error());
  const std::string state = state_of(*move, kind, item);
  auto first = unpause_patch(kind, *object, state);
  if (first) {
    Result<kube::Object> unpaused = co_await move->source->patch(kind.gvr, item.key, std::move(*first));
    if (!unpaused && !unpaused.error().is(Disposition::NotFound)) co_return fail(std::move(unpaused).error());
  }
  Result<kube::Object> patched = co_await move->source->patch(kind.gvr, item.key, restore_patch(kind, *object, state));
  if (!patched && !patched.error().is(Disposition::NotFound)) co_return fail(std::move(patched).error());
  co_return Status();
}

}  // namespace

Awaitable<Result<Event>> pause(MovePtr move) {
  async::Backoff backoff({.initial = kRetryInitial, .cap = kRetryCap});
  for (;;) {
    Result<bool> settled = co_await pause_round(move);
    if (!settled) co_return fail(std::move(settled).error());
    if (*settled) break;
    const async::TimePoint next = move->source->clock().now() + backoff.next(move->source->clock().now());
    if (next >= move->deadline.at) co_return fail(Disposition::Timeout, "pausing the source: its objects change faster than they can be paused");
    co_await move->source->clock().sleep_until(next);
  }
  Status acknowledged = co_await acknowledge(move);
  if (!acknowledged) co_return fail(std::move(acknowledged).error());
  if (move->options.quiesce_providers) {
    Status quiet = co_await quiesce(move);
    if (!quiet) co_return fail(std::move(quiet).error());
    move->source_set.reset();  // the last words of those that went down are part of what moves
  }
  co_return Event::Done;
}

Awaitable<Status> restore_pauses(MovePtr move) {
  Result<std::vector<Kind>> kinds = co_await paused_kinds(move);
  if (!kinds) co_return fail(std::move(kinds).error());
  const auto ours = [id = move->options.id](const Kind&, const Item& item, const kube::Object&) { return item.pause_token == id; };
  Result<Inventory> inventory = co_await read_inventory(move->source, std::move(*kinds), ours, move->options.max_concurrency);
  if (!inventory) co_return fail(std::move(inventory).error());
  for (const auto& item : inventory->items) {
    if (item.pause_token != move->options.id) continue;
    Status restored = co_await restore_one(move, inventory->kind_of(item), item);
    if (!restored) co_return fail(std::move(restored).error().in("unpausing " + inventory->describe(item) + " on the source"));
  }
  co_return Status();
}

Awaitable<Result<Event>> restore_source(MovePtr move) {
  Status restored = co_await restore_pauses(move);
  if (!restored) co_return fail(std::move(restored).error());
  Status awake = co_await wake(move);
  if (!awake) co_return fail(std::move(awake).error());
  Status resumed = co_await resume_writers(move);
  if (!resumed) co_return fail(std::move(resumed).error());
  co_return Event::Done;
}

}  // namespace slipway::pivot::detail
