#include "pkg/pivot/detail/measure.h"

#include <array>
#include <chrono>
#include <utility>
#include <vector>

#include "pkg/metrics/metrics.h"

namespace slipway::pivot::detail {
namespace {

constexpr std::array<std::string_view, 4> kDeeds{"created", "verified", "deleted", "finalized"};
// From a journal that is written to a wait for controllers that takes its deadline.
const std::vector<double> kBuckets{0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600};

}  // namespace

void count_object(Deed deed, const Kind& kind) {
  metrics::registry()
      .counter("slipway_pivot_objects_total", "Objects that moves have created, verified, deleted and finalized.",
               {{"state", std::string(kDeeds.at(static_cast<std::size_t>(deed)))}, {"kind", kind.kind}})
      .add();
}

void PhaseTimer::ended(Phase from) {
  const async::TimePoint now = clock_->now();
  metrics::registry()
      .histogram("slipway_pivot_phase_duration_seconds", "How long phases of moves took.", kBuckets, {{"phase", std::string(to_string(from))}})
      .observe(std::chrono::duration<double>(now - std::exchange(since_, now)).count());
}

}  // namespace slipway::pivot::detail
