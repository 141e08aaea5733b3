// Which move a command means where it names none: the same command goes on with the move that it began, and begins another once that one is over.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pkg/kube/client.h"
#include "pkg/pivot/pivot.h"

namespace slipway::cmd {

// "NAMESPACE-16HEX-": what the ids of moves from one cluster to the other, of the same set, begin with; a number follows. Pure; any thread.
[[nodiscard]] std::string move_id_prefix(std::string_view source_uid, std::string_view target_uid, const pivot::Options& options);

// What moves and where it lands, in words that differ where either does.
[[nodiscard]] std::string set_of(const pivot::Options& options);

struct MoveChoice {
  std::string id;
  std::optional<pivot::Progress> journal;   // of this id, where there is one
  std::optional<pivot::Progress> previous;  // the move before, where this one is new
};
// The last move whose id begins so, or the next number where that one is over or none was begun. Errors: the client's. Thread: the loop's only.
async::Awaitable<Result<MoveChoice>> choose_move(std::shared_ptr<kube::Client> source, std::shared_ptr<kube::Client> target, pivot::Options options,
                                                 std::string prefix);

[[nodiscard]] bool is_over(const pivot::Progress& progress) noexcept;

}  // namespace slipway::cmd
