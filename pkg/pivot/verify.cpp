// The target against the source as both are now: every copy is there, says what the original says, and has its owners. What has changed since it was copied is
// copied again; a set that has changed goes back to the freeze.
#include "pkg/log/log.h"
#include "pkg/pivot/detail/measure.h"
#include "pkg/pivot/detail/move.h"
#include "pkg/pivot/names.h"
#include "pkg/pivot/payload.h"

namespace slipway::pivot::detail {
namespace {

struct Verification {
  SnapshotPtr source;
  TargetSetPtr target;
  std::map<std::string, std::string, std::less<>> uids;
  std::map<std::string, std::string> differences;  // by source UID: the field, found while the target was read
  struct Flaw {
    std::size_t item;
    std::string field;  // empty: missing
  };
  std::vector<Flaw> flaws;
  std::int64_t sound = 0;
};
using VerificationPtr = std::shared_ptr<Verification>;

const Item* copy_of(const Verification& v, std::size_t i) {
  const Item& item = v.source->inventory.items[i];
  const Item* ours = v.target->copy_of(item.uid);
  if (ours != nullptr) return ours;
  const Item* there = v.target->at(item.kind, v.source->there(i));
  return there != nullptr && may_adopt(*v.source, i, *there) ? there : nullptr;
}

void match(Verification& v) {
  for (std::size_t i = 0; i < v.source->inventory.items.size(); ++i) {
    if (!v.source->copied(i)) continue;
    const Item* copy = copy_of(v, i);
    if (copy != nullptr) v.uids.emplace(v.source->inventory.items[i].uid, copy->uid);
  }
}

bool owners_resolve(const Verification& v, const Item& original, const Item& copy) {
  for (const auto& owner : original.owners) {
    const auto uid = v.uids.find(owner.uid);
    if (uid == v.uids.end()) continue;  // a stale reference, dropped
    if (std::ranges::none_of(copy.owners, [&](const Owner& o) { return o.uid == uid->second; })) return false;
  }
  return true;
}

// Compares while the target's objects pass by, so that their texts need not be kept.
Look comparing(const VerificationPtr& v, const std::string& move_id) {
  const auto originals = std::make_shared<std::map<std::string_view, std::size_t>>();
  for (std::size_t i = 0; i < v->source->inventory.items.size(); ++i)
    if (v->source->copied(i)) originals->emplace(v->source->inventory.items[i].uid, i);
  return [v, originals, move_id](const Item& copy, const kube::Object& there) {
    const auto found = originals->find(copy.source_uid);
    if (copy.move_id != move_id || found == originals->end()) return;
    const Item& item = v->source->inventory.items[found->second];
    const Kind& kind = v->source->inventory.kind_of(item);
    const auto original = json::parse(item.text);
    std::string field =
        original ? first_difference(comparable(kind, there), comparable(kind, relocated(*original, v->source->scope))) : std::string("the whole object");
    if (!field.empty()) v->differences.emplace(item.uid, std::move(field));
  };
}

std::string flaw_of(const Verification& v, std::size_t i, const Item& copy) {
  const Item& item = v.source->inventory.items[i];
  const Kind& kind = v.source->inventory.kind_of(item);
  if (copy.kept_on_source != (v.source->fate(i) == Fate::Keep)) return "its mark kept-on-source";  // the set has changed since it was written
  if (!owners_resolve(v, item, copy)) return "metadata.ownerReferences";
  if ((is_cluster(kind) || is_class(kind)) && !copy.paused) return "its pause";
  const auto difference = v.differences.find(item.uid);
  return difference == v.differences.end() ? std::string() : difference->second;
}

void compare(Verification& v, const std::string& move_id) {
  match(v);
  for (std::size_t i = 0; i < v.source->inventory.items.size(); ++i) {
    if (!v.source->copied(i)) continue;
    const Item* copy = copy_of(v, i);
    const bool adopted = copy != nullptr && copy->move_id != move_id;
    std::string field = copy == nullptr ? std::string() : copy->deleting ? "metadata.deletionTimestamp" : adopted ? std::string() : flaw_of(v, i, *copy);
    if (copy == nullptr || !field.empty()) {
      v.flaws.push_back({i, std::move(field)});
      continue;
    }
    if (v.source->fate(i) == Fate::Move) ++v.sound;
    count_object(Deed::Verified, v.source->inventory.kind_of(v.source->inventory.items[i]));
  }
}

Awaitable<Status> copy_again(MovePtr move, VerificationPtr v, std::size_t n) {
  const auto& flaw = v->flaws[n];
  const Inventory& inventory = v->source->inventory;
  const Item& item = inventory.items[flaw.item];
  const Kind& kind = inventory.kind_of(item);
  const Item* copy = v->target->copy_of(item.uid);
  if (copy == nullptr) co_return Status();  // the next create makes it
  auto source = json::parse(item.text);
  if (!source) co_return fail(std::move(source).error());
  const CopyOptions options{.move_id = move->options.id,
                            .scope = v->source->scope,
                            .kept_on_source = v->source->fate(flaw.item) == Fate::Keep,
                            .target_uid = [v](std::string_view uid) -> std::optional<std::string> {
                              const auto found = v->uids.find(uid);
                              return found == v->uids.end() ? std::nullopt : std::optional(found->second);
                            }};
  kube::Object body = copy_for_target(kind, *source, options);
  body.ref("metadata").set("uid", copy->uid);
  body.ref("metadata").set("resourceVersion", copy->resource_version);
  log::info("copied again", {{"move", move->options.id}, {"object", inventory.describe(item)}, {"field", flaw.field}});
  Result<kube::Object> updated = co_await move->target->update(kind.gvr, std::move(body));
  if (updated || updated.error().is(Disposition::Conflict) || updated.error().is(Disposition::NotFound)) co_return Status();  // the next round looks again
  co_return fail(std::move(updated).error().in("copying " + inventory.describe(item) + " again"));
}

Awaitable<Result<VerificationPtr>> look(MovePtr move) {
  const auto v = std::make_shared<Verification>();
  Result<SnapshotPtr> source = co_await read_source(move);
  if (!source) co_return fail(std::move(source).error());
  v->source = *source;
  Result<TargetSetPtr> target = co_await read_target(move, *source, comparing(v, move->options.id));
  if (!target) co_return fail(std::move(target).error());
  v->target = *target;
  compare(*v, move->options.id);
  co_return v;
}

std::string describe_flaws(const Verification& v) {
  std::vector<std::string> sentences;
  for (const auto& flaw : v.flaws) {
    const std::string name = v.source->inventory.describe(v.source->inventory.items[flaw.item]);
    sentences.push_back(flaw.field.empty() ? name + " is missing on the target" : name + " differs in " + flaw.field);
  }
  return enumerate(sentences);
}

}  // namespace

bool stands_still(const Snapshot& snapshot);  // freeze.cpp

Awaitable<Result<Event>> verify(MovePtr move) {
  for (int round = 1;; ++round) {
    Result<VerificationPtr> looked = co_await look(move);
    if (!looked) co_return fail(std::move(looked).error());
    const VerificationPtr v = *looked;
    if (Status sound = check_source(*move, *v->source); !sound) co_return fail(std::move(sound).error());
    move->source_set = v->source;
    if (v->source->draft.plan.digest != move->journal.digest) co_return Event::SetChanged;
    if (!stands_still(*v->source)) co_return Event::PauseLost;
    move->journal.verified = v->sound;
    if (v->flaws.empty()) {
      move->target_set = v->target;
      co_return Event::Done;
    }
    if (round == kMaxRounds) co_return fail(Disposition::Terminal, "the target does not keep what is written to it: " + describe_flaws(*v));
    Status ours = co_await still_ours(move);
    if (!ours) co_return fail(std::move(ours).error());
    Status copied =
        co_await for_each(move->target, v->flaws.size(), move->options.max_concurrency, [move, v](std::size_t n) { return copy_again(move, v, n); });
    if (!copied) co_return fail(std::move(copied).error());
    Result<Event> made = co_await create(move);  // what was missing
    if (!made || *made != Event::Done) co_return made;
  }
}

}  // namespace slipway::pivot::detail
