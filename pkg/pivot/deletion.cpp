// Deleting one side's objects without anybody acting on it (clusterctl.md 2.10): mark, DELETE with the UID as precondition, strip what finalizers are left.
// Where no controller runs, finalizers go with the mark; where one may, they are stripped after the DELETE only, since it would add them again before.
#include <algorithm>

#include "pkg/pivot/detail/measure.h"
#include "pkg/pivot/detail/move.h"
#include "pkg/pivot/payload.h"

namespace slipway::pivot::detail {
namespace {

struct Deletion {
  SidePtr side;
  std::vector<Doomed> doomed;
  DeletionStyle style;
  bool all_gone = true;  // by the server's answers
};

// Gone, or another object under the same name by now: done either way. A conflict may also mean that somebody wrote at the same time: then it must be looked
// at.
bool is_gone(Deletion& deletion, const Error& error) {
  if (error.is(Disposition::Conflict)) deletion.all_gone = false;
  return error.is(Disposition::NotFound) || error.is(Disposition::Conflict);
}

Awaitable<Status> delete_one(MovePtr move, std::shared_ptr<Deletion> deletion, std::size_t n) {
  const Doomed& d = deletion->doomed[n];
  const SidePtr side = deletion->side;
  const std::string what = "deleting " + d.kind.kind + " " + d.item.key.to_string() + " on the " + side->name();
  const bool strip_first = deletion->style.quiet && d.item.finalizers;
  if (strip_first || (deletion->style.announce && !is_core(d.kind))) {
    json::Value patch = deletion->style.announce ? delete_patch(d.item, strip_first) : strip_patch(d.item.uid);
    Result<kube::Object> marked = co_await side->patch(d.kind.gvr, d.item.key, std::move(patch), {.dry_run = false, .metadata_only = true});
    if (!marked && is_gone(*deletion, marked.error())) co_return Status();
    if (!marked) co_return fail(std::move(marked).error().in(what));
  }
  Result<kube::Object> answer = co_await side->remove(d.kind.gvr, d.item.key, d.item.uid);
  if (!answer && is_gone(*deletion, answer.error())) co_return Status();
  if (!answer) co_return fail(std::move(answer).error().in(what));
  if ((*answer)["metadata"]["finalizers"].size() > 0) {
    Result<kube::Object> stripped = co_await side->patch(d.kind.gvr, d.item.key, strip_patch(d.item.uid), {.dry_run = false, .metadata_only = true});
    if (!stripped && !is_gone(*deletion, stripped.error())) co_return fail(std::move(stripped).error().in(what));
  } else if (kube::kind_of(*answer) != "Status") {
    deletion->all_gone = false;
  }
  if (deletion->style.announce) ++move->journal.deleted;
  if (deletion->style.announce) count_object(Deed::Deleted, d.kind);
  report(*move, false);
  co_return Status();
}

}  // namespace

Awaitable<Result<bool>> delete_in_order(MovePtr move, SidePtr side, std::vector<Doomed> doomed, DeletionStyle style) {
  bool all_gone = true;
  std::ranges::sort(doomed, std::greater<>(), &Doomed::group);
  for (std::size_t begin = 0; begin < doomed.size();) {
    std::size_t end = begin;
    while (end < doomed.size() && doomed[end].group == doomed[begin].group) ++end;
    const auto deletion = std::make_shared<Deletion>();
    deletion->side = side;
    deletion->style = style;
    deletion->doomed.assign(doomed.begin() + static_cast<std::ptrdiff_t>(begin), doomed.begin() + static_cast<std::ptrdiff_t>(end));
    Status ours = co_await still_ours(move);
    if (!ours) co_return fail(std::move(ours).error());
    Status deleted = co_await for_each(side, deletion->doomed.size(), move->options.max_concurrency,
                                       [move, deletion](std::size_t n) { return delete_one(move, deletion, n); });
    if (!deleted) co_return fail(std::move(deleted).error());
    all_gone = all_gone && deletion->all_gone;
    begin = end;
  }
  co_return all_gone;
}

}  // namespace slipway::pivot::detail
