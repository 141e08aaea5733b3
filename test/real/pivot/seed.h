// Seeds of tests that try things at random: printed, and repeatable by SLIPWAY_PIVOT_SEED.
#pragma once

#include <cstdint>

namespace slipway::test {

// SLIPWAY_PIVOT_SEED; else 1 where CI is set, so that a change is judged by itself; else another one each time.
[[nodiscard]] std::uint64_t seed_from_environment();

}  // namespace slipway::test
