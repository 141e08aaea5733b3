// Scenarios 49 and 50: clusters that come and go by the thousand, and one of a hundred that swallows every packet.
#include <filesystem>

#include <catch2/catch_test_macros.hpp>

#include "pkg/async/task_group.h"
#include "pkg/kube/detail/breaker.h"
#include "pkg/metrics/metrics.h"
#include "test/faults/client/support.h"
#include "test/unit/kube/fake.h"
#include "test/unit/net/socket_world.h"

namespace slipway::test {
namespace {

using namespace std::chrono_literals;

std::ptrdiff_t open_descriptors() { return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator()); }

TEST_CASE("49 ten thousand clients that come and go leave no series behind") {
  Loop loop;
  FakeServer server(loop);
  server.answer = [](const net::Request&) { return json_response(200, R"({"kind":"ConfigMap","metadata":{"name":"a"}})"); };
  const std::size_t before = metrics::registry().expose().size();
  for (int i = 0; i < 10'000; ++i) {
    const auto client = kube::make_client(server.transport(), loop.clock, "https://cluster-" + std::to_string(i) + ":6443");
    REQUIRE(loop.run(client->get(kube::res::kConfigMaps, {"x", "a"})));
    server.requests.clear();
  }
  CHECK(loop.clock.sleepers() == 0);
  const std::string after = metrics::registry().expose();
  CHECK_FALSE(has(after, "cluster-"));
  CHECK(after.size() < before + 10'000);
}

TEST_CASE("49 clients with connections and streams give their descriptors back") {
  net::SocketWorld world;
  world.listen();
  kube::ClusterConfig config;
  config.server = world.url();
  const auto before = open_descriptors();
  for (int i = 0; i < 300; ++i) {
    const auto client = kube::connect(world.loop.executor(), world.clock, config);
    REQUIRE(client);
    REQUIRE(world.loop.run_real((*client)->raw("GET", "/version", "")));
    (*client)->close();
  }
  const auto transport = world.transport();
  for (int i = 0; i < 300; ++i) REQUIRE(world.open(*transport, "/stream"));  // dropped at once
  REQUIRE(world.eventually([&] { return world.server->connections() == 0; }));
  CHECK(open_descriptors() == before);
}

// A cluster that takes everything and says nothing, until it is told to.
class BlackHole final : public net::Transport {
 public:
  BlackHole(async::Clock& clock, std::shared_ptr<net::Transport> behind) : clock_(&clock), behind_(std::move(behind)) {}
  async::Awaitable<Result<net::Response>> send(net::Request request, async::Deadline deadline) override {
    ++asked;
    return answers ? behind_->send(std::move(request), deadline) : swallow(clock_, deadline);
  }
  async::Awaitable<Result<net::Response>> open(net::Request request, async::Deadline deadline) override { return send(std::move(request), deadline); }
  int asked = 0;
  bool answers = false;

 private:
  static async::Awaitable<Result<net::Response>> swallow(async::Clock* clock, async::Deadline deadline) {
    co_await clock->sleep_until(deadline.at);
    co_return fail(Disposition::Timeout, "no answer in time");
  }
  async::Clock* clock_;
  std::shared_ptr<net::Transport> behind_;
};

// One worker that visits all clusters in turn: what it waits for at one, the others wait too.
struct Fleet {
  Loop loop;
  FakeServer server{loop};
  std::shared_ptr<BlackHole> hole = std::make_shared<BlackHole>(loop.clock, server.transport());
  std::vector<std::shared_ptr<kube::Client>> clients;
  std::vector<int> answers = std::vector<int>(100);

  explicit Fleet(bool breaker) {
    server.answer = [this](const net::Request&) {
      server.requests.clear();
      return json_response(200, R"({"kind":"ConfigMap","metadata":{"name":"a"}})");
    };
    kube::ClientOptions options;
    options.breaker = breaker;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const bool silent = i == 42;
      std::shared_ptr<net::Transport> transport = silent ? std::static_pointer_cast<net::Transport>(hole) : server.transport();
      clients.push_back(kube::make_client(std::move(transport), loop.clock, "https://cluster-" + std::to_string(i), options));
    }
  }
  static async::Awaitable<void> visit_all(Fleet* fleet, async::TimePoint until) {
    while (fleet->loop.clock.now() < until) {
      for (std::size_t i = 0; i < fleet->clients.size(); ++i) {
        auto got = co_await fleet->clients[i]->get(kube::res::kConfigMaps, {"x", "a"});
        if (got) ++fleet->answers[i];
      }
      co_await fleet->loop.clock.sleep_until(fleet->loop.clock.now() + 1s);
    }
  }
  void run(async::Duration d) { loop.run(visit_all(this, loop.clock.now() + d)); }
};

TEST_CASE("50 one of a hundred clusters is black-holed: the others are served as before, and it is found again when it is back") {
  Fleet without(false);
  without.run(20min);
  CHECK(without.answers[0] < 45);  // half a minute lost on every round

  Fleet fleet(true);
  fleet.run(20min);
  CHECK(fleet.answers[42] == 0);
  CHECK(fleet.answers[0] > 950);  // of 1200 rounds: a minute and a half to notice, then five seconds a minute to ask whether it is back
  CHECK(fleet.hole->asked < 30);
  fleet.hole->answers = true;
  const int others = fleet.answers[0];
  fleet.run(2min);
  CHECK(fleet.answers[42] > 50);
  CHECK(fleet.answers[0] - others > 110);
}

TEST_CASE("50 the breaker opens on silence only, doubles its patience to a minute, and lets one through at a time") {
  kube::detail::Breaker breaker;
  auto now = async::TimePoint() + 1h;
  for (int i = 0; i < 10; ++i) {
    CHECK_FALSE(breaker.refuse(now));
    breaker.abandoned();  // refused connections
  }
  for (int i = 0; i < 3; ++i) {
    CHECK_FALSE(breaker.refuse(now));
    breaker.silent(now);
  }
  for (const auto pause : {5s, 10s, 20s, 40s, 60s, 60s}) {
    CHECK(breaker.refuse(now) == pause);
    now += pause;
    CHECK_FALSE(breaker.refuse(now));
    CHECK(breaker.refuse(now));  // one is under way
    breaker.silent(now);
  }
  now += 60s;
  CHECK_FALSE(breaker.refuse(now));
  breaker.answered();
  CHECK_FALSE(breaker.open());
  CHECK_FALSE(breaker.refuse(now));
}

}  // namespace
}  // namespace slipway::test
