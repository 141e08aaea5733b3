#include "pkg/pivot/detail/archive.h"

namespace slipway::pivot::detail {

Awaitable<Result<bool>> read_own_journal(MovePtr move, std::string purpose) {
  const kube::ObjectKey key{move->options.journal_namespace, journal_name(move->options.id)};
  Result<kube::Object> found = co_await move->source->get(kube::res::kConfigMaps, key);
  if (!found && found.error().is(Disposition::NotFound)) {
    move->journal.purpose = purpose;
    co_return false;
  }
  if (!found) co_return fail(std::move(found).error().in("reading the journal on the " + move->source->name()));
  auto journal = decode(*found);
  if (!journal) co_return fail(std::move(journal).error());
  if (journal->purpose != purpose)
    co_return fail(Disposition::Terminal, "journal " + key.to_string() + " is of a " + (journal->purpose.empty() ? std::string("move") : journal->purpose) +
                                              ", not of a " + purpose + ": choose another id");
  move->journal = std::move(*journal);
  move->journal.id = move->options.id;
  move->source_version = kube::resource_version_of(*found);
  co_return true;
}

Awaitable<Status> write_own_journal(MovePtr move, Phase phase) {
  move->journal.phase = phase;
  move->journal.writer = move->writer;
  Status saved = co_await save_journal(move);
  if (saved) report(*move, true);
  co_return saved;
}

Awaitable<Status> delete_own_journal(MovePtr move) {
  const kube::ObjectKey key{move->options.journal_namespace, journal_name(move->options.id)};
  Result<kube::Object> found = co_await move->source->get(kube::res::kConfigMaps, key);
  if (!found && found.error().is(Disposition::NotFound)) co_return Status();
  if (!found) co_return fail(std::move(found).error());
  Result<kube::Object> gone = co_await move->source->remove(kube::res::kConfigMaps, key, std::string(kube::uid_of(*found)));
  if (!gone && !gone.error().is(Disposition::NotFound)) co_return fail(std::move(gone).error().in("deleting the journal on the " + move->source->name()));
  co_return Status();
}

}  // namespace slipway::pivot::detail
