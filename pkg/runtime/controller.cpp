#include "pkg/runtime/controller.h"

#include <algorithm>
#include <exception>
#include <map>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "pkg/async/cancellable.h"
#include "pkg/async/sync.h"
#include "pkg/base/random.h"
#include "pkg/base/time.h"
#include "pkg/log/log.h"
#include "pkg/runtime/controller_metrics.h"
#include "pkg/runtime/log_executor.h"

namespace slipway::runtime {

using async::Awaitable;
using async::TimePoint;

namespace {

// What only a change of the object can cure. All else is tried again with backoff: a right may be granted, a kind installed, a cache catch up, without an
// event.
bool terminal(const Error& error) noexcept { return error.is(Disposition::Invalid) || error.is(Disposition::Unsupported) || error.is(Disposition::Terminal); }

// When keys may run again: bounded by forgetting what has passed, whenever it has doubled.
class NotBefore {
 public:
  void set(const ObjectKey& key, TimePoint at, TimePoint now) {
    if (times_.size() >= sweep_at_) {
      std::erase_if(times_, [now](const auto& t) { return t.second <= now; });
      sweep_at_ = std::max<std::size_t>(1024, 2 * times_.size());
    }
    times_[key] = at;
  }
  [[nodiscard]] TimePoint of(const ObjectKey& key) const {
    const auto found = times_.find(key);
    return found == times_.end() ? TimePoint::min() : found->second;
  }

 private:
  std::map<ObjectKey, TimePoint> times_;
  std::size_t sweep_at_ = 1024;
};

}  // namespace

struct Controller::State {
  State(std::string n, const async::Executor& e, async::Clock& c, Reconciler r, ControllerOptions o)
      : name(std::move(n)),
        executor(e),
        clock(c),
        reconciler(std::move(r)),
        options(o),
        queue(name, e, c),
        writes(std::make_shared<OwnWrites>(name, e, c)),
        never(e),
        source_synced(e),
        metrics(name) {
    options.max_concurrent = std::max<std::size_t>(options.max_concurrent, 1);
    metrics.workers.set(static_cast<double>(options.max_concurrent));
  }

  std::string name;
  async::Executor executor;
  async::Clock& clock;
  Reconciler reconciler;
  ControllerOptions options;
  WorkQueue queue;
  std::shared_ptr<OwnWrites> writes;
  async::Event never;
  async::Event source_synced;
  std::vector<Source> sources;
  std::shared_ptr<async::TaskGroup> workers;
  ControllerMetrics metrics;
  NotBefore not_before;
  Status outcome;
  bool draining = false;

  // True where the key has to wait: then it comes back by itself.
  bool held_back(const QueueItem& item) {
    if (!writes->caught_up(item.key)) return true;
    const async::Duration wait = not_before.of(item.key) - std::min(clock.now(), not_before.of(item.key));
    if (wait <= async::Duration::zero()) return false;
    queue.add(item.key, {.after = wait, .priority = item.priority});
    return true;
  }

  // The one place where an outcome becomes queue, metric and log.
  void settle(const QueueItem& item, const Result<ReconcileOutcome>& result) {
    const TimePoint now = clock.now();
    if (options.min_interval > async::Duration::zero()) not_before.set(item.key, std::max(not_before.of(item.key), now + options.min_interval), now);
    if (!result) {
      settle_error(item, result.error());
    } else if (result->requeue_after && *result->requeue_after > async::Duration::zero()) {
      queue.forget(item.key);
      queue.add(item.key, {.after = *result->requeue_after, .priority = result->priority.value_or(item.priority)});
      metrics.requeue_after.add();
    } else if (result->requeue_after) {  // its time has come already
      queue.add(item.key, {.rate_limited = true, .priority = result->priority.value_or(item.priority)});
      metrics.requeue.add();
    } else {
      queue.forget(item.key);
      metrics.success.add();
    }
  }

  void settle_error(const QueueItem& item, const Error& error) {
    if (error.is(Disposition::Canceled)) {
      if (!draining) queue.add(item.key, {.rate_limited = true, .priority = item.priority});
      return;
    }
    metrics.error.add();
    metrics.errors.add();
    if (terminal(error)) {
      metrics.terminal.add();
      queue.forget(item.key);
      say("reconcile failed, waiting for a change", item.key, error);
      return;
    }
    say("reconcile failed, trying again", item.key, error);
    const ApiStatus* status = error.status();
    if (status != nullptr && status->retry_after)
      queue.add(item.key, {.after = *status->retry_after, .priority = item.priority});
    else
      queue.add(item.key, {.rate_limited = true, .priority = item.priority});
  }

  // Conflicts are everyday business between controllers.
  void say(std::string_view event, const ObjectKey& key, const Error& error) const {
    const log::Level level = error.is(Disposition::Conflict) ? log::Level::Debug : terminal(error) ? log::Level::Error : log::Level::Warn;
    log::write(level, event,
               {{"controller", name},
                {"namespace", key.ns},
                {"name", key.name},
                {"error", error.message()},
                {"disposition", to_string(error.disposition())},
                {"failures", queue.failures(key) + 1}});
  }

  [[nodiscard]] std::string missing() const {
    std::string out;
    for (const Source& source : sources) {
      if (source.store.synced()) continue;
      out.append(out.empty() ? "" : "; ").append(source.name.empty() ? "a source" : source.name);
      if (const std::string why = source.trouble ? source.trouble() : std::string(); !why.empty()) out.append(" (" + why + ")");
    }
    return out;
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

// As a child of its own, with its own executor: the context of its log lines.
template <class State>
Awaitable<Result<ReconcileOutcome>> reconcile_in_time(std::shared_ptr<State> s, ObjectKey key, log::Context context) {
  const auto handle = std::make_shared<async::CancelHandle>(LogExecutor(s->executor, std::move(context)));
  const auto late = std::make_shared<bool>(false);
  std::shared_ptr<void> timer;
  if (s->options.reconcile_timeout > async::Duration::zero())
    timer = s->clock.schedule(s->executor, s->clock.now() + s->options.reconcile_timeout, [handle, late] {
      *late = true;
      handle->cancel();
    });
  std::string name = "reconcile " + key.to_string();
  std::optional<Result<ReconcileOutcome>> result = co_await async::CancelHandle::run(handle, s->clock, std::move(name), reconcile(s, std::move(key)));
  if (!result) result = fail(Disposition::Canceled, "stopped");
  // What came to its end all the same counts as it is.
  if (!*late || *result || !result->error().is(Disposition::Canceled)) co_return std::move(*result);
  s->metrics.timeouts.add();
  co_return fail(Disposition::Timeout,
                 "the reconcile took longer than " + human_duration(std::chrono::duration_cast<std::chrono::milliseconds>(s->options.reconcile_timeout)));
}

template <class State>
Awaitable<void> run_one(std::shared_ptr<State> s, QueueItem item) {
  s->metrics.active.add(1);
  const TimePoint started = s->clock.now();
  const auto context = std::make_shared<const log::Context::element_type>(log::Context::element_type{{"controller", s->name}, {"reconcileID", random_uuid()}});
  Result<ReconcileOutcome> result = co_await reconcile_in_time(s, item.key, context);
  s->metrics.time.observe(std::chrono::duration<double>(s->clock.now() - started).count());
  s->metrics.active.add(-1);
  const log::Scope scope(context);
  s->settle(item, result);
}

template <class State>
Awaitable<void> worker(std::shared_ptr<State> s) {
  co_await async::no_throw_on_cancel();
  for (;;) {
    std::optional<QueueItem> item = co_await s->queue.next();
    if (!item) co_return;
    if (!s->held_back(*item)) co_await run_one(s, *item);
    s->queue.done(item->key);
  }
}

// Who does not end in time is cancelled: its writes fail, and the next leader reads the world anew.
Awaitable<void> give_up_after(async::Clock& clock, async::Duration grace, std::shared_ptr<async::TaskGroup> workers) {
  co_await clock.sleep_until(clock.now() + grace);
  workers->cancel();
}

template <class State>
Awaitable<Status> sources_synced(std::shared_ptr<State> s) {
  const async::Deadline deadline = s->clock.after(s->options.cache_sync_timeout);
  while (!s->draining && std::ranges::any_of(s->sources, [](const Source& source) { return !source.store.synced(); })) {
    Status woken = co_await s->source_synced.wait(s->clock, deadline);
    if (woken) continue;
    if (woken.error().is(Disposition::Timeout)) co_return fail(Disposition::Timeout, "controller " + s->name + ": not in sync in time: " + s->missing());
    co_return woken;
  }
  co_return Status();
}

}  // namespace

Controller::Controller(std::string name, async::Executor executor, async::Clock& clock, Reconciler reconciler, ControllerOptions options)
    : state_(std::make_shared<State>(std::move(name), executor, clock, std::move(reconciler), options)) {
  state_->writes->on_release([weak = std::weak_ptr<State>(state_)](const ObjectKey& key) {
    if (const auto s = weak.lock()) s->queue.add(key);
  });
}
Controller::~Controller() = default;

void Controller::watch(Source source) {
  const auto replaying = std::make_shared<bool>(true);
  Store* store = &source.store;
  store->subscribe([weak = std::weak_ptr<State>(state_), store, replaying, map = source.map, predicate = source.predicate](const Change& change) {
    const auto s = weak.lock();
    if (!s || (predicate && !predicate(change))) return;
    const bool initial = *replaying || !store->synced();
    const bool nothing_new =
        change.old_object && change.new_object && kube::resource_version_of(*change.old_object) == kube::resource_version_of(*change.new_object);
    for (auto& key : map(change)) s->queue.add(std::move(key), {.priority = initial || nothing_new ? kLowPriority : 0});
  });
  *replaying = false;
  store->on_synced([weak = std::weak_ptr<State>(state_)] {
    if (const auto s = weak.lock()) s->source_synced.notify_all();
  });
  state_->sources.push_back(std::move(source));
}

void Controller::watch(Store& store, MapFunction map, Predicate predicate) {
  watch(Source{.store = store, .map = std::move(map), .predicate = std::move(predicate), .name = {}, .trouble = {}});
}

void Controller::watch_self(Store& store, Predicate predicate) {
  watch(store, [](const Change& change) { return std::vector<ObjectKey>{change.key}; }, std::move(predicate));
}

void Controller::enqueue(ObjectKey key) { state_->queue.add(std::move(key)); }
void Controller::defer(const ObjectKey& key, async::TimePoint until) { state_->not_before.set(key, until, state_->clock.now()); }
const Status& Controller::outcome() const noexcept { return state_->outcome; }

Awaitable<void> Controller::run() {
  const std::shared_ptr<State> s = state_;
  co_await async::no_throw_on_cancel();
  const auto workers = s->workers = std::make_shared<async::TaskGroup>(s->executor);
  async::TaskGroup helpers(s->executor);
  helpers.spawn(s->name + " delays", s->queue.run_delays());
  Status ready = co_await sources_synced(s);
  if (ready) {
    for (std::size_t i = 0; i < s->options.max_concurrent; ++i) workers->spawn(s->name + " worker", worker(s));
    Status cancelled = co_await s->never.wait(s->clock);
    static_cast<void>(cancelled);
  } else if (ready.error().is(Disposition::Timeout)) {
    log::error("controller not started", {{"controller", s->name}, {"error", ready.error().message()}});
    s->outcome = std::move(ready);
  }
  s->draining = true;
  s->queue.shut_down();
  helpers.spawn(s->name + " grace", give_up_after(s->clock, s->options.shutdown_grace, workers));
  co_await workers->join();
  co_await helpers.stop();
}

void Controller::abandon() {
  state_->draining = true;
  state_->queue.shut_down();
  state_->source_synced.notify_all();
  if (state_->workers) state_->workers->cancel();
}

const std::string& Controller::name() const noexcept { return state_->name; }
WorkQueue& Controller::queue() noexcept { return state_->queue; }
OwnWrites& Controller::own_writes() noexcept { return *state_->writes; }

std::shared_ptr<kube::Client> Controller::client_for(const ObjectKey& key, std::shared_ptr<kube::Client> client, StoreOf store_of) const {
  return recording_client(std::move(client), state_->writes, key, std::move(store_of));
}

}  // namespace slipway::runtime
