#include "pkg/runtime/leader_election.h"

#include <catch2/catch_test_macros.hpp>

#include "pkg/async/task_group.h"
#include "pkg/base/time.h"
#include "test/unit/kube/fake.h"

using namespace slipway;
using namespace slipway::runtime;
using namespace std::chrono_literals;
using Do = LeaseAction::Kind;
using K = LeaseEvent::Kind;

namespace {

const LeaderElectionOptions kOptions{.name = "slipway", .ns = "slipway-system", .identity = "me"};
const async::TimePoint kStart{1h};
LeaseNow at(async::Duration d) { return {.mono = kStart + d, .wall = parse_rfc3339("2026-01-01T00:00:00Z").value(), .jitter = 0}; }
LeaseRecord held_by(std::string holder, std::string renewed = "r") {
  return {.holder = std::move(holder), .duration_seconds = 15, .acquired = "a", .renewed = std::move(renewed), .transitions = 3};
}
LeaseEvent found(LeaseRecord record) { return {.kind = K::Found, .record = std::move(record), .begun = {}}; }
LeaseEvent plain(K kind) { return {.kind = kind, .record = {}, .begun = {}}; }
LeaseEvent written(async::Duration begun) { return {.kind = K::Written, .record = held_by("me"), .begun = kStart + begun}; }
LeaseModel leader() { return step(kOptions, {}, written(0s), at(0s)).model; }

// A server with one Lease and optimistic locking.
struct LeaseServer {
  test::Loop& loop;
  test::FakeServer server{loop};
  std::optional<kube::Object> lease;
  int rv = 0;
  bool down = false;
  int writes = 0;
  explicit LeaseServer(test::Loop& l) : loop(l) {
    server.answer = [this](const net::Request& r) { return answer(r); };
  }
  net::Response answer(const net::Request& r) {
    if (down) return test::status_response(503, "ServiceUnavailable", "down");
    if (r.method == "GET") return lease ? test::json_response(200, json::dump(*lease)) : test::status_response(404, "NotFound", "none");
    auto body = json::parse(r.body).value();
    if (r.method == "POST" && lease) return test::status_response(409, "AlreadyExists", "exists");
    if (r.method == "PUT") {
      if (!lease) return test::status_response(404, "NotFound", "none");
      if (kube::resource_version_of(body) != kube::resource_version_of(*lease)) return test::status_response(409, "Conflict", "modified");
    }
    ++writes;
    body.ref("metadata").set("resourceVersion", std::to_string(++rv));
    lease = body;
    return test::json_response(200, json::dump(body));
  }
  [[nodiscard]] LeaseRecord record() const { return lease_record(*lease); }
};

struct Candidate {
  LeaderElector elector;
  bool led = false;
  std::optional<Status> end;
  Candidate(LeaseServer& s, std::string identity)
      : elector(s.server.client(), s.loop.io.get_executor(), {.name = "slipway", .ns = "slipway-system", .identity = std::move(identity)}) {}
};
async::Awaitable<void> campaign(Candidate& c) {
  Status won = co_await c.elector.acquire();
  if (!won) {
    c.end = won;
    co_return;
  }
  c.led = true;
  c.end = co_await c.elector.hold();
}

struct Fixture {
  test::Loop loop;
  LeaseServer server{loop};
  Candidate a{server, "a"};
  Candidate b{server, "b"};
  async::TaskGroup group_a{loop.io.get_executor()};
  async::TaskGroup group_b{loop.io.get_executor()};
  ~Fixture() {
    loop.run(group_a.stop());
    loop.run(group_b.stop());
  }
  void settle() {
    do loop.io.restart();
    while (loop.io.poll() > 0);
  }
  void pass(async::Duration d) {
    for (auto step_size = 100ms; d > 0s; d -= step_size) {
      settle();
      loop.clock.advance(step_size);
    }
    settle();
  }
};

}  // namespace

TEST_CASE("the lease's transitions, as a table") {
  struct Row {
    const char* rule;
    LeaseModel before;
    LeaseEvent event;
    async::Duration when;
    Do action;
  };
  LeaseModel watching = step(kOptions, {}, found(held_by("other")), at(0s)).model;
  for (const auto& row : std::vector<Row>{
           {"a candidate looks first", {}, plain(K::Due), 0s, Do::Read},
           {"no lease: make it", {}, plain(K::Absent), 0s, Do::Create},
           {"a free lease is taken", {}, found(held_by("")), 0s, Do::Update},
           {"our own lease, from before a restart, is renewed", {}, found(held_by("me")), 0s, Do::Update},
           {"a lease seen for the first time is respected, however old it says it is", {}, found(held_by("other")), 0s, Do::Rest},
           {"unchanged for its duration: not yet", watching, found(held_by("other")), 15s, Do::Rest},
           {"unchanged for longer: taken", watching, found(held_by("other")), 15s + 1ms, Do::Update},
           {"changed meanwhile: respected", watching, found(held_by("other", "r2")), 20s, Do::Rest},
           {"a candidate's failure is no loss", watching, plain(K::Failed), 60s, Do::Rest},
           {"a leader renews what it wrote", leader(), plain(K::Due), 2s, Do::Update},
           {"a leader survives failures", leader(), plain(K::Failed), 11999ms, Do::Rest},
           {"until a retry period and the renew deadline have passed", leader(), plain(K::Failed), 12s, Do::Lost},
           {"which counts before a request too", leader(), plain(K::Due), 12s, Do::Lost},
           {"another holder is the end at once", leader(), found(held_by("other")), 1s, Do::Lost},
           {"a cleared holder too: somebody released it for us", leader(), found(held_by("")), 1s, Do::Lost},
           {"a deleted lease is made again", leader(), plain(K::Absent), 1s, Do::Create},
           {"a write that took too long has not kept the lease", leader(), written(1s), 13s, Do::Lost},
       }) {
    INFO(row.rule);
    CHECK(step(kOptions, row.before, row.event, at(row.when)).action.kind == row.action);
  }
}

TEST_CASE("a takeover counts a transition, a renewal does not") {
  const auto watching = step(kOptions, {}, found(held_by("other")), at(0s)).model;
  const auto taken = step(kOptions, watching, found(held_by("other")), at(16s)).action.record;
  CHECK(taken.holder == "me");
  CHECK(taken.transitions == 4);
  CHECK(taken.acquired == "2026-01-01T00:00:00.000000Z");
  const auto renewed = step(kOptions, leader(), plain(K::Due), at(2s)).action.record;
  CHECK(renewed.transitions == 3);
  CHECK(renewed.acquired == "a");
  CHECK(renewed.renewed == "2026-01-01T00:00:00.000000Z");
}

TEST_CASE("timings that cannot work are refused") {
  CHECK(validate(kOptions));
  auto o = kOptions;
  o.lease_duration = 10s;
  CHECK_FALSE(validate(o));
  o = kOptions;
  o.renew_deadline = 2s;
  CHECK_FALSE(validate(o));
  o = kOptions;
  o.name.clear();
  CHECK_FALSE(validate(o));
}

TEST_CASE_METHOD(Fixture, "one of two leads; the other follows when the first releases") {
  group_a.spawn("a", campaign(a));
  pass(1s);
  group_b.spawn("b", campaign(b));
  pass(1min);
  CHECK(a.elector.leading());
  CHECK_FALSE(b.led);
  CHECK(server.writes > 25);
  loop.run(group_a.stop());
  REQUIRE(loop.run(a.elector.release()));
  CHECK(server.record().holder.empty());
  pass(5s);
  CHECK(b.elector.leading());
  CHECK_FALSE(a.elector.leading());
  CHECK(server.record().transitions == 1);
}

TEST_CASE_METHOD(Fixture, "a leader that vanishes is succeeded after its lease ran out") {
  group_a.spawn("a", campaign(a));
  pass(3s);
  loop.run(group_a.stop());
  group_b.spawn("b", campaign(b));
  pass(14s);
  CHECK_FALSE(b.led);
  pass(7s);
  CHECK(b.elector.leading());
}

TEST_CASE_METHOD(Fixture, "nine seconds without the server are survived, eleven are not, and never do two lead") {
  group_a.spawn("a", campaign(a));
  group_b.spawn("b", campaign(b));
  pass(10s);
  REQUIRE(a.elector.leading() != b.elector.leading());
  Candidate& first = a.elector.leading() ? a : b;
  Candidate& second = a.elector.leading() ? b : a;
  server.down = true;
  pass(7s);
  server.down = false;
  pass(20s);
  CHECK(first.elector.leading());
  server.down = true;
  pass(13s);
  CHECK_FALSE(first.elector.leading());
  REQUIRE(first.end);
  CHECK(first.end->error().is(Disposition::Terminal));
  CHECK_FALSE(second.elector.leading());
  server.down = false;
  // The second may see the first's last renewal only now: a retry (4.4 s at most), a whole lease, and a retry.
  pass(30s);
  CHECK(second.elector.leading());
}

TEST_CASE_METHOD(Fixture, "a holder written by somebody else ends the leadership") {
  group_a.spawn("a", campaign(a));
  pass(3s);
  auto foreign = server.record();
  foreign.holder = "intruder";
  set_lease_record(*server.lease, foreign);
  server.lease->ref("metadata").set("resourceVersion", "999");
  pass(3s);
  CHECK_FALSE(a.elector.leading());
  REQUIRE(a.end);
}

TEST_CASE_METHOD(Fixture, "a deleted lease is made again") {
  group_a.spawn("a", campaign(a));
  pass(3s);
  server.lease.reset();
  pass(3s);
  CHECK(a.elector.leading());
  CHECK(server.record().holder == "a");
}
