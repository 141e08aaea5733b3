#include "pkg/runtime/manager.h"

#include <charconv>
#include <vector>

#include "pkg/async/sync.h"
#include "pkg/log/log.h"
#include "pkg/net/server.h"

namespace slipway::runtime {

using async::Awaitable;

struct Manager::State {
  State(const async::Executor& e, async::Clock& c, ManagerOptions o)
      : executor(e), clock(c), options(std::move(o)), stop_asked(e), tasks(e), leaders(e), lease(e), recording(e) {}

  struct Named {
    std::string name;
    Task task;
  };

  async::Executor executor;
  async::Clock& clock;
  ManagerOptions options;
  async::Event stop_asked;
  std::shared_ptr<Health> health = std::make_shared<Health>();
  std::vector<std::shared_ptr<ClusterCache>> caches;
  std::vector<std::shared_ptr<Controller>> controllers;
  std::shared_ptr<EventRecorder> events;
  std::vector<Named> always;
  std::vector<Named> leader_only;
  std::vector<std::unique_ptr<net::Server>> servers;
  std::unique_ptr<LeaderElector> elector;
  async::TaskGroup tasks;
  async::TaskGroup leaders;
  async::TaskGroup lease;
  async::TaskGroup recording;
  bool leading = false;
  Status outcome;

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

  Status serve_all() {
    if (Status ok = serve(options.health_address); !ok) return ok;
    if (options.metrics_address == options.health_address) return {};
    return serve(options.metrics_address);
  }

  void lead() {
    leading = true;
    for (const auto& c : controllers) leaders.spawn("controller", c->run());
    for (const auto& t : leader_only) leaders.spawn(t.name, t.task());
  }
};

namespace {

// Wins the lease, starts what only the leader does, and keeps the lease. Its end without a stop is the loss of the lease.
template <class State>
Awaitable<void> elect(std::shared_ptr<State> s) {
  co_await async::no_throw_on_cancel();
  Status won = co_await s->elector->acquire();
  if (!won) {
    if (!won.error().is(Disposition::Canceled)) s->outcome = std::move(won);
    s->stop_asked.set();
    co_return;
  }
  s->lead();
  Status held = co_await s->elector->hold();
  if (!held && held.error().is(Disposition::Canceled)) co_return;
  s->leading = false;
  for (const auto& c : s->controllers) c->abandon();
  s->outcome = std::move(held);
  s->stop_asked.set();
}

// Counts the whole stop; then nobody is waited for any longer.
template <class State>
Awaitable<void> enforce_grace(std::shared_ptr<State> s) {
  co_await s->clock.sleep_until(s->clock.now() + s->options.grace);
  const bool stopped_in_time = co_await async::is_cancelled();
  if (stopped_in_time) co_return;
  log::error("stopping takes too long", {{"running", s->leaders.running() + " " + s->tasks.running()}});
  if (s->outcome) s->outcome = fail(Disposition::Timeout, "stopping took longer than the grace period");
}

template <class State>
Awaitable<void> stop_all(std::shared_ptr<State> s) {
  co_await s->leaders.stop();
  co_await s->tasks.stop();
  for (const auto& cache : s->caches) co_await cache->stop();
  co_await s->lease.stop();
  if (s->elector && s->leading) {
    Status released = co_await s->elector->release();
    if (!released) log::warn("lease not released", {{"error", released.error().message()}});
  }
  s->leading = false;
  co_await s->recording.stop();
  if (s->events) {
    Status flushed = co_await s->events->flush(s->clock.after(std::chrono::seconds(5)));
    if (!flushed) log::warn("events not sent", {{"error", flushed.error().message()}});
  }
  for (const auto& server : s->servers) co_await server->stop();
}

}  // namespace

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
bool Manager::leading() const noexcept { return state_->leading; }
void Manager::stop() { state_->stop_asked.set(); }

Awaitable<Status> Manager::run() {
  const std::shared_ptr<State> s = state_;
  co_await async::no_throw_on_cancel();
  if (s->options.leader_election) {
    s->elector = std::make_unique<LeaderElector>(s->options.lease_client, s->executor, *s->options.leader_election);
    s->health->add_live("leader-election", [e = s->elector.get()] { return e->healthy(); });
  }
  Status served = s->serve_all();
  if (!served) {
    s->outcome = std::move(served);
    s->stop_asked.set();
  } else {
    if (s->events) s->recording.spawn("events", s->events->run());
    for (const auto& t : s->always) s->tasks.spawn(t.name, t.task());
    if (s->elector)
      s->lease.spawn("leader election", elect(s));
    else
      s->lead();
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
