#include <catch2/catch_test_macros.hpp>

#include "pkg/runtime/manager.h"
#include "test/unit/kube/fake.h"

using namespace slipway;
using namespace slipway::runtime;
using namespace std::chrono_literals;

namespace {

struct Refused {
  test::Loop loop;
  test::FakeServer server{loop};
  std::shared_ptr<ClusterCache> cache = std::make_shared<ClusterCache>(server.client(), loop.executor(), "hub");
  std::unique_ptr<Manager> manager;
  std::optional<Status> ended;
  async::TaskGroup group{loop.executor()};
  int reconciles = 0;

  Refused() {
    server.answer = [](const net::Request&) {
      return test::status_response(403, "Forbidden",
                                   "secrets is forbidden: User \"slipway\" cannot list resource \"secrets\" in API group \"\" at the cluster scope");
    };
    ManagerOptions options;
    options.metrics_address = options.health_address = "0";
    manager = std::make_unique<Manager>(loop.executor(), loop.clock, std::move(options));
    Store& secrets = cache->informer(kube::res::kSecrets);
    manager->add(cache);
    auto controller = std::make_shared<Controller>("never-synced", loop.executor(), loop.clock, [this](const ObjectKey&) { return count(this); });
    controller->watch_self(secrets);
    controller->enqueue({"ns", "there-before"});
    manager->add(controller);
    group.spawn("manager", run(this));
    loop.pass(1s);
  }
  Refused(const Refused&) = delete;
  Refused& operator=(const Refused&) = delete;
  ~Refused() {
    manager->stop();
    loop.pass(1min);
    loop.run(group.stop());
  }
  static async::Awaitable<void> run(Refused* f) { f->ended = co_await f->manager->run(); }
  static async::Awaitable<Result<ReconcileOutcome>> count(Refused* f) {
    ++f->reconciles;
    co_return ReconcileOutcome{};
  }
  [[nodiscard]] net::Response get(std::string target) { return manager->health().respond(net::Request("GET", std::move(target))); }
};

}  // namespace

TEST_CASE_METHOD(
    Refused, "46 a cache that may not be read keeps us from being ready, is asked for again at leisure, and ends the manager with the kind and the reason") {
  loop.pass(30s);
  CHECK(get("/readyz").status == 500);
  CHECK(get("/readyz").body.contains("[-]informer-sync failed: reason withheld"));
  CHECK(get("/readyz/informer-sync").body.contains("cannot list resource \"secrets\""));
  CHECK(get("/healthz").status == 200);
  const auto after_half_a_minute = server.requests.size();
  loop.pass(60s);
  CHECK(server.requests.size() > after_half_a_minute);
  CHECK(server.requests.size() - after_half_a_minute <= 24);
  CHECK_FALSE(ended);
  loop.pass(60s);
  REQUIRE(ended);
  REQUIRE_FALSE(*ended);
  CHECK(ended->error().is(Disposition::Timeout));
  CHECK(ended->error().message().contains("secrets"));
  CHECK(ended->error().message().contains("403"));
  CHECK(reconciles == 0);
}

TEST_CASE_METHOD(Refused, "46 rights that come in time are enough: the cache fills, and reconciles begin") {
  loop.pass(30s);
  server.answer = [](const net::Request& r) {
    if (r.target.contains("watch=true")) return test::status_response(422, "Invalid", "sendInitialEvents is forbidden");
    return test::json_response(200, R"({"kind":"SecretList","apiVersion":"v1","metadata":{"resourceVersion":"5"},"items":[]})");
  };
  loop.pass(65s);  // the longest that a refused reflector waits is twice 30 s
  CHECK(get("/readyz").body == "ok");
  CHECK_FALSE(ended);
  CHECK(reconciles == 1);
}
