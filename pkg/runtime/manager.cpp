#include "pkg/runtime/manager.h"

#include <charconv>
#include <set>
#include <vector>

#include "pkg/async/sync.h"
#include "pkg/log/log.h"
#include "pkg/net/server.h"
#include "pkg/runtime/leader_thread.h"
#include "pkg/runtime/loop_lag.h"

namespace slipway::runtime {

using async::Awaitable;

struct Manager::State : std::enable_shared_from_this<State> {
  State(const async::Executor& e, async::Clock& c, ManagerOptions o)
      : executor(e),
        clock(c),
        options(std::move(o)),
        lag(c, margin(options)),
        stop_asked(e),
        caches_synced(e),
        tasks(e),
        starting(e),
        leaders(e),
        lease(e),
        recording(e) {}

  struct Named {
    std::string name;
    Task task;
  };

  async::Executor executor;
  async::Clock& clock;
  ManagerOptions options;
  LoopLag lag;
  async::Event stop_asked;
  async::Event caches_synced;
  std::shared_ptr<Health> health = std::make_shared<Health>();
  std::vector<std::shared_ptr<ClusterCache>> caches;
  std::vector<std::shared_ptr<Controller>> controllers;
  std::shared_ptr<EventRecorder> events;
  std::vector<Named> always;
  std::vector<Named> leader_only;
  std::vector<std::unique_ptr<net::Server>> servers;
  std::unique_ptr<Leadership> leadership;
  async::TaskGroup tasks;
  async::TaskGroup starting;
  async::TaskGroup leaders;
  async::TaskGroup lease;
  async::TaskGroup recording;
  bool started = false;  // what only the leader does
  Status outcome;

  // How long a lease on this loop could do without it; ours has a thread, but a loop that is blocked for longer works badly all the same.
  static async::Duration margin(const ManagerOptions& options) {
    const LeaderElectionOptions election = options.leader_election.value_or(LeaderElectionOptions{});
    return election.lease_duration - election.renew_deadline;
  }

  // The first reason to end is the one that is told.
  void end(Status reason) {
    if (outcome) outcome = std::move(reason);
    stop_asked.set();
  }

  Status serve(const std::string& text) {
    if (text.empty() || text == "0") return {};
    auto at = parse_bind_address(text);
    if (!at) return fail(std::move(at).error());
    net::ServerOptions o;
    o.address = at->address;
    o.port = at->port;
    auto server = net::Server::listen(executor, clock, std::move(o), Health::handler(health));
    if (!server) return fail(std::move(server).error().in("listening on " + text));
    servers.push_back(std::move(*server));
    return {};
  }

  // Their metrics would be one.
  [[nodiscard]] Status check_names() const {
    std::set<std::string> names;
    for (const auto& c : controllers)
      if (!names.insert(c->name()).second) return fail(Disposition::Invalid, "two controllers are named " + c->name());
    return {};
  }

  Status serve_all() {
    if (Status unique = check_names(); !unique) return unique;
    if (Status ok = serve(options.health_address); !ok) return ok;
    if (options.metrics_address == options.health_address) return {};
    return serve(options.metrics_address);
  }

  void lead();
};

namespace {

// A source that is not in sync in time ends the controller, and that ends us.
template <class State>
Awaitable<void> run_controller(std::shared_ptr<State> s, std::shared_ptr<Controller> controller) {
  co_await async::no_throw_on_cancel();
  co_await controller->run();
  if (!controller->outcome()) s->end(controller->outcome());
}

template <class State>
Awaitable<void> sync_caches(std::shared_ptr<State> s) {
  co_await async::no_throw_on_cancel();
  const async::Deadline deadline = s->clock.after(s->options.cache_sync_timeout);
  for (const auto& cache : s->caches) {
    Status synced = co_await cache->wait_synced(deadline);
    if (synced) continue;
    if (!synced.error().is(Disposition::Canceled)) s->end(std::move(synced));
    co_return;
  }
  s->caches_synced.set();
}

template <class State>
Awaitable<void> lead_when_synced(std::shared_ptr<State> s) {
  co_await async::no_throw_on_cancel();
  Status synced = co_await s->caches_synced.wait(s->clock);
  if (synced) s->lead();
}

template <class State>
void tell(const State& s, std::string_view what) {
  if (!s.events) return;
  const kube::Object lease = kube::make_object("coordination.k8s.io/v1", "Lease", {s.options.leader_election->ns, s.options.leader_election->name});
  s.events->normal(lease, "LeaderElection", s.leadership->identity() + " " + std::string(what));
}

// Wins the lease, has started what only the leader does, and keeps the lease. Its end without a stop is the loss of the lease.
template <class State>
Awaitable<void> elect(std::shared_ptr<State> s) {
  co_await async::no_throw_on_cancel();
  Status won = co_await s->leadership->acquire();
  if (!won) {
    if (!won.error().is(Disposition::Canceled)) s->end(std::move(won));
    co_return;
  }
  tell(*s, "became leader");
  s->starting.spawn("start of the leader", lead_when_synced(s));
  Status held = co_await s->leadership->hold();
  if (!held && held.error().is(Disposition::Canceled)) co_return;
  if (s->options.on_lost) s->options.on_lost();
  for (const auto& c : s->controllers) c->abandon();
  tell(*s, "stopped leading");
  s->end(std::move(held));
}

// Counts the whole stop; then nobody is waited for any longer.
template <class State>
Awaitable<void> enforce_grace(std::shared_ptr<State> s) {
  if (s->options.grace < std::chrono::seconds(0)) co_return;
  co_await s->clock.sleep_until(s->clock.now() + s->options.grace);
  const bool stopped_in_time = co_await async::is_cancelled();
  if (stopped_in_time) co_return;
  log::error("stopping takes too long", {{"running", s->leaders.running() + " " + s->tasks.running()}});
  if (s->outcome) s->outcome = fail(Disposition::Timeout, "stopping took longer than the grace period");
  if (s->options.on_overrun) s->options.on_overrun();
}

template <class State>
Awaitable<void> stop_all(std::shared_ptr<State> s) {
  co_await s->starting.stop();
  co_await s->tasks.stop();
  co_await s->leaders.stop();
  for (const auto& cache : s->caches) co_await cache->stop();
  for (const auto& server : s->servers) co_await server->stop();
  co_await s->lease.stop();
  if (s->leadership) {
    const bool led = s->leadership->leading();
    Status released = co_await s->leadership->release();
    if (!released) log::warn("lease not released", {{"error", released.error().message()}});
    if (led) tell(*s, "stopped leading");
  }
  co_await s->recording.stop();
  if (s->events) {
    Status flushed = co_await s->events->flush(s->clock.after(std::chrono::seconds(5)));
    if (!flushed) log::warn("events not sent", {{"error", flushed.error().message()}});
  }
}

template <class State>
std::unique_ptr<Leadership> make_leadership(const State& s) {
  if (!s.options.lease_connect) return std::make_unique<LeaderElector>(s.options.lease_client, s.executor, *s.options.leader_election);
  return std::make_unique<LeaderThread>(s.executor, s.clock, LeaderThreadOptions{*s.options.leader_election, s.options.lease_connect, {}});
}

}  // namespace

void Manager::State::lead() {
  started = true;
  for (const auto& c : controllers) leaders.spawn("controller", run_controller(shared_from_this(), c));
  for (const auto& t : leader_only) leaders.spawn(t.name, t.task());
}

Manager::Manager(async::Executor executor, async::Clock& clock, ManagerOptions options)
    : state_(std::make_shared<State>(executor, clock, std::move(options))) {}
Manager::~Manager() = default;

void Manager::add(std::shared_ptr<ClusterCache> cache) {
  std::string name = "informer-sync";
  if (!state_->caches.empty()) name += "-" + std::to_string(state_->caches.size() + 1);
  state_->health->add_ready(std::move(name), [c = cache.get()]() -> Status {
    if (c->synced()) return {};
    return fail(Disposition::Transient, c->trouble());
  });
  state_->caches.push_back(std::move(cache));
}

void Manager::add(std::shared_ptr<Controller> controller) {
  state_->health->before_scrape([c = controller.get()] { c->queue().refresh_metrics(); });
  state_->controllers.push_back(std::move(controller));
}

void Manager::add(std::shared_ptr<EventRecorder> events) { state_->events = std::move(events); }
void Manager::add_task(std::string name, Task task) { state_->always.push_back({std::move(name), std::move(task)}); }
void Manager::add_leader_task(std::string name, Task task) { state_->leader_only.push_back({std::move(name), std::move(task)}); }
Health& Manager::health() noexcept { return *state_->health; }
bool Manager::leading() const noexcept { return state_->leadership ? state_->leadership->leading() : !state_->options.leader_election; }
void Manager::stop() { state_->stop_asked.set(); }

Awaitable<Status> Manager::run() {
  const std::shared_ptr<State> s = state_;
  co_await async::no_throw_on_cancel();
  if (s->options.leader_election) {
    s->leadership = make_leadership(*s);
    s->health->add_live("leader-election", [l = s->leadership.get()] { return l->healthy(); });
  }
  s->health->add_live("event-loop", [l = &s->lag] { return l->healthy(); });
  s->health->before_scrape([l = &s->lag] { l->refresh(); });
  Status served = s->serve_all();
  if (!served) {
    s->end(std::move(served));
  } else {
    if (s->events) s->recording.spawn("events", s->events->run());
    s->starting.spawn("cache sync", sync_caches(s));
    s->tasks.spawn("event loop", LoopLag::run(&s->lag));
    for (const auto& t : s->always) s->tasks.spawn(t.name, t.task());
    if (s->leadership)
      s->lease.spawn("leader election", elect(s));
    else
      s->starting.spawn("start of the leader", lead_when_synced(s));
  }
  Status asked = co_await s->stop_asked.wait(s->clock);
  static_cast<void>(asked);  // asked to stop or cancelled: the same
  // In a task of its own: this one may be cancelled already, and then every call of it would be too.
  async::TaskGroup grace(s->executor);
  async::TaskGroup stopping(s->executor);
  grace.spawn("grace", enforce_grace(s));
  stopping.spawn("stop", stop_all(s));
  co_await stopping.join();
  co_await grace.stop();
  co_return s->outcome;
}

Result<BindAddress> parse_bind_address(std::string_view text) {
  const auto colon = text.rfind(':');
  BindAddress out;
  if (colon != std::string_view::npos) {
    const std::string_view number = text.substr(colon + 1);
    const auto [end, ec] = std::from_chars(number.data(), number.data() + number.size(), out.port);
    std::string_view host = text.substr(0, colon);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    if (ec == std::errc() && end == number.data() + number.size() && (bracketed || !host.contains(':'))) {
      out.address = host.empty() ? "0.0.0.0" : std::string(host);
      return out;
    }
  }
  return fail(Disposition::Invalid, "\"" + std::string(text) + "\" is not an address to listen on: give host:port, :port, or 0 for none");
}

}  // namespace slipway::runtime
