#include "cmd/slipway/move_id.h"

#include <catch2/catch_test_macros.hpp>

#include "pkg/kubesim/server.h"
#include "pkg/pivot/journal.h"
#include "test/support/loop.h"

using namespace slipway;
using namespace slipway::cmd;
using pivot::Phase;

namespace {

constexpr std::string_view kPrefix = "team-a-0123456789abcdef-";

struct TwoClusters {
  test::Loop loop;
  kubesim::ApiServer source_server{loop.executor(), loop.clock};
  kubesim::ApiServer target_server{loop.executor(), loop.clock};
  std::shared_ptr<kube::Client> source = source_server.local_client();
  std::shared_ptr<kube::Client> target = target_server.local_client();

  ~TwoClusters() {
    loop.run(source_server.stop());
    loop.run(target_server.stop());
  }
  void begin(const std::string& id, Phase phase) {
    pivot::Journal journal;
    journal.id = id;
    journal.phase = phase;
    for (const auto& client : {source, target}) {
      auto object = pivot::encode(journal, "default");
      REQUIRE(object);
      auto created = loop.run(client->create(kube::res::kConfigMaps, std::move(*object), {}));
      INFO((created ? "" : created.error().message()));
      REQUIRE(created);
    }
  }
  MoveChoice choose(std::string id = {}) {
    pivot::Options options;
    options.id = std::move(id);
    options.journal_namespace = "default";
    auto choice = loop.run(choose_move(source, target, options, std::string(kPrefix)));
    INFO((choice ? "" : choice.error().message()));
    REQUIRE(choice);
    return std::move(*choice);
  }
};

}  // namespace

TEST_CASE("a move's id says what moves, and differs by either cluster and by the set") {
  pivot::Options options;
  options.ns = "team-a";
  const std::string id = move_id_prefix("uid-1", "uid-2", options);
  CHECK(id.starts_with("team-a-"));
  CHECK(id == move_id_prefix("uid-1", "uid-2", options));
  CHECK(id != move_id_prefix("uid-2", "uid-1", options));
  CHECK(id != move_id_prefix("uid-1", "uid-3", options));
  options.clusters = {{"", "one"}};
  const std::string one = move_id_prefix("uid-1", "uid-2", options);
  CHECK(one != id);
  options.clusters = {{"team-a", "one"}};
  CHECK(move_id_prefix("uid-1", "uid-2", options) == one);
  options.target_namespace = "team-b";
  CHECK(move_id_prefix("uid-1", "uid-2", options) != one);
  options = {};
  CHECK(move_id_prefix("uid-1", "uid-2", options).starts_with("all-"));
}

TEST_CASE("where nothing was begun, a move is the first") {
  TwoClusters clusters;
  const MoveChoice choice = clusters.choose();
  CHECK(choice.id == std::string(kPrefix) + "1");
  CHECK_FALSE(choice.journal);
  CHECK_FALSE(choice.previous);
}

TEST_CASE("a move that is not over is gone on with") {
  TwoClusters clusters;
  clusters.begin(std::string(kPrefix) + "1", Phase::Completed);
  clusters.begin(std::string(kPrefix) + "2", Phase::Creating);
  const MoveChoice choice = clusters.choose();
  CHECK(choice.id == std::string(kPrefix) + "2");
  REQUIRE(choice.journal);
  CHECK(choice.journal->phase == Phase::Creating);
}

TEST_CASE("after one that is over comes the next number, by number and not by letters") {
  TwoClusters clusters;
  clusters.begin(std::string(kPrefix) + "9", Phase::Completed);
  clusters.begin(std::string(kPrefix) + "10", Phase::RolledBack);
  clusters.begin("team-b-0123456789abcdef-77", Phase::Completed);
  clusters.begin(std::string(kPrefix) + "x", Phase::Creating);
  const MoveChoice choice = clusters.choose();
  CHECK(choice.id == std::string(kPrefix) + "11");
  CHECK_FALSE(choice.journal);
  REQUIRE(choice.previous);
  CHECK(choice.previous->phase == Phase::RolledBack);
}

TEST_CASE("a move that is named is that one, over or not") {
  TwoClusters clusters;
  clusters.begin("mine", Phase::Completed);
  const MoveChoice choice = clusters.choose("mine");
  CHECK(choice.id == "mine");
  REQUIRE(choice.journal);
  CHECK(choice.journal->phase == Phase::Completed);
  CHECK_FALSE(clusters.choose("another").journal);
}
