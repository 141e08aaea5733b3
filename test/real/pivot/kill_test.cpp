// A move between two real API servers whose process is killed by SIGKILL, and run again or undone. SLIPWAY_PIVOT_SWEEP=full kills after every single write (ten
// minutes and more); otherwise a few are chosen, by SLIPWAY_PIVOT_SEED where it is set: it is printed, so that a failure can be had again.
#include <cstdlib>
#include <iostream>
#include <random>

#include <catch2/catch_test_macros.hpp>

#include "pkg/base/random.h"
#include "test/real/pivot/seed.h"
#include "test/real/pivot/two_servers.h"

namespace slipway {
namespace {

using namespace test;
using pivot::Phase;

constexpr std::size_t kChosen = 6;  // kills of a run that is not the full sweep

std::vector<std::size_t> kills(std::size_t writes, std::mt19937_64& random) {
  const char* sweep = std::getenv("SLIPWAY_PIVOT_SWEEP");
  const bool full = sweep != nullptr && std::string_view(sweep) == "full";
  std::vector<std::size_t> out;
  if (full) {
    for (std::size_t k = 0; k < writes; ++k) out.push_back(k);
    return out;
  }
  // One of each stretch, so that every phase has its turn.
  for (std::size_t i = 0; i < kChosen; ++i) {
    const std::size_t from = writes * i / kChosen, to = writes * (i + 1) / kChosen;
    out.push_back(std::uniform_int_distribution<std::size_t>(from, std::max(from, to - 1))(random));
  }
  return out;
}

void must_end(const Trip::Outcome& outcome, Phase phase) {
  INFO(outcome.said << "\n" << outcome.log);
  REQUIRE(outcome.ok);
  REQUIRE(outcome.said.starts_with(to_string(phase)));
}

}  // namespace

TEST_CASE("a move of the inventory of reference between real servers ends with every object in its place, there and back") {
  TwoServers& servers = TwoServers::shared();
  for (int i = 0; i < 2; ++i) {
    Trip trip(servers);
    must_end(trip.run({}), Phase::Completed);
    trip.finish();
  }
}

TEST_CASE("killed by SIGKILL after a write on real servers and run again, a move ends with every object in its place") {
  TwoServers& servers = TwoServers::shared();
  const std::uint64_t seed = seed_from_environment();
  std::mt19937_64 random(seed);
  std::size_t writes = 0;
  {
    Trip whole(servers);
    const auto outcome = whole.run({});
    must_end(outcome, Phase::Completed);
    writes = outcome.writes();
    whole.finish();
  }
  REQUIRE(writes > 150);
  for (const std::size_t k : kills(writes, random)) {
    INFO("seed " << seed << ", killed after write " << k << " of " << writes);
    Trip trip(servers);
    const auto cut = trip.run({.kill_after = k});
    INFO(cut.said << "\n" << cut.log);
    if (!cut.killed) REQUIRE(cut.ok);  // the way back has fewer writes
    trip.check_now();
    must_end(trip.run({}), Phase::Completed);
    trip.finish();
  }
}

TEST_CASE("killed by SIGKILL in any phase before the commit and undone, both real servers are as they were") {
  TwoServers& servers = TwoServers::shared();
  for (const Phase phase : {Phase::Locked, Phase::Pausing, Phase::Frozen, Phase::Creating, Phase::Verified}) {
    INFO("killed at " << to_string(phase));
    Trip trip(servers);
    const auto cut = trip.run({.kill_at = phase});
    INFO(cut.said << "\n" << cut.log);
    REQUIRE(cut.killed);
    REQUIRE(trip.journal()->phase == phase);
    trip.check_now();
    must_end(trip.run({.undo = true}), Phase::RolledBack);
    trip.check_undone();
  }
}

}  // namespace slipway
