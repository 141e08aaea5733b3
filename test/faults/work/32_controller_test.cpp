// Scenarios 32, 33, 35, 36, 38 and 39: what a controller does with what its reconciles come to.
#include "test/faults/work/support.h"
#include "test/unit/kube/fake.h"

using namespace slipway;
using namespace slipway::runtime;
using namespace std::chrono_literals;
using kube::ObjectKey;
using test::Work;

TEST_CASE_METHOD(Work, "32 a storm of errors on one key backs off from 5 ms to 1000 s, success starts over, and other keys do not notice") {
  for (int i = 0; i < 25; ++i) answers.push_back(fail(Disposition::Transient, "down"));
  start();
  enqueue("bad");
  for (int i = 0; i < 25; ++i) loop.pass(1000s);
  REQUIRE(runs.size() == 26);
  CHECK(times[1] - times[0] == 5ms);
  CHECK(times[2] - times[1] == 10ms);
  CHECK(times[11] - times[10] == 5120ms);
  CHECK(times[19] - times[18] == 1000s);
  CHECK(times[25] - times[24] == 1000s);
  CHECK(controller->queue().failures({"ns", "bad"}) == 0);
  answers.push_back(fail(Disposition::Transient, "down"));
  enqueue("bad");
  enqueue("good");
  loop.settle();
  CHECK(runs.back() == "good");
  loop.pass(5ms);
  CHECK(runs.back() == "bad");
  CHECK(test::exposed(series("controller_runtime_reconcile_errors_total") + " 26"));
}

TEST_CASE_METHOD(Work, "33 an event one second into a wait of ten minutes runs then, and the wait is over unless it is asked for again") {
  answers.push_back(ReconcileOutcome{.requeue_after = 10min});
  start();
  enqueue("a");
  loop.pass(1s);
  enqueue("a");
  loop.pass(1h);
  REQUIRE(runs.size() == 2);
  CHECK(times[1] - times[0] == 1s);
  answers.push_back(ReconcileOutcome{.requeue_after = 10min});
  enqueue("a");
  loop.pass(1h);
  REQUIRE(runs.size() == 4);
  CHECK(times[3] - times[2] == 10min);
}

TEST_CASE_METHOD(Work, "35 a reconciler that throws is counted, tried again, and holds no worker") {
  int left = 1;
  body = [&](const ObjectKey&) -> async::Awaitable<Status> {
    if (left-- > 0) throw std::runtime_error("boom");
    return test::nothing();
  };
  start();
  enqueue("a");
  loop.pass(1s);
  CHECK(runs.size() == 2);
  CHECK(test::exposed(series("controller_runtime_reconcile_panics_total") + " 1"));
  CHECK(test::exposed(series("controller_runtime_active_workers") + " 0"));
}

namespace {

async::Awaitable<Status> sleep(async::Clock& clock, async::Duration d) {
  co_await clock.sleep_until(clock.now() + d);
  const bool cancelled = co_await async::is_cancelled();
  if (cancelled) co_return fail(Disposition::Canceled, "stopped");
  co_return Status();
}

async::Awaitable<void> until(async::Clock& clock, async::Event& event) {
  const Status woken = co_await event.wait(clock);
  static_cast<void>(woken);
}

// Deaf to cancellation.
async::Awaitable<Status> stuck(async::TaskGroup& group) {
  co_await group.join();
  co_return Status();
}

}  // namespace

TEST_CASE_METHOD(Work, "35 a reconcile that takes longer than its limit is cancelled, counted and tried again") {
  make({.reconcile_timeout = 30s});
  async::Duration takes = 1h;
  body = [&](const ObjectKey&) { return sleep(loop.clock, takes); };
  start();
  enqueue("a");
  loop.pass(29s);
  CHECK(test::exposed(series("controller_runtime_active_workers") + " 1"));
  takes = 1s;
  loop.pass(1s);
  CHECK(test::exposed(series("controller_runtime_active_workers") + " 0"));
  CHECK(test::exposed(series("controller_runtime_reconcile_timeouts_total") + " 1"));
  loop.pass(5s);
  CHECK(runs.size() == 2);
  CHECK(test::exposed(total("success") + " 1"));
  CHECK(controller->queue().idle());
}

TEST_CASE_METHOD(Work, "35 a reconcile that never returns shows as the longest running, and the other workers go on") {
  make({.max_concurrent = 2, .reconcile_timeout = 30s});
  async::Event release(loop.executor());
  async::TaskGroup held(loop.executor());
  held.spawn("held", until(loop.clock, release));
  body = [&](const ObjectKey& key) { return key.name == "deaf" ? stuck(held) : sleep(loop.clock, 1s); };
  start();
  enqueue("deaf");
  enqueue("a");
  loop.pass(10min);
  enqueue("b");
  loop.pass(10min);
  CHECK(runs == std::vector<std::string>{"deaf", "a", "b"});
  controller->queue().refresh_metrics();
  const std::string labels = "{controller=\"" + name + "\",name=\"" + name + "\"}";
  CHECK(test::exposed("workqueue_longest_running_processor_seconds" + labels + " 1200"));
  CHECK(test::exposed("workqueue_unfinished_work_seconds" + labels + " 1200"));
  CHECK(test::exposed(series("controller_runtime_active_workers") + " 1"));
  release.set();
  loop.settle();
  CHECK(test::exposed(total("success") + " 3"));  // what came to its end counts as it is
  CHECK(test::exposed(series("controller_runtime_active_workers") + " 0"));
}

namespace {

async::Awaitable<Status> write(std::shared_ptr<kube::Client> client) {
  auto answer = co_await client->update(kube::res::kConfigMaps, kube::make_object("v1", "ConfigMap", {"ns", "a"}), {});
  if (!answer) co_return fail(std::move(answer).error());
  co_return Status();
}

// What careful reconcilers do: look, and only then make; the name follows from the owner's.
async::Awaitable<Status> ensure_child(std::shared_ptr<kube::Client> client, ObjectKey child) {
  auto there = co_await client->get(kube::res::kConfigMaps, child);
  if (there) co_return Status();
  if (!there.error().is(Disposition::NotFound)) co_return fail(std::move(there).error());
  auto made = co_await client->create(kube::res::kConfigMaps, kube::make_object("v1", "ConfigMap", child), {});
  if (!made) co_return fail(std::move(made).error());
  co_return Status();
}

}  // namespace

TEST_CASE_METHOD(Work, "36 a conflict on every update for a minute is met with ever fewer tries, and progress comes after it") {
  test::FakeServer server(loop);
  bool contended = true;
  server.answer = [&](const net::Request& r) {
    if (contended) return test::status_response(409, "Conflict", "the object has been modified");
    return test::json_response(200, r.body);
  };
  body = [&](const ObjectKey&) { return write(server.client()); };
  start();
  enqueue("a");
  loop.pass(1min);
  CHECK(server.requests.size() >= 10);
  CHECK(server.requests.size() <= 15);  // 5 ms doubling reaches a minute at the 14th
  contended = false;
  loop.pass(1min);
  CHECK(test::exposed(total("success") + " 1"));
  CHECK(controller->queue().idle());
}

TEST_CASE_METHOD(Work, "38 a write whose answer was lost is not sent again blindly: the next reconcile looks first") {
  test::FakeServer server(loop);
  std::optional<std::string> stored;
  int posts = 0;
  server.answer = [&](const net::Request& r) {
    if (r.method == "GET") return stored ? test::json_response(200, *stored) : test::status_response(404, "NotFound", "none");
    ++posts;
    stored = r.body;
    return net::Response(0, "", "");  // carried out; the connection breaks before the answer
  };
  body = [&](ObjectKey key) {
    key.name += "-child";
    return ensure_child(server.client(), key);
  };
  start();
  enqueue("a");
  loop.pass(1min);
  CHECK(posts == 1);
  CHECK(runs.size() == 2);
  CHECK(test::exposed(total("success") + " 1"));
}

TEST_CASE("39 what the server refuses is tried again where time may cure it, and waits for a change where only the user can") {
  struct Row {
    const char* what;
    Disposition disposition;
    bool again;
  };
  for (const auto& row : std::vector<Row>{
           {"create: AlreadyExists, while the cache lags", Disposition::AlreadyExists, true},
           {"patch: 404, it went away meanwhile", Disposition::NotFound, true},
           {"403: the right may be granted, and no event tells", Disposition::Forbidden, true},
           {"401: the token is read again", Disposition::Unauthorized, true},
           {"410", Disposition::Gone, true},
           {"429", Disposition::TooManyRequests, true},
           {"422: the spec is wrong", Disposition::Invalid, false},
           {"405: the server cannot do that", Disposition::Unsupported, false},
           {"terminal", Disposition::Terminal, false},
       }) {
    INFO(row.what);
    Work work;
    work.answers.push_back(fail(row.disposition, "refused"));
    work.start();
    work.enqueue("a");
    work.loop.pass(1h);
    CHECK(work.runs.size() == (row.again ? 2 : 1));
    CHECK(test::exposed(work.series("controller_runtime_terminal_reconcile_errors_total") + (row.again ? " 0" : " 1")));
    CHECK(work.controller->queue().idle());
    work.enqueue("a");
    work.loop.settle();
    CHECK(work.runs.size() == (row.again ? 3 : 2));
  }
}

TEST_CASE("39 a deletion of what is gone, and a creation of what is there, are told apart from failures by their errors") {
  test::Loop loop;
  test::FakeServer server(loop);
  server.answer = [](const net::Request& r) {
    if (r.method == "DELETE" || r.method == "PATCH") return test::status_response(404, "NotFound", "not found");
    return test::status_response(409, "AlreadyExists", "already exists");
  };
  const auto client = server.client();
  const auto deleted = loop.run(client->remove(kube::res::kConfigMaps, {"ns", "a"}, {}));
  CHECK(deleted.error().is(Disposition::NotFound));
  const auto patched = loop.run(client->patch(kube::res::kConfigMaps, {"ns", "a"}, kube::PatchType::Merge, json::Object{}, {}));
  CHECK(patched.error().is(Disposition::NotFound));
  const auto created = loop.run(client->create(kube::res::kConfigMaps, kube::make_object("v1", "ConfigMap", {"ns", "a"}), {}));
  CHECK(created.error().is(Disposition::AlreadyExists));
}
