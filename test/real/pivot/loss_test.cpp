// Servers that die and networks that break under a move, once each at a point that a seed chooses; the mover itself lives on, and must end its move.
#include <array>
#include <cstdlib>
#include <random>

#include <catch2/catch_test_macros.hpp>

#include "test/real/pivot/seed.h"
#include "test/real/pivot/two_servers.h"

namespace slipway {
namespace {

using namespace test;

async::Awaitable<void> restart(TwoServers* servers, std::string dir) {
  co_await servers->realkube("kill9", dir);
  co_await servers->realkube("restart-apiserver", dir);
}

// How much a mover sends to each side in a move that nothing disturbs.
struct Volume {
  std::uint64_t source = 0, target = 0;
};

void must_complete(Trip& trip, const Trip::Outcome& outcome) {
  INFO(outcome.said << "\n" << outcome.log);
  REQUIRE(outcome.ok);
  REQUIRE(outcome.said.starts_with("Completed"));
  trip.finish();
}

Volume undisturbed(TwoServers& servers) {
  Trip trip(servers);
  const std::uint64_t source = servers.source().network->sent(), target = servers.target().network->sent();
  const auto outcome = trip.run({.far = true});
  const Volume volume{servers.source().network->sent() - source, servers.target().network->sent() - target};
  must_complete(trip, outcome);
  return volume;
}

// The smaller of both ways: a point that each of them reaches.
std::uint64_t somewhere(std::mt19937_64& random, std::uint64_t volume) { return std::uniform_int_distribution<std::uint64_t>(1, volume * 3 / 4)(random); }

std::size_t rounds(std::size_t few) {
  const char* asked = std::getenv("SLIPWAY_PIVOT_ROUNDS");
  return asked == nullptr ? few : std::strtoul(asked, nullptr, 10);
}

}  // namespace

TEST_CASE("a network that breaks under a move between real servers delays it and does no more") {
  TwoServers& servers = TwoServers::shared();
  const std::uint64_t seed = seed_from_environment();
  std::mt19937_64 random(seed);
  const Volume volume = undisturbed(servers);
  for (std::size_t i = 0; i < rounds(3); ++i) {
    const Loss loss = std::array{Loss::Unheard, Loss::Reset, Loss::Blackhole}.at(i % 3);
    const bool at_target = std::uniform_int_distribution(0, 1)(random) == 1;
    const std::uint64_t bytes = somewhere(random, at_target ? volume.target : volume.source);
    INFO("seed " << seed << ", round " << i << ": loss " << static_cast<int>(loss) << " of the " << (at_target ? "target" : "source") << " after " << bytes
                 << " bytes");
    Network& network = *(at_target ? servers.target() : servers.source()).network;
    network.after(bytes, [&network, loss] { network.lose(loss); });
    Trip trip(servers);
    const auto outcome = trip.run({.far = true});
    CHECK(network.triggered());
    must_complete(trip, outcome);
  }
}

TEST_CASE("a kube-apiserver that is killed under a move comes back with what it had, and the move ends") {
  TwoServers& servers = TwoServers::shared();
  const std::uint64_t seed = seed_from_environment();
  std::mt19937_64 random(seed);
  const Volume volume = undisturbed(servers);
  for (std::size_t i = 0; i < rounds(2); ++i) {
    const bool at_target = i % 2 == 0;
    const std::uint64_t bytes = somewhere(random, at_target ? volume.target : volume.source);
    INFO("seed " << seed << ", round " << i << ": kill of the " << (at_target ? "target" : "source") << " after " << bytes << " bytes");
    RealServer& server = at_target ? servers.target() : servers.source();
    server.network->after(bytes, [&servers, &server] { servers.tasks.spawn("restart", restart(&servers, server.dir)); });
    Trip trip(servers);
    const auto outcome = trip.run({.far = true});
    CHECK(server.network->triggered());
    servers.run(servers.tasks.join());  // it may come back after the last call of the move
    must_complete(trip, outcome);
  }
}

}  // namespace slipway
