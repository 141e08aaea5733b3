// Metrics of moves (docs/metrics.md): what was done to how many objects of which kind, and how long phases took. Kinds come from labelled CRDs, so series are
// few. Thread: the loop's only.
#pragma once

#include <string_view>

#include "pkg/async/clock.h"
#include "pkg/pivot/inventory.h"
#include "pkg/pivot/pivot.h"

namespace slipway::pivot::detail {

enum class Deed : std::uint8_t { Created, Verified, Deleted, Finalized };
void count_object(Deed deed, const Kind& kind);

// The time from one journal entry to the next.
class PhaseTimer {
 public:
  explicit PhaseTimer(async::Clock& clock) : clock_(&clock), since_(clock.now()) {}
  // `from`: the phase that ends, with the work that was done in it.
  void ended(Phase from);

 private:
  async::Clock* clock_;
  async::TimePoint since_;
};

}  // namespace slipway::pivot::detail
