// Creates the copies, group by group, owners first. What is there already is recognised by our marks, so that a restart goes on where the last run was cut.
#include "pkg/pivot/detail/measure.h"
#include "pkg/pivot/detail/move.h"
#include "pkg/pivot/names.h"
#include "pkg/pivot/payload.h"

namespace slipway::pivot::detail {
namespace {

struct Creation {
  SnapshotPtr source;
  TargetSetPtr target;
  std::vector<std::vector<std::size_t>> groups;
  std::map<std::string, std::string, std::less<>> uids;  // source -> target
};
using CreationPtr = std::shared_ptr<Creation>;

CopyOptions copy_options(const Move& move, const CreationPtr& creation, std::size_t i) {
  return {.move_id = move.options.id,
          .scope = creation->source->scope,
          .kept_on_source = creation->source->fate(i) == Fate::Keep,
          .target_uid = [creation](std::string_view uid) -> std::optional<std::string> {
            const auto found = creation->uids.find(uid);
            return found == creation->uids.end() ? std::nullopt : std::optional(found->second);
          }};
}

void created(Move& move, Creation& creation, std::size_t i, std::string_view uid) {
  creation.uids.insert_or_assign(creation.source->inventory.items[i].uid, std::string(uid));
  if (creation.source->fate(i) == Fate::Move) ++move.journal.created;
  count_object(Deed::Created, creation.source->inventory.kind_of(creation.source->inventory.items[i]));
  report(move, false);
}

// The name was taken between our list and our create: by an earlier attempt of ours whose answer was lost, or by somebody else.
Awaitable<Result<kube::Object>> recognise(MovePtr move, CreationPtr creation, std::size_t i) {
  const Inventory& inventory = creation->source->inventory;
  const Item& item = inventory.items[i];
  Result<kube::Object> there = co_await move->target->get(inventory.kind_of(item).gvr, creation->source->there(i));
  if (!there) co_return fail(std::move(there).error());
  Item found = read_item(item.kind, inventory.kind_of(item), *there);
  found.text = json::dump(*there);
  const bool ours = found.move_id == move->options.id && found.source_uid == item.uid;
  if (!ours && !may_adopt(*creation->source, i, found)) co_return fail(collision(*creation->source, i));
  co_return there;
}

Awaitable<Status> create_one(MovePtr move, CreationPtr creation, std::size_t i) {
  const Inventory& inventory = creation->source->inventory;
  const Item& item = inventory.items[i];
  const Kind& kind = inventory.kind_of(item);
  const std::string what = "creating " + inventory.describe(item) + " on the target";
  if (const Item* ours = creation->target->copy_of(item.uid)) {
    created(*move, *creation, i, ours->uid);
    co_return Status();
  }
  if (const Item* there = creation->target->at(item.kind, creation->source->there(i))) {
    if (!may_adopt(*creation->source, i, *there)) co_return fail(collision(*creation->source, i));
    created(*move, *creation, i, there->uid);
    co_return Status();
  }
  auto source = json::parse(item.text);
  if (!source) co_return fail(std::move(source).error().in(what));
  kube::Object body = copy_for_target(kind, *source, copy_options(*move, creation, i));
  Result<kube::Object> answer = co_await move->target->create(kind.gvr, std::move(body), {.dry_run = false, .metadata_only = true});
  if (!answer && answer.error().is(Disposition::AlreadyExists)) answer = co_await recognise(move, creation, i);
  if (!answer) co_return fail(std::move(answer).error().in(what));
  if (!marks_fit(*source)) {
    json::Value patch = managed_fields_patch(kube::uid_of(*answer), managed_fields_of(*source));
    Result<kube::Object> restored =
        co_await move->target->patch(kind.gvr, creation->source->there(i), std::move(patch), {.dry_run = false, .metadata_only = true});
    if (!restored) co_return fail(std::move(restored).error().in(what + ": its managedFields"));
  }
  created(*move, *creation, i, kube::uid_of(*answer));
  co_return Status();
}

void forget(TargetSet& target, const std::string& source_uid) {
  const auto found = target.by_source_uid.find(source_uid);
  if (found == target.by_source_uid.end()) return;
  const Item& item = target.inventory.items[found->second];
  target.by_key.erase({item.kind, item.key});
  target.by_source_uid.erase(found);
}

// Copies whose original is gone since an earlier freeze; they may be of kinds that the set does not have any more.
Awaitable<Status> prune(MovePtr move, CreationPtr creation) {
  std::map<std::string, bool> wanted;
  for (std::size_t i = 0; i < creation->source->inventory.items.size(); ++i)
    if (creation->source->copied(i)) wanted.emplace(creation->source->inventory.items[i].uid, true);
  TargetSetPtr all = creation->target;
  if (all->kinds_read < move->journal.kinds.size()) {
    Result<TargetSetPtr> read = co_await read_target(move, move->journal.kinds, no_text());
    if (!read) co_return fail(std::move(read).error());
    all = *read;
  }
  const std::vector<std::size_t> groups = groups_of(*all);
  std::vector<Doomed> orphans;
  for (const auto& [uid, i] : all->by_source_uid) {
    if (wanted.contains(uid)) continue;
    const Item& item = all->inventory.items[i];
    orphans.push_back({all->inventory.kind_of(item), item, groups[i]});
  }
  for (const Doomed& orphan : orphans) forget(*creation->target, orphan.item.source_uid);
  Result<bool> pruned = co_await delete_in_order(move, move->target, std::move(orphans), {});
  if (!pruned) co_return fail(std::move(pruned).error());
  co_return Status();
}

void group(Creation& creation) {
  creation.groups.resize(creation.source->draft.groups);
  for (std::size_t i = 0; i < creation.source->inventory.items.size(); ++i)
    if (creation.source->copied(i)) creation.groups[creation.source->draft.plan.objects[i].group].push_back(i);
}

}  // namespace

Awaitable<Result<Event>> create(MovePtr move) {
  if (!move->source_set) {
    Result<SnapshotPtr> snapshot = co_await read_source(move);
    if (!snapshot) co_return fail(std::move(snapshot).error());
    move->source_set = *snapshot;
  }
  if (move->source_set->draft.plan.digest != move->journal.digest) co_return Event::SetChanged;
  const auto creation = std::make_shared<Creation>();
  creation->source = move->source_set;
  group(*creation);
  move->journal.created = 0;
  creation->target = std::exchange(move->target_set, nullptr);  // what has come there since is found by its refusal
  if (!creation->target) {
    Result<TargetSetPtr> target = co_await read_target(move, move->source_set, Look());
    if (!target) co_return fail(std::move(target).error());
    creation->target = *target;
  }
  Status pruned = co_await prune(move, creation);
  if (!pruned) co_return fail(std::move(pruned).error());
  Status namespaces = co_await ensure_namespaces(move, move->source_set);
  if (!namespaces) co_return fail(std::move(namespaces).error());
  for (std::size_t g = 0; g < creation->groups.size(); ++g) {
    Status ours = co_await still_ours(move);
    if (!ours) co_return fail(std::move(ours).error());
    Status done = co_await for_each(move->target, creation->groups[g].size(), move->options.max_concurrency,
                                    [move, creation, g](std::size_t n) { return create_one(move, creation, creation->groups[g][n]); });
    if (!done) co_return fail(std::move(done).error());
  }
  co_return Event::Done;
}

}  // namespace slipway::pivot::detail
