#include "pkg/runtime/reflector.h"

#include <algorithm>
#include <charconv>

#include "pkg/base/random.h"
#include "pkg/kube/resource_version.h"
#include "pkg/log/log.h"
#include "pkg/metrics/buckets.h"
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
constexpr int kIdleBookmarks = 3;  // of the pace that a stream has shown (reference: one a minute)
constexpr std::chrono::seconds kIdleFloor{90};
constexpr std::chrono::milliseconds kSpread{1000};                           // of reconnects, when one server's end breaks all connections at once
constexpr std::chrono::seconds kHeal{30};                                    // after an event that could not be read
constexpr int kMostUnreadable = 100;                                         // one after the other: this is no watch
constexpr std::string_view kInitialEventsEnd = "k8s.io/initial-events-end";  // KEP-3157

// An answer from before the state that was asked for: a server that lags, or does not know NotOlderThan.
bool goes_back(std::string_view asked, std::string_view got) noexcept {
  const auto order = kube::compare_resource_versions(got, asked);
  return order && *order < 0;
}

// As many digits as a gauge can hold exactly (component-base's informer metrics).
double last_digits(std::string_view rv) noexcept {
  constexpr std::size_t kDigits = 15;
  const std::string_view end = rv.substr(rv.size() - std::min(rv.size(), kDigits));
  std::int64_t value = 0;
  std::from_chars(end.data(), end.data() + end.size(), value);
  return static_cast<double>(value);
}

const std::string kOlder = "the server answered with an older state than it was asked for";

}  // namespace

// One open stream, with what it brought.
struct Reflector::Pump {
  std::unique_ptr<kube::WatchStream> stream;
  TimePoint opened;
  Deadline hard;
  bool initial = false;    // collecting into `fresh` until the end bookmark
  bool announced = false;  // Synced was reported (a plain watch has nothing to report)
  Contents fresh;
  std::shared_ptr<kube::Decoding> decoding;
  std::string asked;  // the resourceVersion that it was opened at
  std::string rv_at_open;
  TimePoint heard;
  std::optional<TimePoint> bookmark;       // the last one
  std::optional<async::Duration> pace;     // the longest time between two of them
  int unreadable = 0;                      // frames one after the other
  std::optional<TimePoint> damaged_until;  // an event could not be read: everything is read again then, since resuming would not bring it back
  bool over = false;
  std::optional<Error> error;  // with over

  [[nodiscard]] Deadline patience() const {
    const Deadline end = damaged_until ? min(hard, Deadline{*damaged_until}) : hard;
    if (!pace) return end;
    return min(end, Deadline{heard + std::max<async::Duration>(*pace * kIdleBookmarks, kIdleFloor)});
  }
};

// They go with the reflector: a cluster that left takes its series along.
struct Reflector::Metrics {
  Metrics(const std::string& cluster, const kube::GroupVersionResource& gvr)
      : labels{{"cluster", cluster}, {"resource", gvr.to_string()}},
        informer{{"name", cluster}, {"group", gvr.group}, {"version", gvr.version}, {"resource", gvr.resource}} {
    // Nothing waits between the stream and the store; the series is there for dashboards made for client-go.
    series.gauge("informer_queued_items", "Events of a watch that wait to be handed to the cache.", informer).set(0);
  }
  metrics::Labels labels;
  metrics::Labels informer;
  metrics::SeriesGroup series;
  metrics::Counter& relists = series.counter("slipway_watch_relists_total", "Complete reads of a resource (streamed or listed)", labels);
  metrics::Counter& events = series.counter("slipway_watch_events_total", "Watch events received", labels);
  metrics::Counter& dropped = series.counter("slipway_watch_dropped_events_total", "Watch events that could not be used", labels);
  metrics::Counter& bytes = series.counter("slipway_watch_received_bytes_total", "Bytes of watches and lists", labels);
  metrics::Counter& decode_seconds = series.counter("slipway_watch_decode_seconds_total", "Time spent on reading objects", labels);
  metrics::Counter& unchanged = series.counter("slipway_watch_unchanged_objects_total", "Objects of complete reads that were not read again", labels);
  metrics::Gauge& objects = series.gauge("slipway_watch_cache_objects", "Objects in the cache", labels);
  metrics::Gauge& object_bytes = series.gauge("slipway_watch_cache_bytes", "Memory of the objects in the cache", labels);
  metrics::Histogram& latency = series.histogram("informer_processing_latency_seconds", "How long it took to hand an event to the cache and its subscribers.",
                                                 metrics::kInformerSeconds, informer);
  metrics::Gauge& version = series.gauge("informer_store_resource_version", "The last digits of the resourceVersion that the cache shows.", informer);
  metrics::Gauge& staleness = series.gauge("slipway_cache_staleness_seconds", "Time since the last event, bookmark or opened watch", labels);
  void restart(std::string_view reason) {
    metrics::Labels with_reason = labels;
    with_reason["reason"] = reason;
    series.counter("slipway_watch_restarts_total", "Watches that ended, by reason", with_reason).add();
  }
  void size(const Store& store) {
    objects.set(static_cast<double>(store.size()));
    object_bytes.set(static_cast<double>(store.bytes()));
  }
};

Reflector::Reflector(std::shared_ptr<kube::Client> client, async::Executor executor, Store& store, ReflectorOptions options)
    : client_(std::move(client)),
      executor_(executor),
      clock_(client_->clock()),
      store_(store),
      options_(std::move(options)),
      random_(options_.seed.value_or(random_seed())),
      wake_(executor),
      metrics_(std::make_unique<Metrics>(options_.cluster, options_.gvr)) {
  backoff_ = async::Backoff({}, random_());
  metrics_->series.before_expose([this] {
    metrics_->version.set(last_digits(store_.resource_version()));
    if (const auto heard = last_heard()) metrics_->staleness.set(std::chrono::duration<double>(clock_.now() - *heard).count());
  });
}

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

void Reflector::heard() noexcept { heard_.store(clock_.now().time_since_epoch().count(), std::memory_order_relaxed); }

std::optional<TimePoint> Reflector::last_heard() const noexcept {
  const auto heard = heard_.load(std::memory_order_relaxed);
  if (heard == 0) return std::nullopt;
  return TimePoint(async::Duration(heard));
}

std::optional<Outage> Reflector::outage() const {
  if (!store_.synced() || absent() || !troubled_since_) return std::nullopt;
  return Outage{.since = *troubled_since_, .error = trouble_};
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

// Names and versions that the store holds already are not parsed again.
std::shared_ptr<kube::Decoding> Reflector::decoding(bool may_know) {
  auto decoding = std::make_shared<kube::Decoding>();
  decoding->drop = options_.drop;
  decoding->tolerant = true;
  decoding->received = [this](std::size_t bytes) { metrics_->bytes.add(static_cast<double>(bytes)); };
  decoding->decoded = [this](std::chrono::nanoseconds time) { metrics_->decode_seconds.add(std::chrono::duration<double>(time).count()); };
  if (may_know && store_.size() > 0)
    decoding->known = [this](const kube::Decoding::Identity& who) {
      const ObjectPtr held = store_.get({std::string(who.ns), std::string(who.name)});
      return held && kube::resource_version_of(*held) == who.resource_version && kube::uid_of(*held) == who.uid;
    };
  return decoding;
}

Awaitable<Result<Event>> Reflector::open(ReflectorAction action, bool initial) {
  co_await end_pump();
  if (action.spread) {
    const auto pause = std::chrono::milliseconds(std::uniform_int_distribution<std::int64_t>(0, kSpread.count())(random_));
    co_await clock_.sleep_until(clock_.now() + pause);
    const bool stop = co_await async::is_cancelled();
    if (stop) co_return fail(Disposition::Canceled, "stopped");
  }
  appeared_ = disappeared_ = false;
  kube::WatchOptions o;
  o.label_selector = options_.label_selector;
  o.field_selector = options_.field_selector;
  o.resource_version = action.rv;
  o.send_initial_events = initial;
  o.timeout_seconds = std::uniform_int_distribution<std::int64_t>(kMinWatch.count(), kMaxWatch.count())(random_);
  const std::chrono::seconds lifetime(o.timeout_seconds);
  const auto how = decoding(initial);
  o.decoding = how;
  auto stream = co_await client_->watch(options_.gvr, options_.ns, std::move(o));
  if (!stream) {
    if (stream.error().is(Disposition::Canceled)) co_return fail(std::move(stream).error());
    note(to_string(classify(stream.error())));
    co_return failed(stream.error(), true);
  }
  pump_ = std::make_shared<Pump>();
  pump_->stream = std::move(*stream);
  pump_->opened = pump_->heard = clock_.now();
  pump_->decoding = how;
  pump_->asked = action.rv;
  pump_->hard = clock_.after(lifetime + kGrace);
  pump_->initial = initial;
  pump_->announced = !initial;
  pump_->rv_at_open = store_.resource_version();
  heard();
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
    Result<std::optional<kube::WatchEvent>> event = co_await p->stream->next(p->patience());
    const bool stop = co_await async::is_cancelled();
    if (stop) co_return;
    if (event && *event) {
      p->heard = clock_.now();
      heard();
    }
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
  const kube::GroupVersionResource& gvr = options_.gvr;
  if (gvr.group.empty()) return api_version == gvr.version;
  return api_version.size() == gvr.group.size() + 1 + gvr.version.size() && api_version.starts_with(gvr.group) && api_version[gvr.group.size()] == '/' &&
         api_version.ends_with(gvr.version);
}

void Reflector::drop(const Object& object, std::string_view why) {
  metrics_->dropped.add();
  log::warn("an object of a watch was dropped",
            {{"cluster", options_.cluster}, {"resource", options_.gvr.to_string()}, {"name", kube::key_of(object).to_string()}, {"reason", std::string(why)}});
}

// Into a complete read. What is held already, and what cannot be read, stays as the store has it.
void Reflector::keep(Contents& fresh, Object object, kube::WatchEvent::Body body) {
  using Body = kube::WatchEvent::Body;
  if (body == Body::Unreadable) drop(object, "it is not valid JSON");
  ObjectKey key = kube::key_of(object);
  if (body != Body::Whole) {
    Cached held = store_.held(key);
    if (body == Body::Known) metrics_->unchanged.add();
    if (held.object) fresh[std::move(key)] = std::move(held);
    return;
  }
  if (!usable(object)) return drop(object, "it is of another kind");
  if (options_.project) options_.project(object);
  fresh[std::move(key)] = cached(object);
}

Status Reflector::take_bookmark(Pump& p, const Object& bookmark) {
  const std::string rv(kube::resource_version_of(bookmark));
  if (p.initial) {
    if (kube::annotation(bookmark, kInitialEventsEnd) != "true") return {};
    if (goes_back(p.asked, rv)) return fail(Disposition::Transient, "watching " + options_.gvr.to_string() + ": " + kOlder);
    p.initial = false;
    p.decoding->known = nullptr;
    replace(std::exchange(p.fresh, {}), rv);
    wake_.notify_all();
    return {};
  }
  const TimePoint now = clock_.now();
  if (p.bookmark) p.pace = std::max(p.pace.value_or(async::Duration::zero()), now - *p.bookmark);
  p.bookmark = now;
  if (!rv.empty()) store_.set_resource_version(rv);
  return {};
}

void Reflector::collect(Pump& p, kube::WatchEvent event) {
  if (event.type == EventType::Deleted)
    p.fresh.erase(kube::key_of(event.object));
  else
    keep(p.fresh, std::move(event.object), event.body);
}

Status Reflector::take(Pump& p, kube::WatchEvent event) {
  metrics_->events.add();
  Object& object = event.object;
  if (event.body == kube::WatchEvent::Body::Unreadable) {
    if (!p.initial && !p.damaged_until) p.damaged_until = clock_.now() + kHeal;
    if (++p.unreadable > kMostUnreadable) return fail(Disposition::Invalid, "watching " + options_.gvr.to_string() + ": the server sends no valid JSON");
    if (p.initial) {
      collect(p, std::move(event));
    } else {
      drop(object, "it is not valid JSON");
      if (event.type == EventType::Deleted) store_.forget(kube::key_of(object));
    }
    return {};
  }
  p.unreadable = 0;
  if (event.type == EventType::Error) return fail(kube::error_from_status(object, "watching " + options_.gvr.to_string()));
  if (event.type == EventType::Bookmark) return take_bookmark(p, object);
  if (p.initial) {
    collect(p, std::move(event));
    return {};
  }
  if (!usable(object)) {
    drop(object, "it is of another kind");
    return {};
  }
  if (options_.project) options_.project(object);
  const TimePoint began = clock_.now();
  if (event.type == EventType::Deleted)
    store_.erase(object);
  else
    store_.upsert(std::move(object));
  metrics_->latency.observe(std::chrono::duration<double>(clock_.now() - began).count());
  metrics_->size(store_);
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
  o.decoding = decoding(true);
  const auto fresh = std::make_shared<Contents>();
  for (bool later_page = false;; later_page = true) {
    const std::string asked = o.continue_token;
    kube::ListItem each = [this, fresh](Object object, kube::WatchEvent::Body body) { keep(*fresh, std::move(object), body); };
    Result<kube::ListResult> page = co_await client_->list_each(options_.gvr, options_.ns, o, std::move(each));
    if (!page) {
      if (page.error().is(Disposition::Canceled)) co_return fail(std::move(page).error());
      Event event = failed(page.error(), false);
      event.later_page = later_page;
      co_return event;
    }
    if (page->continue_token.empty()) {
      const std::string rv = page->resource_version;
      if (goes_back(action.rv, rv)) {
        set_trouble("listing " + options_.gvr.to_string() + ": " + kOlder);
        co_return Event{.kind = Event::Kind::Failed, .rv = {}, .failure = ReflectorFailure::TooLarge, .retry_after = {}};
      }
      replace(std::move(*fresh), rv);
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
    store_.reset(Contents(), {});
    metrics_->size(store_);
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

void Reflector::replace(Contents fresh, const std::string& rv) {
  metrics_->relists.add();
  store_.reset(std::move(fresh), rv);
  metrics_->size(store_);
  heard();
  set_trouble({});
}

Event Reflector::failed(const Error& error, bool fruitless) {
  set_trouble(error.message());
  Event event{.kind = Event::Kind::Failed, .rv = {}, .failure = classify(error), .retry_after = {}};
  event.fruitless = fruitless;
  // What a server says that has come back is no further sign of its being away: "that place is forgotten" is asked about soon, not in half a minute.
  const bool away = event.failure == ReflectorFailure::Connection;
  if (std::exchange(away_, away) && !away) backoff_.reset();
  if (error.status() != nullptr) event.retry_after = error.status()->retry_after;
  return event;
}

Event Reflector::finished(const Pump& p) {
  const bool fruitless = p.rv_at_open == store_.resource_version() && clock_.now() - p.opened < kVeryShort;
  const std::string lost = "watching " + options_.gvr.to_string() + ": an event was no valid JSON";
  Event event;
  if (p.damaged_until && (!p.error || classify(*p.error) == ReflectorFailure::Connection)) {
    event = failed(Error(Disposition::Invalid, lost), false);
    note("unreadable");
  } else if (p.error) {
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
  if (text.empty())
    troubled_since_.reset();
  else if (!troubled_since_)
    troubled_since_ = clock_.now();
  trouble_ = std::move(text);
  if (options_.on_change) options_.on_change();
}

void Reflector::note(std::string_view restart_reason) { metrics_->restart(restart_reason); }

}  // namespace slipway::runtime
