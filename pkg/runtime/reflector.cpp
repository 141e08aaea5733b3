#include "pkg/runtime/reflector.h"

#include <algorithm>

#include "pkg/log/log.h"
#include "pkg/metrics/metrics.h"

namespace slipway::runtime {
namespace {

using async::Awaitable;
using async::Deadline;
using async::TimePoint;
using kube::EventType;
using kube::Object;
using Event = ReflectorEvent;
using Do = ReflectorAction::Kind;

// client-go reflector: the server ends a watch after a random time in [5 min, 10 min].
constexpr std::chrono::seconds kMinWatch{300};
constexpr std::chrono::seconds kMaxWatch{600};
constexpr std::chrono::seconds kGrace{5};  // for a server that does not
constexpr std::chrono::seconds kVeryShort{1};
constexpr std::int64_t kPage = 500;
// A server that takes sendInitialEvents but never ends them (it ignores what it does not know) is asked for a list instead.
constexpr std::chrono::seconds kWarnEvery{10};
constexpr std::chrono::seconds kSilent{30};
constexpr std::string_view kInitialEventsEnd = "k8s.io/initial-events-end";  // KEP-3157

}  // namespace

// One open stream, with what it brought.
struct Reflector::Pump {
  std::unique_ptr<kube::WatchStream> stream;
  TimePoint opened;
  Deadline hard;
  bool initial = false;    // collecting into `fresh` until the end bookmark
  bool announced = false;  // Synced was reported (a plain watch has nothing to report)
  std::map<ObjectKey, Object> fresh;
  std::string rv_at_open;
  TimePoint heard;
  bool over = false;
  std::optional<Error> error;  // with over
};

struct Reflector::Metrics {
  Metrics(const std::string& cluster, const kube::GroupVersionResource& gvr) : labels{{"cluster", cluster}, {"resource", gvr.to_string()}} {}
  metrics::Labels labels;
  metrics::Counter& relists = metrics::registry().counter("slipway_watch_relists_total", "Complete reads of a resource (streamed or listed)", labels);
  metrics::Counter& events = metrics::registry().counter("slipway_watch_events_total", "Watch events received", labels);
  metrics::Counter& dropped = metrics::registry().counter("slipway_watch_dropped_events_total", "Watch events that could not be used", labels);
  metrics::Gauge& objects = metrics::registry().gauge("slipway_watch_cache_objects", "Objects in the cache", labels);
  void restart(std::string_view reason) const {
    metrics::Labels with_reason = labels;
    with_reason["reason"] = reason;
    metrics::registry().counter("slipway_watch_restarts_total", "Watches that ended, by reason", with_reason).add();
  }
};

Reflector::Reflector(std::shared_ptr<kube::Client> client, async::Executor executor, Store& store, ReflectorOptions options)
    : client_(std::move(client)),
      executor_(executor),
      clock_(client_->clock()),
      store_(store),
      options_(std::move(options)),
      random_(std::random_device{}()),
      wake_(executor),
      metrics_(std::make_unique<Metrics>(options_.cluster, options_.gvr)) {}

Reflector::~Reflector() = default;

void Reflector::resource_appeared() {
  if (model_.state == ReflectorState::Watching) return;
  appeared_ = true;
  wake_.notify_all();
}

void Reflector::resource_disappeared() {
  disappeared_ = true;
  wake_.notify_all();
}

Awaitable<void> Reflector::run() {
  co_await async::no_throw_on_cancel();
  ReflectorStep next = step(model_, Event{.kind = Event::Kind::Started, .rv = {}, .retry_after = {}});
  for (;;) {
    model_ = std::move(next.model);
    Result<Event> event = co_await perform(std::move(next.action));
    const bool stop = co_await async::is_cancelled();
    if (stop || !event) break;  // the only error that perform() hands out is Canceled
    next = step(std::move(model_), *event);
  }
  co_await end_pump();
  metrics_->objects.set(0);
}

Awaitable<Result<Event>> Reflector::perform(ReflectorAction action) {
  Result<Event> event = Event();
  switch (action.kind) {
    case Do::Stream: event = co_await open(std::move(action), true); break;
    case Do::Watch: event = co_await open(std::move(action), false); break;
    case Do::Follow: event = co_await follow(); break;
    case Do::List: event = co_await list(std::move(action)); break;
    case Do::Wait:
    case Do::Empty: event = co_await pause(std::move(action)); break;
  }
  co_return event;
}

Awaitable<Result<Event>> Reflector::open(ReflectorAction action, bool initial) {
  co_await end_pump();
  appeared_ = disappeared_ = false;
  kube::WatchOptions o;
  o.label_selector = options_.label_selector;
  o.field_selector = options_.field_selector;
  o.resource_version = action.rv;
  o.send_initial_events = initial;
  o.timeout_seconds = std::uniform_int_distribution<std::int64_t>(kMinWatch.count(), kMaxWatch.count())(random_);
  const std::chrono::seconds lifetime(o.timeout_seconds);
  auto stream = co_await client_->watch(options_.gvr, options_.ns, std::move(o));
  if (!stream) {
    if (stream.error().is(Disposition::Canceled)) co_return fail(std::move(stream).error());
    note(to_string(classify(stream.error())));
    co_return failed(stream.error(), true);
  }
  pump_ = std::make_shared<Pump>();
  pump_->stream = std::move(*stream);
  pump_->opened = pump_->heard = clock_.now();
  pump_->hard = clock_.after(lifetime + kGrace);
  pump_->initial = initial;
  pump_->announced = !initial;
  pump_->rv_at_open = store_.resource_version();
  if (!initial) set_trouble({});
  pump_task_ = std::make_unique<async::TaskGroup>(executor_);
  pump_task_->spawn("watch " + options_.gvr.to_string(), pump(pump_));
  Result<Event> event = co_await follow();
  co_return event;
}

// Waits until the initial objects are there, the stream is over, or somebody knows better.
Awaitable<Result<Event>> Reflector::follow() {
  const std::shared_ptr<Pump> p = pump_;
  for (;;) {
    if (!p->initial && !std::exchange(p->announced, true)) co_return Event{.kind = Event::Kind::Synced, .rv = store_.resource_version(), .retry_after = {}};
    if (p->over) {
      if (p->error && p->error->is(Disposition::Canceled)) co_return fail(*p->error);
      co_return finished(*p);
    }
    if (std::exchange(disappeared_, false)) {
      note("resource_disappeared");
      co_return Event{.kind = Event::Kind::Failed, .rv = store_.resource_version(), .failure = ReflectorFailure::NotFound, .retry_after = {}};
    }
    const Deadline patience = p->initial ? clock_.after(kWarnEvery) : Deadline::never();
    Status woken = co_await wake_.wait(clock_, patience);
    if (!woken && woken.error().is(Disposition::Canceled)) co_return fail(std::move(woken).error());
    if (woken || !p->initial || p->over) continue;
    log::warn("initial objects are late", {{"cluster", options_.cluster}, {"resource", options_.gvr.to_string()}});
    if (clock_.now() - p->heard < kSilent) continue;
    note("no_initial_events_end");
    co_return Event{.kind = Event::Kind::Failed, .rv = {}, .failure = ReflectorFailure::Refused, .retry_after = {}};
  }
}

Awaitable<void> Reflector::pump(std::shared_ptr<Pump> p) {
  co_await async::no_throw_on_cancel();
  while (!p->over) {
    Result<std::optional<kube::WatchEvent>> event = co_await p->stream->next(p->hard);
    const bool stop = co_await async::is_cancelled();
    if (stop) co_return;
    p->heard = clock_.now();
    Status taken;
    if (!event)
      taken = fail(std::move(event).error());
    else if (*event)
      taken = take(*p, std::move(**event));
    else
      p->over = true;
    if (!taken) {
      p->over = true;
      p->error = std::move(taken).error();
    }
  }
  wake_.notify_all();
}

Awaitable<void> Reflector::end_pump() {
  if (pump_task_) co_await pump_task_->stop();
  pump_task_.reset();
  pump_.reset();
}

bool Reflector::usable(const Object& object) const noexcept {
  if (kube::name_of(object).empty()) return false;
  const auto kind = kube::kind_of(object);
  if (kind == "Table" || kind == "Status") return false;
  const auto api_version = object["apiVersion"].as_string();
  if (options_.gvr.group.empty()) return !api_version.contains('/');
  return api_version.starts_with(options_.gvr.group);
}

Status Reflector::take(Pump& p, kube::WatchEvent event) {
  metrics_->events.add();
  Object& object = event.object;
  if (event.type == EventType::Error) return fail(kube::error_from_status(object, "watching " + options_.gvr.to_string()));
  if (event.type == EventType::Bookmark) {
    const std::string rv(kube::resource_version_of(object));
    if (!p.initial) {
      if (!rv.empty()) store_.set_resource_version(rv);
    } else if (kube::annotation(object, kInitialEventsEnd) == "true") {
      std::vector<Object> objects;
      objects.reserve(p.fresh.size());
      for (auto& [key, o] : p.fresh) objects.push_back(std::move(o));
      p.fresh.clear();
      p.initial = false;
      replace(std::move(objects), rv);
      wake_.notify_all();
    }
    return {};
  }
  if (!usable(object)) {
    metrics_->dropped.add();
    return {};
  }
  if (options_.project) options_.project(object);
  if (p.initial) {
    ObjectKey key = kube::key_of(object);
    if (event.type == EventType::Deleted)
      p.fresh.erase(key);
    else
      p.fresh[std::move(key)] = std::move(object);
    return {};
  }
  if (event.type == EventType::Deleted)
    store_.erase(object);
  else
    store_.upsert(std::move(object));
  metrics_->objects.set(static_cast<double>(store_.size()));
  return {};
}

Awaitable<Result<Event>> Reflector::list(ReflectorAction action) {
  co_await end_pump();
  appeared_ = disappeared_ = false;
  kube::ListOptions o;
  o.label_selector = options_.label_selector;
  o.field_selector = options_.field_selector;
  o.resource_version = action.rv;
  o.limit = action.paged ? kPage : 0;
  std::vector<Object> objects;
  for (bool later_page = false;; later_page = true) {
    const std::string asked = o.continue_token;
    Result<kube::ListResult> page = co_await client_->list(options_.gvr, options_.ns, o);
    if (!page) {
      if (page.error().is(Disposition::Canceled)) co_return fail(std::move(page).error());
      Event event = failed(page.error(), false);
      event.later_page = later_page;
      co_return event;
    }
    for (auto& object : page->items) {
      if (!usable(object)) {
        metrics_->dropped.add();
        continue;
      }
      if (options_.project) options_.project(object);
      objects.push_back(std::move(object));
    }
    if (page->continue_token.empty()) {
      const std::string rv = page->resource_version;
      replace(std::move(objects), rv);
      co_return Event{.kind = Event::Kind::Synced, .rv = rv, .retry_after = {}};
    }
    if (page->continue_token == asked) {
      set_trouble("listing " + options_.gvr.to_string() + ": the server repeated a page");
      co_return Event{.kind = Event::Kind::Failed, .rv = {}, .failure = ReflectorFailure::Other, .retry_after = {}};
    }
    o.continue_token = page->continue_token;
    o.resource_version.clear();  // the token carries it; the server refuses both
  }
}

Awaitable<Result<Event>> Reflector::pause(ReflectorAction action) {
  co_await end_pump();
  if (action.kind == Do::Empty) {
    store_.replace({}, {});
    metrics_->objects.set(0);
    set_trouble(options_.gvr.to_string() + " is not served: its CRD is not installed");
  }
  async::Duration delay = backoff_.next(clock_.now());
  if (action.at_least) {
    // Not all at the same moment, when the server has sent everybody away for the same time.
    const auto jitter = std::chrono::milliseconds(std::uniform_int_distribution<int>(0, 1000)(random_));
    delay = std::max<async::Duration>(delay, *action.at_least + jitter);
  }
  const Deadline until = clock_.after(delay);
  while (!std::exchange(appeared_, false)) {
    Status woken = co_await wake_.wait(clock_, until);
    if (woken) continue;
    if (woken.error().is(Disposition::Canceled)) co_return fail(std::move(woken).error());
    co_return Event{.kind = Event::Kind::Elapsed, .rv = {}, .retry_after = {}};
  }
  backoff_.reset();
  co_return Event{.kind = Event::Kind::Appeared, .rv = {}, .retry_after = {}};
}

void Reflector::replace(std::vector<Object> objects, const std::string& rv) {
  metrics_->relists.add();
  store_.replace(std::move(objects), rv);
  metrics_->objects.set(static_cast<double>(store_.size()));
  set_trouble({});
}

Event Reflector::failed(const Error& error, bool fruitless) {
  set_trouble(error.message());
  Event event{.kind = Event::Kind::Failed, .rv = {}, .failure = classify(error), .retry_after = {}};
  event.fruitless = fruitless;
  if (error.status() != nullptr) event.retry_after = error.status()->retry_after;
  return event;
}

Event Reflector::finished(const Pump& p) {
  const bool fruitless = p.rv_at_open == store_.resource_version() && clock_.now() - p.opened < kVeryShort;
  Event event;
  if (p.error) {
    event = failed(*p.error, fruitless);
    note(p.error->is(Disposition::Timeout) ? "silent" : to_string(event.failure));
  } else {
    event.kind = Event::Kind::Ended;
    event.fruitless = fruitless;
    note(fruitless ? "very_short" : "closed");
  }
  if (!p.initial) event.rv = store_.resource_version();
  return event;
}

void Reflector::set_trouble(std::string text) {
  if (!text.empty() && text != trouble_)
    log::debug("watch is in trouble", {{"cluster", options_.cluster}, {"resource", options_.gvr.to_string()}, {"error", text}});
  trouble_ = std::move(text);
  if (options_.on_change) options_.on_change();
}

void Reflector::note(std::string_view restart_reason) { metrics_->restart(restart_reason); }

}  // namespace slipway::runtime
