// One save or restore: a Move with one side. Its journal is told from a move's by its purpose.
#pragma once

#include "pkg/pivot/detail/manifest.h"
#include "pkg/pivot/detail/vault.h"

namespace slipway::pivot::detail {

inline constexpr std::string_view kBackupPurpose = "backup", kRestorePurpose = "restore";

// True where it is there; it is then in move->journal. Errors: Terminal where it is of another purpose.
Awaitable<Result<bool>> read_own_journal(MovePtr move, std::string purpose);
Awaitable<Status> write_own_journal(MovePtr move, Phase phase);
Awaitable<Status> delete_own_journal(MovePtr move);

// save() into what is already open; for tests that cut it.
Awaitable<Result<Saved>> save_into(std::shared_ptr<kube::Client> source, Options options, VaultPtr vault);

}  // namespace slipway::pivot::detail
