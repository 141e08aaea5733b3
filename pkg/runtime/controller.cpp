#include "pkg/runtime/controller.h"

#include <algorithm>
#include <exception>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "pkg/async/sync.h"
#include "pkg/log/log.h"
#include "pkg/metrics/metrics.h"

namespace slipway::runtime {
namespace {

using async::Awaitable;

// controller-runtime pkg/internal/controller/metrics.
const std::vector<double>& reconcile_buckets() {
  static const std::vector<double> kBuckets{.005, .01, .025, .05, .1,  .15, .2,  .25, .3, .35, .4, .45, .5, .6, .7, .8, .9, 1,  1.25, 1.5,
                                            1.75, 2,   2.5,  3,   3.5, 4,   4.5, 5,   6,  7,   8,  9,   10, 15, 20, 25, 30, 40, 50,   60};
  return kBuckets;
}

// All made when the controller is, so that rates start at 0 and alerts see the first error.
struct ControllerMetrics {
  explicit ControllerMetrics(std::string controller) : name(std::move(controller)) {}
  std::string name;
  metrics::Labels labels{{"controller", name}};
  metrics::Counter& success = total("success");
  metrics::Counter& error = total("error");
  metrics::Counter& requeue = total("requeue");
  metrics::Counter& requeue_after = total("requeue_after");
  metrics::Counter& errors = counter("controller_runtime_reconcile_errors_total", "Total number of reconciliation errors per controller");
  metrics::Counter& terminal = counter("controller_runtime_terminal_reconcile_errors_total", "Total number of terminal reconciliation errors per controller");
  metrics::Counter& panics = counter("controller_runtime_reconcile_panics_total", "Total number of reconciliation panics per controller");
  metrics::Counter& timeouts = counter("controller_runtime_reconcile_timeouts_total", "Total number of reconciliation timeouts per controller");
  metrics::Histogram& time = metrics::registry().histogram("controller_runtime_reconcile_time_seconds", "Length of time per reconciliation per controller",
                                                           reconcile_buckets(), labels);
  metrics::Gauge& workers =
      metrics::registry().gauge("controller_runtime_max_concurrent_reconciles", "Maximum number of concurrent reconciles per controller", labels);
  metrics::Gauge& active = metrics::registry().gauge("controller_runtime_active_workers", "Number of currently used workers per controller", labels);

 private:
  [[nodiscard]] metrics::Counter& total(const std::string& result) const {
    return metrics::registry().counter("controller_runtime_reconcile_total", "Total number of reconciliations per controller",
                                       {{"controller", name}, {"result", result}});
  }
  [[nodiscard]] metrics::Counter& counter(const std::string& metric, const std::string& help) const {
    return metrics::registry().counter(metric, help, labels);
  }
};

}  // namespace

struct Controller::State {
  State(std::string n, const async::Executor& e, async::Clock& c, Reconciler r, ControllerOptions o)
      : name(std::move(n)), executor(e), clock(c), reconciler(std::move(r)), options(o), queue(name, e, c), never(e), metrics(name) {
    options.max_concurrent = std::max<std::size_t>(options.max_concurrent, 1);
    metrics.workers.set(static_cast<double>(options.max_concurrent));
    metrics.active.set(0);
  }

  std::string name;
  async::Executor executor;
  async::Clock& clock;
  Reconciler reconciler;
  ControllerOptions options;
  WorkQueue queue;
  async::Event never;
  std::shared_ptr<async::TaskGroup> workers;
  ControllerMetrics metrics;
  bool draining = false;

  // The one place where an outcome becomes queue, metric and log.
  void settle(const ObjectKey& key, const Result<ReconcileOutcome>& result) {
    if (!result) {
      settle_error(key, result.error());
    } else if (result->requeue_after) {
      queue.forget(key);
      queue.add_after(key, *result->requeue_after);
      metrics.requeue_after.add();
    } else {
      queue.forget(key);
      metrics.success.add();
    }
  }

  void settle_error(const ObjectKey& key, const Error& error) {
    if (error.is(Disposition::Canceled)) {
      if (!draining) queue.add_rate_limited(key);
      return;
    }
    metrics.error.add();
    metrics.errors.add();
    if (error.is(Disposition::Timeout)) metrics.timeouts.add();
    if (!error.retryable()) {
      metrics.terminal.add();
      queue.forget(key);
      say("reconcile failed, waiting for a change", key, error);
      return;
    }
    say("reconcile failed, trying again", key, error);
    const ApiStatus* status = error.status();
    if (status != nullptr && status->retry_after)
      queue.add_after(key, *status->retry_after);
    else
      queue.add_rate_limited(key);
  }

  // Conflicts are everyday business between controllers.
  void say(std::string_view event, const ObjectKey& key, const Error& error) const {
    const log::Level level = error.is(Disposition::Conflict) ? log::Level::Debug : error.retryable() ? log::Level::Warn : log::Level::Error;
    log::write(level, event,
               {{"controller", name},
                {"namespace", key.ns},
                {"name", key.name},
                {"error", error.message()},
                {"disposition", to_string(error.disposition())},
                {"failures", queue.failures(key) + 1}});
  }
};

namespace {

template <class State>
Awaitable<Result<ReconcileOutcome>> reconcile(std::shared_ptr<State> s, ObjectKey key) {
  std::string thrown;
  try {
    Result<ReconcileOutcome> result = co_await s->reconciler(std::move(key));
    co_return result;
  } catch (const boost::system::system_error& e) {
    if (e.code() == boost::asio::error::operation_aborted) co_return fail(Disposition::Canceled, "stopped");
    thrown = e.what();
  } catch (const std::exception& e) {
    thrown = e.what();
  }
  // A bug; the other keys go on, and this one is tried again with backoff, as controller-runtime recovers panics.
  s->metrics.panics.add();
  co_return fail(Disposition::Transient, "the reconciler threw: " + thrown);
}

template <class State>
Awaitable<void> worker(std::shared_ptr<State> s) {
  co_await async::no_throw_on_cancel();
  for (;;) {
    std::optional<ObjectKey> key = co_await s->queue.get();
    if (!key) co_return;
    s->metrics.active.add(1);
    const async::TimePoint started = s->clock.now();
    Result<ReconcileOutcome> result = co_await reconcile(s, *key);
    s->metrics.time.observe(std::chrono::duration<double>(s->clock.now() - started).count());
    s->metrics.active.add(-1);
    s->settle(*key, result);
    s->queue.done(*key);
  }
}

// Who does not end in time is cancelled: its writes fail, and the next leader reads the world anew.
Awaitable<void> give_up_after(async::Clock& clock, async::Duration grace, std::shared_ptr<async::TaskGroup> workers) {
  co_await clock.sleep_until(clock.now() + grace);
  workers->cancel();
}

}  // namespace

Controller::Controller(std::string name, async::Executor executor, async::Clock& clock, Reconciler reconciler, ControllerOptions options)
    : state_(std::make_shared<State>(std::move(name), executor, clock, std::move(reconciler), options)) {}
Controller::~Controller() = default;

void Controller::watch(Store& store, MapFunction map, Predicate predicate) {
  store.subscribe([weak = std::weak_ptr<State>(state_), map = std::move(map), predicate = std::move(predicate)](const Change& change) {
    const auto s = weak.lock();
    if (!s || (predicate && !predicate(change))) return;
    for (auto& key : map(change)) s->queue.add(std::move(key));
  });
}

void Controller::watch_self(Store& store, Predicate predicate) {
  watch(store, [](const Change& change) { return std::vector<ObjectKey>{change.key}; }, std::move(predicate));
}

void Controller::enqueue(ObjectKey key) { state_->queue.add(std::move(key)); }

Awaitable<void> Controller::run() {
  const std::shared_ptr<State> s = state_;
  co_await async::no_throw_on_cancel();
  const auto workers = s->workers = std::make_shared<async::TaskGroup>(s->executor);
  async::TaskGroup helpers(s->executor);
  helpers.spawn(s->name + " delays", s->queue.run_delays());
  for (std::size_t i = 0; i < s->options.max_concurrent; ++i) workers->spawn(s->name + " worker", worker(s));
  Status cancelled = co_await s->never.wait(s->clock);
  static_cast<void>(cancelled);
  s->draining = true;
  s->queue.shut_down();
  helpers.spawn(s->name + " grace", give_up_after(s->clock, s->options.shutdown_grace, workers));
  co_await workers->join();
  co_await helpers.stop();
}

void Controller::abandon() {
  state_->draining = true;
  state_->queue.shut_down();
  if (state_->workers) state_->workers->cancel();
}

WorkQueue& Controller::queue() noexcept { return state_->queue; }

MapFunction owner_of(std::string group, std::string kind) {
  return [group = std::move(group), kind = std::move(kind)](const Change& change) {
    std::vector<ObjectKey> keys;
    for (const ObjectPtr& object : {change.old_object, change.new_object}) {
      if (!object) continue;
      for (const auto& owner : (*object)["metadata"]["ownerReferences"].array()) {
        if (!owner["controller"].as_bool() || owner["kind"].as_string() != kind || kube::gvk_of(owner).group != group) continue;
        ObjectKey key{change.key.ns, owner["name"].str()};
        if (std::ranges::find(keys, key) == keys.end()) keys.push_back(std::move(key));
      }
    }
    return keys;
  };
}

}  // namespace slipway::runtime
