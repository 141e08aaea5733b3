#include "cmd/slipway/move_words.h"

#include <catch2/catch_test_macros.hpp>

using namespace slipway;
using namespace slipway::cmd;
using pivot::Phase;

namespace {

pivot::Progress at(Phase phase, std::int64_t created = 0, std::int64_t deleted = 0) {
  pivot::Progress p;
  p.id = "m1";
  p.phase = phase;
  p.planned = 40;
  p.created = created;
  p.deleted = deleted;
  return p;
}

}  // namespace

TEST_CASE("progress speaks when a phase begins and at each tenth of what is created and deleted, and is silent in between") {
  MoveProgress progress;
  CHECK(progress.next(at(Phase::Locked)) == "the target is ready: 40 objects to move");
  CHECK(progress.next(at(Phase::Creating)) == "creating copies on the target");
  CHECK(progress.next(at(Phase::Creating, 3)) == std::nullopt);
  CHECK(progress.next(at(Phase::Creating, 5)) == "5 of 40 created");
  CHECK(progress.next(at(Phase::Creating, 7)) == std::nullopt);
  CHECK(progress.next(at(Phase::Creating, 40)) == "40 of 40 created");
  CHECK(progress.next(at(Phase::Deleting, 40)) == "deleting originals from the source");
  CHECK(progress.next(at(Phase::Deleting, 40, 4)) == "4 of 40 deleted");
}

TEST_CASE("a move that goes on half-way does not count again what was done before") {
  MoveProgress progress;
  CHECK(progress.next(at(Phase::Creating, 20)) == "creating copies on the target");
  CHECK(progress.next(at(Phase::Creating, 22)) == std::nullopt);
  CHECK(progress.next(at(Phase::Creating, 24)) == "24 of 40 created");
}

TEST_CASE("before the commit a stop names both ways on, after it only the one forward, and in an undo that of the undo") {
  const std::string before = where_it_stands(at(Phase::Creating), "slipway move --to b");
  CHECK(before.contains("move m1 stands at Creating: the source is complete and paused"));
  CHECK(before.contains("slipway move --to b --resume\n"));
  CHECK(before.contains("slipway move --to b --rollback\n"));
  const std::string after = where_it_stands(at(Phase::Deleting), "slipway move --to b");
  CHECK(after.contains("slipway move --to b --resume\n"));
  CHECK_FALSE(after.contains("--rollback"));
  const std::string undoing = where_it_stands(at(Phase::RollingBack), "slipway move --to b");
  CHECK(undoing.contains("slipway move --to b --rollback\n"));
  CHECK_FALSE(undoing.contains("--resume"));
  CHECK(where_it_stands(at(Phase::Planned), "slipway move --to b") == "move m1 stands at Planned: nothing was changed\n  again:         slipway move --to b\n");
}

TEST_CASE("the summary counts every reason to stay, the most frequent first") {
  pivot::Progress done = at(Phase::Completed, 40, 40);
  done.kept = 2;
  done.excluded = {{"being deleted", 1}, {"not linked with any Cluster", 7}};
  CHECK(move_summary(done) ==
        "move m1 is completed: 40 objects moved, 2 copied and kept on the source, 8 left\n"
        "  left: 7 not linked with any Cluster\n"
        "  left: 1 being deleted\n");
  const json::Value value = move_value(done);
  CHECK(value["phase"].as_string() == "Completed");
  CHECK(value["excluded"]["not linked with any Cluster"].as_int() == 7);
  CHECK(move_summary(at(Phase::RolledBack)).contains("undone: the source is as it was"));
  done.suspended = {"Kustomization flux-system/clusters"};
  CHECK(move_summary(done).ends_with("  suspended on the source, and stays so: Kustomization flux-system/clusters\n"));
  CHECK(move_value(done)["suspended"][0].as_string() == "Kustomization flux-system/clusters");
}

TEST_CASE("the summary of a move that is under way does not claim that its objects have moved") {
  const std::string text = move_summary(at(Phase::Creating, 10));
  CHECK(text.contains("at Creating"));
  CHECK_FALSE(text.contains("40 objects moved"));
}
