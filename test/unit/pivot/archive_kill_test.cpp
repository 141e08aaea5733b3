// Saves and restores that are killed after their k-th write, for every k: to a server, or to the disk.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "pkg/pivot/detail/archive.h"
#include "test/unit/pivot/backups.h"

namespace slipway {
namespace {

using namespace test;

std::shared_ptr<Budget> writes(std::size_t limit) {
  auto budget = std::make_shared<Budget>();
  budget->limit = limit;
  return budget;
}

}  // namespace

TEST_CASE_METHOD(QuietMove, "a save that is killed after any write to the source and run again ends with a backup, and the source as it was", "[sweep]") {
  std::size_t k = 0;
  for (bool ended = false; !ended; ++k) {
    INFO("killed after write " << k);
    TwoSides sides(with_user_pauses(small_world()));
    const Folder folder;
    sides.budget = writes(k);
    static_cast<void>(save(sides, sealed_directory(folder / "d")));
    ended = !sides.budget->dead;
    sides.check_now();
    sides.budget = writes(SIZE_MAX);
    if (!ended) must_save(sides, sealed_directory(folder / "d"));
    check_saved(sides);
    const auto done = restore(sides, sealed_directory(folder / "d"));
    if (!done) FAIL(done.error().message());
    check_restored(sides);
    log_lines.clear();
  }
  CHECK(k > 10);
}

TEST_CASE_METHOD(QuietMove, "a save that is killed at any file and run again ends with a backup of that second run alone", "[sweep]") {
  const auto form = GENERATE(pivot::Place::Form::Directory, pivot::Place::Form::Archive);
  std::size_t calls = 1;
  for (bool ended = false; !ended; ++calls) {
    INFO("killed after " << calls << " calls");
    TwoSides sides(small_world());
    const Folder folder;
    const pivot::Place place = form == pivot::Place::Form::Directory ? sealed_directory(folder / "d") : sealed_archive(folder / "d");
    {
      const auto vault = cut_vault(*pivot::detail::open_vault(place), calls, Disposition::Canceled);
      ended = sides.loop.run(pivot::detail::save_into(sides.source, sides.options("b1"), vault)).has_value();
    }
    check_saved(sides);
    CHECK(pivot::inspect(place).has_value() == ended);
    if (ended) break;
    sides.patch(sides.source, "Machine", planned(sides.plan, "Machine", kCluster + "-kcp-5h8zq").key, json::Object{{"spec", json::Object{{"changed", true}}}});
    sides.before = sides.read(sides.source);
    must_save(sides, place);
    const auto done = restore(sides, place);
    if (!done) FAIL(done.error().message());
    check_restored(sides);
    log_lines.clear();
  }
  CHECK(calls > 10);
}

TEST_CASE_METHOD(QuietMove, "a restore that is killed after any write and run again ends with every object in its place", "[sweep]") {
  const bool reference = GENERATE(false, true);
  const std::size_t stride = reference ? 5 : 1;
  std::size_t k = 0;
  for (bool ended = false; !ended; k += stride) {
    INFO("killed after write " << k);
    TwoSides sides(with_user_pauses(reference ? reference_world() : small_world()));
    const Folder folder;
    must_save(sides, sealed_archive(folder / "a"));
    sides.budget = writes(k);
    const auto first = restore(sides, sealed_archive(folder / "a"));
    ended = !sides.budget->dead;
    if (ended && !first) FAIL(first.error().message());
    check_restore_now(sides);
    sides.budget = writes(SIZE_MAX);
    const auto done = restore(sides, sealed_archive(folder / "a"));
    if (!done) FAIL(done.error().message());
    check_restored(sides);
    log_lines.clear();
  }
  CHECK(k > (reference ? 90U : 25U));
}

TEST_CASE_METHOD(QuietMove, "a restore that is killed after any write before it finalizes can be undone, the undo killed too", "[sweep]") {
  std::size_t undone = 0;
  for (std::size_t k = 0;; ++k) {
    INFO("killed after write " << k);
    TwoSides sides(small_world());
    const Folder folder;
    must_save(sides, sealed_archive(folder / "a"));
    sides.budget = writes(k);
    static_cast<void>(restore(sides, sealed_archive(folder / "a")));
    sides.budget = writes(k % 5);
    static_cast<void>(undo_restore(sides));
    sides.budget = writes(SIZE_MAX);
    const auto done = undo_restore(sides);
    if (!done) {
      CHECK(done.error().message().contains("is finalizing or done"));
      break;
    }
    sides.check_undone();
    ++undone;
    log_lines.clear();
  }
  CHECK(undone > 12);
}

}  // namespace slipway
