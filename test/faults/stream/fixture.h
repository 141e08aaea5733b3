// A reflector, its store and its server, under virtual time, with the oracle watching.
#pragma once

#include <catch2/catch_test_macros.hpp>

#include "pkg/metrics/metrics.h"
#include "pkg/runtime/reflector.h"
#include "test/support/model_server.h"
#include "test/support/oracle.h"

namespace slipway::test {

using Lines = std::vector<std::string>;

struct StreamFixture {
  Loop loop;
  ModelServer server{loop};
  runtime::Store store;
  Oracle oracle{store};
  std::unique_ptr<runtime::Reflector> reflector;
  async::TaskGroup group{loop.executor()};
  std::uint64_t seed = 1;  // of the reflector's pauses

  StreamFixture() = default;
  StreamFixture(const StreamFixture&) = delete;
  StreamFixture& operator=(const StreamFixture&) = delete;
  ~StreamFixture() { loop.run(group.stop()); }

  void start(std::shared_ptr<kube::Client> client = {}) {
    runtime::ReflectorOptions o;
    o.cluster = "test";
    o.gvr = kube::res::kConfigMaps;
    o.seed = seed;
    reflector = std::make_unique<runtime::Reflector>(client ? client : server.client(), loop.executor(), store, std::move(o));
    group.spawn("reflector", reflector->run());
    loop.settle();
  }
  // Started, in sync, with nothing to tell of it.
  void start_with(std::initializer_list<const char*> names) {
    for (const auto* name : names) server.put(name);
    start();
    REQUIRE(store.synced());
    server.take_log();
    oracle.take_story();
  }
  // Longer than any first backoff or spread of reconnects.
  void back_off() { loop.pass(std::chrono::milliseconds(2000)); }
  void check_equal() {
    CHECK(oracle.broken() == Lines());
    CHECK(oracle.missing(server.objects) == Lines());
  }
  [[nodiscard]] static bool exposed(std::string_view text) { return metrics::registry().expose().contains(text); }
};

}  // namespace slipway::test
