#include "test/real/pivot/seed.h"

#include <cstdlib>
#include <iostream>
#include <random>

namespace slipway::test {

std::uint64_t seed_from_environment() {
  const char* given = std::getenv("SLIPWAY_PIVOT_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::getenv("CI") != nullptr ? 1 : std::random_device{}() % 100'000;
  std::cout << "SLIPWAY_PIVOT_SEED=" << seed << '\n';
  return seed;
}

}  // namespace slipway::test
