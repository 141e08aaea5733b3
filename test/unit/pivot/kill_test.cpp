// A move that is killed after its k-th API write, for every k, and then run again or undone: the invariants of the protocol hold at the kill and at the end.
#include <catch2/catch_test_macros.hpp>

#include "pkg/log/log.h"
#include "test/unit/pivot/two_sides.h"

namespace slipway {
namespace {

using namespace test;

Object renamed(Object cluster, const std::string& name, json::Value spec) {
  cluster.ref({"metadata", "name"}) = name;
  cluster.ref({"metadata", "uid"}) = "uid-" + name;
  cluster.set("spec", std::move(spec));
  return cluster;
}

// A user's own pauses, all the ways there are: spec.paused true and false, and a paused class.
World paused(World world) {
  world.at("ClusterClass", "tkg-vsphere-default-v1.0.0").ref({"metadata", "annotations"}).set("cluster.x-k8s.io/paused", "by its user");
  const Object cluster = world.at("Cluster", kCluster);
  world.objects.push_back(renamed(cluster, "user-paused", json::Object{{"paused", true}}));
  world.objects.push_back(renamed(cluster, "user-unpaused", json::Object{{"paused", false}}));
  return world;
}

// Every k with k % stride == first, until the move ends before it is cut. Returns the number of writes of a whole move.
std::size_t sweep(std::size_t first, std::size_t stride) {
  std::string sink;
  const log::Capture quiet(sink);
  for (std::size_t k = first;; k += stride) {
    INFO("killed after write " << k);
    TwoSides sides(paused(reference_world()));
    const bool ended = sides.run_cut(k);
    sides.check_now();
    const auto done = sides.run();
    if (!done) FAIL(done.error().message());
    CHECK(done->phase == pivot::Phase::Completed);
    sides.check_moved();
    sink.clear();
    if (ended) return k;
  }
}

// As sweep(), but undone: what is not committed ends as it began; what is refuses and moves on.
std::size_t undo_sweep(std::size_t first, std::size_t stride) {
  std::string sink;
  const log::Capture quiet(sink);
  std::size_t undone = 0, refused = 0;
  for (std::size_t k = first; refused < 5; k += stride) {
    INFO("killed after write " << k);
    TwoSides sides(paused(reference_world()));
    static_cast<void>(sides.run_cut(k));
    const auto phase = sides.journal() ? sides.journal()->phase : pivot::Phase::Planned;
    const bool committed = phase >= pivot::Phase::Committed && phase <= pivot::Phase::Completed;
    const auto result = sides.rollback();
    CHECK(result.has_value() == !committed);
    if (committed) {
      CHECK(result.error().is(Disposition::Terminal));
      sides.check_now();
      ++refused;
      continue;
    }
    CHECK(result->phase == pivot::Phase::RolledBack);
    sides.check_undone();
    ++undone;
    sink.clear();
  }
  return undone;
}

}  // namespace

TEST_CASE("killed after any write and run again, a move ends with every object in its place (0 mod 4)", "[sweep]") { CHECK(sweep(0, 4) > 190); }
TEST_CASE("killed after any write and run again, a move ends with every object in its place (1 mod 4)", "[sweep]") { CHECK(sweep(1, 4) > 190); }
TEST_CASE("killed after any write and run again, a move ends with every object in its place (2 mod 4)", "[sweep]") { CHECK(sweep(2, 4) > 190); }
TEST_CASE("killed after any write and run again, a move ends with every object in its place (3 mod 4)", "[sweep]") { CHECK(sweep(3, 4) > 190); }

TEST_CASE("killed after any write before the commit and undone, the source is as it was (even)", "[sweep]") { CHECK(undo_sweep(0, 2) > 30); }
TEST_CASE("killed after any write before the commit and undone, the source is as it was (odd)", "[sweep]") { CHECK(undo_sweep(1, 2) > 30); }

TEST_CASE("an undo that is killed after any write is finished by the next, or by a run", "[sweep]") {
  std::string sink;
  const log::Capture quiet(sink);
  bool ended = false;
  std::size_t j = 0;
  for (; !ended; ++j) {
    INFO("undo killed after write " << j);
    TwoSides sides(paused(small_world()));
    static_cast<void>(sides.run_cut(28));  // among the creates
    REQUIRE(sides.journal()->phase == pivot::Phase::Creating);
    ended = sides.rollback_cut(j);
    sides.check_now();
    const bool by_run = j % 2 == 1 && !ended;
    const auto result = by_run ? sides.run() : sides.rollback();
    if (by_run && sides.journal()->phase == pivot::Phase::Completed) {  // the undo had not begun: its journal was not written yet
      CHECK(j <= 2);
      continue;
    }
    CHECK(result.has_value() == !by_run);
    sides.check_undone();
    sink.clear();
  }
  CHECK(j > 20);
}

TEST_CASE("killed twice, at any two writes, a move still ends well", "[sweep]") {
  std::string sink;
  const log::Capture quiet(sink);
  std::size_t pairs = 0;
  for (std::size_t k = 1;; k += 7) {
    bool ended = false;
    for (std::size_t j = 1 + k % 5; !ended; j += 9) {
      INFO("killed after write " << k << ", and again after " << j);
      TwoSides sides(small_world());
      if (sides.run_cut(k)) {
        CHECK(pairs > 40);
        return;
      }
      ended = sides.run_cut(j);
      sides.check_now();
      const auto done = sides.run();
      if (!done) FAIL(done.error().message());
      sides.check_moved();
      ++pairs;
      sink.clear();
    }
  }
}

}  // namespace slipway
