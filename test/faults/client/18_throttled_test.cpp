// Scenario 18, of requests: a server that asks for patience, with a time and without.
#include <catch2/catch_test_macros.hpp>

#include "pkg/async/task_group.h"
#include "pkg/kube/detail/caller.h"
#include "test/faults/client/support.h"
#include "test/unit/kube/fake.h"

namespace slipway::test {
namespace {

using namespace std::chrono_literals;
using kube::GroupVersionResource;

// Answers the first `times` requests with `status`.
struct ThrottledWorld {
  Loop loop;
  FakeServer server{loop};
  std::shared_ptr<kube::Client> client = server.client();
  int status = 429;
  int times = 1;
  std::string retry_after = "3";
  std::vector<async::TimePoint> at;

  ThrottledWorld() {
    server.answer = [this](const net::Request& request) {
      at.push_back(loop.clock.now());
      if (static_cast<int>(at.size()) > times)
        return json_response(200, request.method == "GET" ? R"({"kind":"ConfigMapList","items":[]})" : R"({"kind":"ConfigMap","metadata":{"name":"a"}})");
      auto response = status_response(status, "", "later");
      if (!retry_after.empty()) response.headers.set("Retry-After", retry_after);
      return response;
    };
  }
  Status list() {
    auto listed = loop.run(client->list(kube::res::kConfigMaps, "x", {}));
    return listed ? Status() : fail(listed.error());
  }
  Status patch() {
    auto patched = loop.run(client->patch(kube::res::kConfigMaps, {"x", "a"}, kube::PatchType::Merge, json::Value(json::Object{{"data", "b"}}), {}));
    return patched ? Status() : fail(patched.error());
  }
  [[nodiscard]] async::Duration between(std::size_t i) const { return at.at(i + 1) - at.at(i); }
};

TEST_CASE("18 a list or a patch that gets 429 with Retry-After is sent again after that time, and up to a tenth more") {
  for (const bool write : {false, true})
    for (const int status : {429, 500, 503}) {
      CAPTURE(write, status);
      ThrottledWorld world;
      world.status = status;
      REQUIRE((write ? world.patch() : world.list()));
      REQUIRE(world.at.size() == 2);
      CHECK(world.between(0) >= 3s);
      CHECK(world.between(0) <= 3300ms);
      CHECK(world.server.requests.at(0).body == world.server.requests.at(1).body);
    }
}

TEST_CASE("18 a resourceVersion of the future is not asked for again: the caller asks something else") {
  ThrottledWorld world;
  world.status = 504;
  world.times = 100;
  const auto plain = world.server.answer;
  world.server.answer = [plain](const net::Request& request) {
    auto response = plain(request);
    response.body = R"({"kind":"Status","status":"Failure","reason":"Timeout","message":"Timeout: Too large resource version: 9, current: 3","code":504,)"
                    R"("details":{"causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}],"retryAfterSeconds":1}})";
    return response;
  };
  const Status listed = world.list();
  REQUIRE_FALSE(listed);
  CHECK(kube::is_resource_version_too_large(listed.error()));
  CHECK(world.at.size() == 1);
}

TEST_CASE("18 without Retry-After nothing is sent again, and the caller gets the error at once") {
  for (const bool write : {false, true})
    for (const int status : {429, 500, 503}) {
      CAPTURE(write, status);
      ThrottledWorld world;
      world.status = status;
      world.retry_after = "";
      const Status done = write ? world.patch() : world.list();
      REQUIRE_FALSE(done);
      CHECK(done.error().is(status == 429 ? Disposition::TooManyRequests : Disposition::Transient));
      CHECK(world.at.size() == 1);
    }
}

TEST_CASE("18 a request is sent again ten times at most, and not past its own time") {
  ThrottledWorld world;
  world.times = 1000;
  world.retry_after = "1";
  REQUIRE_FALSE(world.list());
  CHECK(world.at.size() == 11);
  world.at.clear();
  world.retry_after = "31";
  const Status done = world.list();
  REQUIRE_FALSE(done);
  CHECK(world.at.size() == 1);
  CHECK(done.error().status()->retry_after == 31s);
}

TEST_CASE("18 an error that another try cannot cure is not sent again, whatever Retry-After says") {
  for (const int status : {400, 403, 404, 409, 422}) {
    CAPTURE(status);
    ThrottledWorld world;
    world.status = status;
    CHECK_FALSE(world.patch());
    CHECK(world.at.size() == 1);
  }
}

async::Awaitable<void> patch_into(std::shared_ptr<kube::Client> client, async::Clock* clock, std::string name, std::vector<async::TimePoint>* done) {
  kube::PatchOptions options;
  auto patched =
      co_await client->patch(kube::res::kConfigMaps, {"x", std::move(name)}, kube::PatchType::Merge, json::Value(json::Object{}), std::move(options));
  if (patched) done->push_back(clock->now());
}

TEST_CASE("18 after a 429 with a time all writes to that cluster wait, and reads do not") {
  ThrottledWorld world;
  world.retry_after = "5";
  const auto begun = world.loop.clock.now();
  std::vector<async::TimePoint> done;
  async::TaskGroup group(world.loop.executor());
  group.spawn("first", patch_into(world.client, &world.loop.clock, "a", &done));
  world.loop.settle();
  for (int i = 0; i < 10; ++i) group.spawn("later", patch_into(world.client, &world.loop.clock, "b" + std::to_string(i), &done));
  world.loop.settle();
  CHECK(world.at.size() == 1);
  CHECK(world.list());  // at once
  CHECK(world.at.size() == 2);
  world.loop.run(group.join());
  CHECK(done.size() == 11);
  for (const auto at : done) CHECK(at - begun >= 5s);
}

TEST_CASE("18 a watch that gets 429 is not sent again by the client: its reader knows better when") {
  ThrottledWorld world;
  auto stream = world.loop.run(world.client->watch(kube::res::kConfigMaps, "x", {}));
  REQUIRE_FALSE(stream);
  CHECK(stream.error().is(Disposition::TooManyRequests));
  CHECK(stream.error().status()->retry_after == 3s);
  CHECK(world.at.size() == 1);
}

}  // namespace
}  // namespace slipway::test
