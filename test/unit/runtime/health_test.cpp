#include "pkg/runtime/health.h"

#include <algorithm>

#include <catch2/catch_test_macros.hpp>

#include "test/support/loop.h"

using namespace slipway;
using namespace slipway::runtime;

namespace {

struct Fixture {
  std::shared_ptr<Health> health = std::make_shared<Health>();
  bool synced = true;
  Fixture() {
    health->add_ready("informer-sync", [this]() -> Status {
      if (synced) return {};
      return fail(Disposition::Transient, "waiting for clusters");
    });
  }
  [[nodiscard]] net::Response get(std::string target, std::string method = "GET") const {
    return health->respond(net::Request(std::move(method), std::move(target)));
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "well is ok, in one word or in lines") {
  CHECK(get("/healthz").body == "ok");
  CHECK(get("/readyz").status == 200);
  CHECK(get("/readyz?verbose").body == "[+]ping ok\n[+]informer-sync ok\nreadyz check passed\n");
  CHECK(get("/livez?verbose").body == "[+]ping ok\nlivez check passed\n");
  CHECK(health->ready());
}

TEST_CASE_METHOD(Fixture, "unwell is 500 with the check's name, and the reason on its own path only") {
  synced = false;
  const auto all = get("/readyz");
  CHECK(all.status == 500);
  CHECK(all.body == "[+]ping ok\n[-]informer-sync failed: reason withheld\nreadyz check failed\n");
  CHECK(get("/readyz/informer-sync").body == "internal server error: waiting for clusters\n");
  CHECK(get("/readyz/informer-sync").status == 500);
  CHECK(get("/readyz/ping").body == "ok");
  CHECK(get("/healthz").status == 200);
  CHECK_FALSE(health->ready());
}

TEST_CASE_METHOD(Fixture, "checks can be excluded, and a name that is none is said") {
  synced = false;
  CHECK(get("/readyz?exclude=informer-sync").status == 200);
  CHECK(get("/readyz?verbose&exclude=informer-sync").body == "[+]ping ok\n[+]informer-sync excluded: ok\nreadyz check passed\n");
  CHECK(get("/healthz?verbose&exclude=x").body == "[+]ping ok\nwarn: some health checks cannot be excluded: no matches for \"x\"\nhealthz check passed\n");
  CHECK(get("/healthz?verbose&exclude=y&exclude=x&exclude=x").body ==
        "[+]ping ok\nwarn: some health checks cannot be excluded: no matches for \"x\",\"y\"\nhealthz check passed\n");
  CHECK(get("/readyz/informer-sync?exclude=informer-sync").status == 500);
}

TEST_CASE_METHOD(Fixture, "what a caller asks to exclude comes back short and in one line") {
  const auto answer = get("/healthz?verbose&exclude=" + std::string(5000, 'x') + "%0A%1b[2J");
  CHECK(answer.status == 200);
  CHECK(answer.body.size() < 400);
  CHECK(std::ranges::count(answer.body, '\n') == 3);
  CHECK(answer.body.find('\x1b') == std::string::npos);
}

TEST_CASE_METHOD(Fixture, "what is not ours is not found") {
  CHECK(get("/").status == 404);
  CHECK(get("/readyz/nope").status == 404);
  CHECK(get("/readyzz").status == 404);
  CHECK(get("/healthz", "POST").status == 405);
  CHECK(get("/%zz").status == 400);
}

TEST_CASE_METHOD(Fixture, "metrics are refreshed and then written") {
  int refreshed = 0;
  health->before_scrape([&] { ++refreshed; });
  test::Loop loop;
  const auto handler = Health::handler(health);
  const auto response = loop.run(handler(net::Request("GET", "/metrics")));
  CHECK(refreshed == 1);
  CHECK(response.headers.get("content-type").starts_with("text/plain; version=0.0.4"));
  CHECK(response.body.contains("process_cpu_seconds_total"));
}
