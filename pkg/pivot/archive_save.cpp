// The source is paused only while it is read. Files are written from memory once it runs again, so that a full disk or a slow one holds nobody up, and what is
// cut there is simply begun anew.
#include <algorithm>

#include <boost/asio/post.hpp>

#include "pkg/async/task_group.h"
#include "pkg/log/log.h"
#include "pkg/pivot/detail/archive.h"
#include "pkg/pivot/names.h"
#include "pkg/pivot/payload.h"
#include "pkg/providers/sources/digest.h"

namespace slipway::pivot::detail {

bool stands_still(const Snapshot& snapshot);  // freeze.cpp

namespace {

constexpr std::size_t kFilesBetweenLooks = 16;  // at whether we are stopped

struct Backup {
  Manifest manifest;
  std::vector<std::string> texts;  // of the manifest's entries
};

std::string state_of(const Move& move, const Kind& kind, const Item& item) {
  const auto found = move.journal.pauses.find(pause_key(kind, item.key));
  return found == move.journal.pauses.end() ? std::string() : found->second;
}

Result<kube::Object> object_of(const Move& move, const Snapshot& set, std::size_t i) {
  const Item& item = set.inventory.items[i];
  const Kind& kind = set.inventory.kind_of(item);
  auto object = json::parse(item.text);
  if (!object) return fail(std::move(object).error().in(set.inventory.describe(item)));
  return saved_object(kind, std::move(*object), move.options.id, state_of(move, kind, item));
}

bool same_object(const Move& move, const Snapshot& a, const Snapshot& b, std::size_t i) {
  if (a.inventory.items[i].resource_version == b.inventory.items[i].resource_version) return true;
  auto x = object_of(move, a, i), y = object_of(move, b, i);
  if (!x || !y) return false;
  for (auto* object : {&*x, &*y}) object->ref("metadata").erase("managedFields");  // a status that beats has its time there
  return *x == *y;
}

// Empty where both are one state: what was read first still stood when the second reading began, so all of it stood at once.
std::string change_between(const Move& move, const Snapshot& a, const Snapshot& b) {
  if (a.draft.plan.digest != b.draft.plan.digest || a.inventory.items.size() != b.inventory.items.size()) return "objects come and go";
  if (!stands_still(b)) return "something is not paused any more";
  for (std::size_t i = 0; i < a.inventory.items.size(); ++i) {
    if (a.inventory.items[i].uid != b.inventory.items[i].uid) return "objects come and go";
    if (a.copied(i) && !same_object(move, a, b, i)) return b.inventory.describe(b.inventory.items[i]) + " changes";
  }
  return {};
}

// Pauses, waits, and reads until two readings are alike.
Awaitable<Result<SnapshotPtr>> still_set(MovePtr move) {
  std::string change;
  for (int round = 1; round <= kMaxRounds; ++round) {
    Result<Event> paused = co_await pause(move);
    if (!paused) co_return fail(std::move(paused).error());
    Result<Event> frozen = co_await freeze(move);
    if (!frozen) co_return fail(std::move(frozen).error());
    const SnapshotPtr first = move->source_set;
    if (*frozen != Event::Done || !first) {
      change = "something is not paused any more";
      continue;
    }
    Result<SnapshotPtr> second = co_await read_source(move);
    if (!second) co_return second;
    change = change_between(*move, *first, **second);
    if (change.empty()) co_return *second;
    log::info("changed while it was read", {{"backup", move->options.id}, {"change", change}});
  }
  co_return fail(Disposition::Terminal, "the source does not stand still while it is paused (" + change + "): find out who changes it");
}

Awaitable<Result<std::map<std::string, json::Value>>> namespaces_of(MovePtr move, SnapshotPtr set) {
  Result<kube::ListResult> listed = co_await move->source->list(kube::res::kNamespaces, {});
  if (!listed) co_return fail(std::move(listed).error());
  std::map<std::string, json::Value> all, used;
  for (const auto& ns : listed->items) all.emplace(kube::name_of(ns), ns["metadata"]["labels"]);
  for (std::size_t i = 0; i < set->inventory.items.size(); ++i) {
    const std::string& name = set->inventory.items[i].key.ns;
    if (set->copied(i) && !name.empty()) used.emplace(name, all[name]);
  }
  co_return used;
}

Awaitable<Result<std::string>> cluster_id(MovePtr move) {
  Result<kube::Object> system = co_await move->source->get(kube::res::kNamespaces, {"", "kube-system"});
  if (!system && system.error().is(Disposition::NotFound)) co_return std::string();
  if (!system) co_return fail(std::move(system).error());
  co_return std::string(kube::uid_of(*system));
}

Entry entry_of(const Move& move, const Snapshot& set, std::size_t i, std::size_t kind, const std::string& text) {
  const Item& item = set.inventory.items[i];
  const PlannedObject& planned = set.draft.plan.objects[i];
  Entry e;
  e.file = file_of(set.inventory.kind_of(item), item.key);
  e.digest = providers::sha256_digest(text);
  e.bytes = static_cast<std::int64_t>(text.size());
  e.kind = kind;
  e.key = item.key;
  e.uid = item.uid;
  e.reason = planned.fate == Fate::Keep ? planned.reason : std::string();
  e.group = planned.group;
  if (set.held(i)) e.paused = state_of(move, set.inventory.kind_of(item), item);
  return e;
}

// Owners first, then by name: equal sets give equal backups, but for their time.
std::vector<std::size_t> in_order(const Snapshot& set) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < set.inventory.items.size(); ++i)
    if (set.copied(i)) order.push_back(i);
  std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair(set.draft.plan.objects[i].group, i); });
  return order;
}

Status fill(const Move& move, const Snapshot& set, Backup& backup) {
  std::map<std::size_t, std::size_t> kinds;
  for (const std::size_t i : in_order(set)) {
    const Item& item = set.inventory.items[i];
    auto object = object_of(move, set, i);
    if (!object) return fail(std::move(object).error());
    const auto [kind, fresh] = kinds.emplace(item.kind, backup.manifest.kinds.size());
    if (fresh) backup.manifest.kinds.push_back(set.inventory.kind_of(item));
    backup.texts.push_back(json::dump_pretty(*object) + "\n");
    backup.manifest.entries.push_back(entry_of(move, set, i, kind->second, backup.texts.back()));
  }
  backup.manifest.id = move.options.id;
  backup.manifest.created = to_rfc3339(move.source->clock().wall());
  backup.manifest.excluded = move.journal.excluded;
  return {};
}

Awaitable<Result<std::shared_ptr<Backup>>> take(MovePtr move) {
  Result<SnapshotPtr> set = co_await still_set(move);
  if (!set) co_return fail(std::move(set).error());
  const auto backup = std::make_shared<Backup>();
  if (Status filled = fill(*move, **set, *backup); !filled) co_return fail(std::move(filled).error());
  Result<std::string> cluster = co_await cluster_id(move);
  if (!cluster) co_return fail(std::move(cluster).error());
  backup->manifest.cluster = std::move(*cluster);
  Result<std::vector<Provider>> providers = co_await installed_providers(move->source);
  if (!providers) co_return fail(std::move(providers).error());
  backup->manifest.providers = std::move(*providers);
  Result<std::map<std::string, json::Value>> namespaces = co_await namespaces_of(move, *set);
  if (!namespaces) co_return fail(std::move(namespaces).error());
  backup->manifest.namespaces = std::move(*namespaces);
  // What is written must be readable: better told now than at the restore.
  auto readable = decode_manifest(encode(backup->manifest));
  if (!readable) co_return fail(std::move(readable).error());
  co_return backup;
}

// Pauses off, journal and lease away.
Awaitable<Status> release(MovePtr move) {
  move->source_set.reset();
  Result<Event> restored = co_await restore_source(move);
  if (!restored) co_return fail(std::move(restored).error());
  Status deleted = co_await delete_own_journal(move);
  if (!deleted) co_return deleted;
  Status unlocked = co_await unlock(move);
  co_return unlocked;
}

Awaitable<Status> preflight(MovePtr move) {
  Status alone = co_await check_alone(move);
  if (!alone) co_return alone;
  Result<SnapshotPtr> set = co_await read_source(move);
  if (!set) co_return fail(std::move(set).error());
  Status sound = co_await check_set(move, *set);
  if (!sound) co_return sound;
  move->source_set = *set;
  co_return Status();
}

Awaitable<Status> begin(MovePtr move) {
  Result<bool> goes_on = co_await read_own_journal(move, std::string(kBackupPurpose));
  if (!goes_on) co_return fail(std::move(goes_on).error());
  if (!*goes_on) {
    Status ready = co_await preflight(move);
    if (!ready) co_return ready;
  }
  Status locked = co_await lock(move);
  if (!locked) co_return locked;
  Status written = co_await write_own_journal(move, Phase::Pausing);
  co_return written;
}

Awaitable<Result<std::shared_ptr<Backup>>> read_paused(MovePtr move) {
  Status begun = co_await begin(move);
  if (!begun) co_return fail(std::move(begun).error());
  Result<std::shared_ptr<Backup>> backup = co_await take(move);
  const bool stopped = !backup && backup.error().is(Disposition::Canceled);
  if (stopped) co_return backup;
  Status released = co_await release(move);
  if (!released)
    co_return fail(std::move(released).error().in(backup ? "unpausing the source (run the save again)"
                                                         : backup.error().message() + "; and the source is still paused (run the save again)"));
  co_return backup;
}

Awaitable<Status> write_files(MovePtr move, VaultPtr vault, std::shared_ptr<Backup> backup, std::string manifest) {
  for (std::size_t n = 0; n < backup->texts.size(); ++n) {
    if (Status put = vault->put(backup->manifest.entries[n].file, std::move(backup->texts[n])); !put) co_return put;
    if (n % kFilesBetweenLooks != 0) continue;
    co_await async::asio::post(move->source->executor(), async::asio::use_awaitable);
    const bool stop = co_await async::is_cancelled();
    if (stop) co_return fail(Disposition::Canceled, "the save was stopped");
  }
  co_return vault->finish(std::move(manifest));
}

Saved summary(const Backup& backup, const std::string& manifest) {
  Saved saved;
  saved.id = backup.manifest.id;
  saved.digest = providers::sha256_digest(manifest);
  saved.objects = static_cast<std::int64_t>(backup.texts.size());
  for (const auto& entry : backup.manifest.entries) saved.bytes += entry.bytes;
  saved.excluded = backup.manifest.excluded;
  return saved;
}

Awaitable<Result<Saved>> save_files(MovePtr move, VaultPtr vault) {
  Result<std::shared_ptr<Backup>> backup = co_await read_paused(move);
  if (!backup) co_return fail(std::move(backup).error());
  std::string manifest = encode((*backup)->manifest);
  Saved saved = summary(**backup, manifest);
  Status written = co_await write_files(move, vault, *backup, std::move(manifest));
  if (!written) co_return fail(std::move(written).error());
  co_return saved;
}

}  // namespace

Awaitable<Result<Saved>> save_into(std::shared_ptr<kube::Client> source, Options options, VaultPtr vault) {
  const async::Executor executor = co_await async::asio::this_coro::executor;
  if (Status sound = check_options(options); !sound) co_return fail(std::move(sound).error());
  if (auto scope = scope_of(options); !scope) co_return fail(std::move(scope).error());
  if (!options.target_namespace.empty()) co_return fail(Disposition::Invalid, "a backup keeps its namespaces: a target namespace is for moves only");
  options.quiesce_providers = false;
  const MovePtr move = make_move(source, nullptr, std::move(options), executor);
  const std::string what = "backup " + move->options.id;
  if (Status free = vault->begin(); !free) co_return fail(std::move(free).error().in(what));
  Result<Saved> saved = co_await save_files(move, vault);
  if (saved) co_return saved;
  if (!saved.error().is(Disposition::Canceled)) vault->give_up();
  co_return fail(std::move(saved).error().in(what));
}

}  // namespace slipway::pivot::detail

namespace slipway::pivot {

async::Awaitable<Result<Saved>> save(std::shared_ptr<kube::Client> source, Options options, Place place) {
  co_await async::no_throw_on_cancel();
  auto vault = detail::open_vault(place);
  if (!vault) co_return fail(std::move(vault).error());
  Result<Saved> saved = co_await detail::save_into(std::move(source), std::move(options), *vault);
  if (!saved) co_return saved;
  saved->path = place.path;
  auto back = inspect(place);  // as a restore would read it
  if (!back) co_return fail(std::move(back).error().in("backup " + saved->id + " was written and does not read well"));
  if (back->digest != saved->digest) co_return fail(Disposition::Terminal, "backup " + saved->id + ": another save has written to " + place.path);
  co_return saved;
}

}  // namespace slipway::pivot
