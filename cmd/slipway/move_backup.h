// `slipway move --to-directory` and its kin: a backup of what would move, and a restore of one. Thread: the loop's only.
#pragma once

#include "cmd/slipway/move_flags.h"
#include "cmd/slipway/process.h"

namespace slipway::cmd {

// Does what flags.backup asks for, with --dry-run and --rollback where they are set; the exit code. Errors: those that are not about an operation under way.
async::Awaitable<Result<int>> run_backup(Process* process, MoveFlags flags);

}  // namespace slipway::cmd
