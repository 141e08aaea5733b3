#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "pkg/pivot/names.h"
#include "test/unit/pivot/two_sides.h"

namespace slipway {
namespace {

using namespace test;
using Catch::Matchers::ContainsSubstring;

}  // namespace

TEST_CASE_METHOD(QuietMove, "a refusal stops the move with the object's name and the server's sentence, and it goes on once that is cured") {
  TwoSides sides(reference_world());
  auto options = sides.options();
  options.rehearse = false;
  // The rehearsal of one of the kind comes first.
  sides.target_server.inject(answering("create", "kubeadmconfigs", 403, "Forbidden", 2, 0));
  const auto stopped = sides.run(options);
  CHECK_THAT(error_of(stopped), ContainsSubstring("creating KubeadmConfig tkg-system/tkg-mgmt-vc-"));
  CHECK_THAT(error_of(stopped), ContainsSubstring("403 Forbidden"));
  CHECK(stopped.error().is(Disposition::Forbidden));
  CHECK(sides.journal()->phase == pivot::Phase::Creating);
  sides.check_now();
  REQUIRE(sides.run(options).has_value());
  sides.check_moved();
}

TEST_CASE_METHOD(QuietMove, "busy servers, broken connections and lost answers delay a move and do no more") {
  TwoSides sides(reference_world());
  for (auto* server : {&sides.source_server, &sides.target_server}) {
    server->inject(answering("create", "secrets", 429, "TooManyRequests", 0, 4));
    server->inject(answering("patch", "clusters", 500, "InternalError", 1, 0));
    server->inject(breaking("create", "machines", FaultAction::Drop, 4));
    server->inject(breaking("patch", "machines", FaultAction::Drop, 2));
    server->inject(breaking("delete", "machines", FaultAction::Drop, 1));
    server->inject(breaking("update", "configmaps", FaultAction::Drop, 2));
    server->inject(breaking("create", "configmaps", FaultAction::Drop, 1));
    server->inject(breaking("create", "leases", FaultAction::Drop, 1));
    server->inject(breaking("list", "clusters", FaultAction::Reset, 2));
  }
  const auto done = sides.run();
  if (!done) FAIL(done.error().message());
  sides.check_moved();
}

TEST_CASE_METHOD(QuietMove, "a conflict is not taken for an object that is gone: the original is looked at again, and deleted") {
  TwoSides sides(reference_world());
  sides.source_server.inject(answering("patch", "clusters", 409, "Conflict", 2, 0));  // the first pauses
  const auto done = sides.run();
  if (!done) FAIL(done.error().message());
  sides.check_moved();
}

TEST_CASE_METHOD(QuietMove, "a server that stays broken ends the run by its time, and the next run goes on") {
  TwoSides sides(small_world());
  sides.target_server.inject(answering("create", "kubeadmconfigs", 503, "ServiceUnavailable", 0, 0));
  const auto before = sides.loop.clock.now();
  const auto failed = sides.run();
  CHECK_THAT(error_of(failed), ContainsSubstring("503 ServiceUnavailable"));
  CHECK(failed.error().is(Disposition::Transient));
  CHECK(sides.loop.clock.now() - before < std::chrono::minutes(3));
  sides.target_server.clear_faults();
  REQUIRE(sides.run().has_value());
  sides.check_moved();
}

TEST_CASE_METHOD(QuietMove, "a second mover waits its turn, and the same move in a second run takes over from the first") {
  TwoSides sides(small_world());
  static_cast<void>(sides.run_cut(20));
  SECTION("another move is refused while the first is not finished") {
    CHECK_THAT(error_of(sides.run(sides.options("m2"))), ContainsSubstring("move m1 is not finished (Creating): resume it or roll it back first"));
    CHECK(sides.run().has_value());
  }
  SECTION("the first run stops when the second has taken over") {
    const auto budget = std::make_shared<Budget>();
    after_first(sides, "target create machines",
                moving(cut_client(sides.source, "source", budget), cut_client(sides.target, "target", budget), sides.options()));
    const auto first = sides.run();
    CHECK_FALSE(first.has_value());
    sides.check_moved();
  }
}

TEST_CASE_METHOD(QuietMove, "the source may be gone by the time the target is finalized") {
  TwoSides whole(small_world());
  REQUIRE(whole.run().has_value());
  TwoSides sides(small_world());
  const std::size_t k = whole.budget->writes - 10;  // what follows: some patches, two journals of Completed, the lease
  static_cast<void>(sides.run_cut(k));
  REQUIRE(sides.journal()->phase == pivot::Phase::Finalizing);
  sides.source_server.inject(breaking("", "", FaultAction::Reset, 0));
  const auto done = sides.run();
  if (!done) FAIL(done.error().message());
  CHECK(done->phase == pivot::Phase::Completed);
  sides.source_server.clear_faults();
  sides.check_moved();
}

}  // namespace slipway
