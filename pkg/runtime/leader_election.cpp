#include "pkg/runtime/leader_election.h"

#include <algorithm>
#include <array>
#include <random>
#include <unistd.h>

#include "pkg/async/sync.h"
#include "pkg/async/task_group.h"
#include "pkg/base/random.h"
#include "pkg/log/log.h"
#include "pkg/metrics/metrics.h"

namespace slipway::runtime {

using async::Awaitable;
using Do = LeaseAction::Kind;
using Kind = LeaseEvent::Kind;

struct LeaderElector::State {
  State(std::shared_ptr<kube::Client> c, const async::Executor& e, LeaderElectionOptions o, std::shared_ptr<LeaseTerm> t)
      : client(std::move(c)),
        executor(e),
        options(std::move(o)),
        term(t ? std::move(t) : std::make_shared<LeaseTerm>()),
        stopped(e),
        random(random_seed()),
        status(metrics::registry().gauge("leader_election_master_status", "Gauge of if the reporting system is master of the relevant lease",
                                         {{"name", options.name}})),
        slowpath(metrics::registry().counter("leader_election_slowpath_total", "Total number of slow path exercised in renewing leader leases",
                                             {{"name", options.name}})) {
    if (options.identity.empty()) options.identity = default_identity();
    status.set(0);
  }

  std::shared_ptr<kube::Client> client;
  async::Executor executor;
  LeaderElectionOptions options;
  std::shared_ptr<LeaseTerm> term;
  async::Event stopped;  // hold(): lost, or its renewals ended
  std::mt19937_64 random;
  metrics::Gauge& status;
  metrics::Counter& slowpath;
  LeaseModel model;
  kube::Object lease;  // as last read or written
  bool lost = false;

  [[nodiscard]] async::Clock& clock() const noexcept { return client->clock(); }
  [[nodiscard]] kube::ObjectKey key() const { return {options.ns, options.name}; }

  [[nodiscard]] LeaseAction next(const LeaseEvent& event) {
    const LeaseNow now{.mono = clock().now(), .wall = clock().wall(), .jitter = std::uniform_real_distribution<double>(0, 1)(random)};
    LeaseStep s = step(options, std::move(model), event, now);
    model = std::move(s.model);
    if (s.action.kind == Do::Lost)
      term->end();
    else if (model.leader && !lost)
      term->renew(model.renewed_at + hold_limit(options), model.renewed_at + options.lease_duration);
    return std::move(s.action);
  }

  void lose(std::string_view why) {
    if (std::exchange(lost, true)) return;
    model.leader = false;
    term->end();
    status.set(0);
    log::error("leadership lost", {{"lease", key().to_string()}, {"identity", options.identity}, {"reason", why}});
    stopped.set();
  }
};

namespace {

template <class State>
Awaitable<LeaseEvent> read(std::shared_ptr<State> s) {
  Result<kube::Object> lease = co_await s->client->get(kube::res::kLeases, s->key());
  LeaseEvent event;
  if (lease) {
    event.kind = Kind::Found;
    event.record = lease_record(*lease);
    s->lease = std::move(*lease);
  } else {
    event.kind = lease.error().is(Disposition::NotFound) ? Kind::Absent : Kind::Failed;
    if (event.kind == Kind::Failed && !lease.error().is(Disposition::Canceled))
      log::warn("lease cannot be read", {{"lease", s->key().to_string()}, {"error", lease.error().message()}});
  }
  co_return event;
}

template <class State>
Awaitable<LeaseEvent> write(std::shared_ptr<State> s, LeaseRecord record, bool create) {
  const async::TimePoint begun = s->clock().now();
  kube::Object lease = create ? kube::make_object("coordination.k8s.io/v1", "Lease", s->key()) : s->lease;
  set_lease_record(lease, record);
  Result<kube::Object> written = fail(Disposition::Canceled, "not sent");
  if (create)
    written = co_await s->client->create(kube::res::kLeases, std::move(lease), {});
  else
    written = co_await s->client->update(kube::res::kLeases, std::move(lease), {});
  if (written) {
    s->lease = std::move(*written);
    co_return LeaseEvent{.kind = Kind::Written, .record = std::move(record), .begun = begun};
  }
  const Error& error = written.error();
  // Somebody wrote first, or the lease was deleted: look at once instead of a period later, since a leader has none to lose.
  if (s->model.leader && (error.is(Disposition::Conflict) || error.is(Disposition::NotFound) || error.is(Disposition::AlreadyExists))) {
    s->slowpath.add();
    LeaseEvent event = co_await read(s);
    co_return event;
  }
  if (!error.is(Disposition::Canceled) && !error.is(Disposition::Conflict) && !error.is(Disposition::AlreadyExists))
    log::warn("lease cannot be written", {{"lease", s->key().to_string()}, {"error", error.message()}});
  co_return LeaseEvent{.kind = Kind::Failed, .record = {}, .begun = {}};
}

// Performs actions until the model leads (acquire) or has lost (renew), or the task is cancelled.
template <class State>
Awaitable<void> drive(std::shared_ptr<State> s, bool until_leader) {
  co_await async::no_throw_on_cancel();
  LeaseAction action = s->next({});
  for (;;) {
    const bool stop = co_await async::is_cancelled();
    if (stop || s->lost || (until_leader && s->model.leader)) co_return;
    LeaseEvent event;
    switch (action.kind) {
      case Do::Read: event = co_await read(s); break;
      case Do::Create: event = co_await write(s, action.record, true); break;
      case Do::Update: event = co_await write(s, action.record, false); break;
      case Do::Rest: co_await s->clock().sleep_until(s->clock().now() + action.delay); break;
      case Do::Lost: s->lose("the lease could not be renewed in time, or another holds it"); co_return;
    }
    action = s->next(event);
  }
}

// A request that hangs may not keep us leading: this looks at the time only.
template <class State>
Awaitable<void> watchdog(std::shared_ptr<State> s) {
  co_await async::no_throw_on_cancel();
  for (;;) {
    const async::TimePoint until = s->model.renewed_at + hold_limit(s->options);
    co_await s->clock().sleep_until(until);
    const bool stop = co_await async::is_cancelled();
    if (stop || s->lost) co_return;
    if (s->model.renewed_at + hold_limit(s->options) > s->clock().now()) continue;
    s->lose("no renewal before the renew deadline");
    co_return;
  }
}

}  // namespace

LeaderElector::LeaderElector(std::shared_ptr<kube::Client> client, async::Executor executor, LeaderElectionOptions options, std::shared_ptr<LeaseTerm> term)
    : state_(std::make_shared<State>(std::move(client), executor, std::move(options), std::move(term))) {}
LeaderElector::~LeaderElector() = default;

bool LeaderElector::leading() const noexcept { return state_->term->holds(state_->clock().now()); }
const std::string& LeaderElector::identity() const noexcept { return state_->options.identity; }

Status LeaderElector::healthy() const {
  const State& s = *state_;
  if (!s.term->overdue(s.clock().now())) return {};
  return fail(Disposition::Terminal, "the lease " + s.key().to_string() + " has not been renewed");
}

Awaitable<Status> LeaderElector::acquire() {
  const std::shared_ptr<State> s = state_;
  Status valid = validate(s->options);
  if (!valid) co_return valid;
  co_await drive(s, true);
  if (!s->model.leader) co_return fail(Disposition::Canceled, "stopped while waiting for the lease");
  s->status.set(1);
  log::info("became leader", {{"lease", s->key().to_string()}, {"identity", s->options.identity}});
  co_return Status();
}

Awaitable<Status> LeaderElector::hold() {
  const std::shared_ptr<State> s = state_;
  async::TaskGroup tasks(s->executor);
  tasks.spawn("lease renewals", drive(s, false));
  tasks.spawn("lease watchdog", watchdog(s));
  Status woken = co_await s->stopped.wait(s->clock());
  co_await tasks.stop();
  if (!woken) co_return woken;
  co_return fail(Disposition::Terminal, "leadership lost: lease " + s->key().to_string());
}

namespace {

template <class State>
Awaitable<Status> give_away(std::shared_ptr<State> s) {
  Result<kube::Object> lease = co_await s->client->get(kube::res::kLeases, s->key());
  if (!lease) co_return fail(std::move(lease).error());
  LeaseRecord record = lease_record(*lease);
  // No conflict that asks for another try: it is somebody's already.
  if (record.holder != s->options.identity) co_return fail(Disposition::Terminal, "the lease is held by another");
  const std::string stamp = to_rfc3339_micro(s->clock().wall());
  record = {.holder = "", .duration_seconds = 1, .acquired = stamp, .renewed = stamp, .transitions = record.transitions};
  set_lease_record(*lease, record);
  Result<kube::Object> written = co_await s->client->update(kube::res::kLeases, std::move(*lease), {});
  if (!written) co_return fail(std::move(written).error());
  co_return Status();
}

}  // namespace

Awaitable<Status> LeaderElector::release() {
  const std::shared_ptr<State> s = state_;
  if (!s->model.leader || s->lost) co_return Status();
  constexpr int kTries = 3;  // a renewal that was cancelled may have been carried out after all
  Status released = co_await give_away(s);
  for (int i = 1; i < kTries && !released && released.error().is(Disposition::Conflict); ++i) released = co_await give_away(s);
  s->model.leader = false;
  s->term->end();
  s->status.set(0);
  co_return released;
}

std::string default_identity() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '?';
  return std::string(host.data()) + "_" + random_uuid();
}

std::chrono::seconds request_timeout(const LeaderElectionOptions& options) noexcept { return std::max(std::chrono::seconds(1), options.renew_deadline / 2); }

}  // namespace slipway::runtime
