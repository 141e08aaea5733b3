// Chance, from one place, so that a test that prints its seed can be run again exactly: jitter, names of generateName, UUIDs. Not for
// secrets. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace slipway {

// What a generator of one's own is seeded with.
[[nodiscard]] std::uint64_t random_seed();
// n lower-case letters and digits from the set that Kubernetes uses for generateName (no vowels, no 0 1 3).
[[nodiscard]] std::string random_suffix(std::size_t n);
[[nodiscard]] std::string random_uuid();  // version 4

// For tests: from here on, everything above follows from this seed and the order of the calls. There is no way back to real chance.
void replay_random(std::uint64_t seed);

}  // namespace slipway
