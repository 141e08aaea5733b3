#include "pkg/runtime/loop_lag.h"

#include <catch2/catch_test_macros.hpp>

#include "pkg/async/task_group.h"
#include "test/support/loop.h"

using namespace slipway;
using namespace slipway::runtime;
using namespace std::chrono_literals;

TEST_CASE("a loop that gets around is healthy; one that was blocked for longer than its lease allows is not, for a minute") {
  test::Loop loop;
  LoopLag lag(loop.clock, 5s);
  async::TaskGroup group(loop.executor());
  group.spawn("lag", LoopLag::run(&lag));
  loop.pass(10s);
  CHECK(lag.healthy());
  loop.clock.advance(4s);  // the loop does not run meanwhile
  loop.settle();
  CHECK(lag.healthy());
  CHECK(metrics::registry().expose().contains("slipway_loop_lag_seconds 3\n"));
  loop.clock.advance(8s);
  loop.settle();
  REQUIRE_FALSE(lag.healthy());
  CHECK(lag.healthy().error().message().contains("7000 ms"));
  loop.pass(59s);
  CHECK_FALSE(lag.healthy());
  loop.pass(3s);
  CHECK(lag.healthy());
  lag.refresh();
  CHECK(metrics::registry().expose().contains("slipway_loop_lag_max_seconds 7\n"));
  lag.refresh();
  CHECK(metrics::registry().expose().contains("slipway_loop_lag_max_seconds 0\n"));
  loop.run(group.stop());
}
