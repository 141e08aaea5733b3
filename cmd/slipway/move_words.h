// What `slipway move` says: while it works, when it stops, and at the end. Pure; any thread.
#pragma once

#include <optional>
#include <string>

#include "pkg/json/value.h"
#include "pkg/pivot/pivot.h"

namespace slipway::cmd {

// Sentences for what is worth one: each new phase, and each tenth of what is created and deleted.
class MoveProgress {
 public:
  // Nothing where there is nothing to say.
  [[nodiscard]] std::optional<std::string> next(const pivot::Progress& progress);
  [[nodiscard]] const std::optional<pivot::Progress>& last() const noexcept { return last_; }

 private:
  std::optional<pivot::Progress> last_;
  std::int64_t tenths_ = 0;
};

// Where an unfinished move stands and what to do next; `command` is the one that goes on with it.
[[nodiscard]] std::string where_it_stands(const pivot::Progress& progress, const std::string& command);
// The end: counts, and what stayed with its reasons.
[[nodiscard]] std::string move_summary(const pivot::Progress& progress);
[[nodiscard]] json::Value move_value(const pivot::Progress& progress);

}  // namespace slipway::cmd
