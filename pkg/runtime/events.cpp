#include "pkg/runtime/events.h"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <tuple>
#include <unistd.h>

#include "pkg/async/backoff.h"
#include "pkg/async/sync.h"
#include "pkg/async/task_group.h"
#include "pkg/base/strings.h"
#include "pkg/log/log.h"
#include "pkg/metrics/metrics.h"

namespace slipway::runtime {
namespace {

using async::Awaitable;
using async::TimePoint;
using kube::Object;
using kube::ObjectKey;

// client-go tools/record: burst 25, one every 300 s an object, 4096 remembered.
constexpr double kBurst = 25;
constexpr double kRefillSeconds = 300;
constexpr std::size_t kRemembered = 4096;
constexpr std::size_t kQueue = 1000;
constexpr std::size_t kMaxMessage = 1024;
constexpr std::size_t kMaxReason = 128;
constexpr std::chrono::hours kSeries{1};  // kube-apiserver keeps Events for an hour
constexpr int kAttempts = 5;              // only where the server did not answer

// (object's UID or name, type, reason, message)
using Series = std::tuple<std::string, std::string, std::string, std::string>;

struct Entry {
  Object event;  // as it is to be written
  std::int64_t count = 0;
  TimePoint last;
  bool created = false;
  bool queued = false;
};

struct Bucket {
  double tokens = kBurst;
  TimePoint at;
  // True where there was one.
  bool take(TimePoint now) {
    tokens = std::min(kBurst, tokens + std::chrono::duration<double>(now - at).count() / kRefillSeconds);
    at = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  }
};

std::string host_name() {
  std::array<char, 256> buffer{};
  if (::gethostname(buffer.data(), buffer.size() - 1) != 0) return "unknown";
  return buffer.data();
}

json::Value reference(const Object& about) {
  json::Value ref;
  for (const auto* field : {"apiVersion", "kind"}) ref.set(field, about[field]);
  for (const auto* field : {"namespace", "name", "uid", "resourceVersion"})
    if (const json::Value& v = about["metadata"][field]; v.is_string()) ref.set(field, v);
  return ref;
}

template <class Map, class When>
void forget_oldest(Map& map, When when) {
  if (map.size() < kRemembered) return;
  map.erase(std::ranges::min_element(map, {}, [&](const auto& item) { return when(item.second); }));
}

void count_drop(const char* reason) {
  metrics::registry().counter("slipway_events_dropped_total", "Kubernetes Events that were not sent, by reason", {{"reason", reason}}).add();
}

}  // namespace

struct EventRecorder::State {
  State(std::shared_ptr<kube::Client> c, const async::Executor& e, EventOptions o) : client(std::move(c)), wake(e), options(std::move(o)) {
    if (options.instance.empty()) options.instance = host_name();
  }

  std::shared_ptr<kube::Client> client;
  async::Event wake;
  EventOptions options;
  std::map<Series, Entry> entries;
  std::map<std::string, Bucket> buckets;
  std::deque<Series> queue;
  std::uint64_t made = 0;

  [[nodiscard]] Object make(const Object& about, const Series& series) {
    const WallTime now = client->clock().wall();
    const auto nanos = static_cast<std::uint64_t>(now.time_since_epoch().count()) * 1000U + made++ % 1000U;
    const std::string ns(kube::namespace_of(about));
    Object event = kube::make_object("v1", "Event", {ns.empty() ? "default" : ns, shorten(kube::name_of(about), 230) + "." + hex(nanos)});
    event.set("involvedObject", reference(about));
    event.set("type", std::get<1>(series));
    event.set("reason", std::get<2>(series));
    event.set("message", std::get<3>(series));
    event.ref("source").set("component", options.component);
    event.set("reportingComponent", options.component);
    event.set("reportingInstance", shorten(options.instance, 128));
    event.set("firstTimestamp", to_rfc3339(now));
    return event;
  }

  void record(const Object& about, std::string type, std::string_view reason, std::string_view message) {
    const TimePoint now = client->clock().now();
    const auto uid = kube::uid_of(about);
    const std::string who = uid.empty() ? kube::describe(about) : std::string(uid);
    auto bucket = buckets.find(who);
    if (bucket == buckets.end()) {
      forget_oldest(buckets, [](const Bucket& b) { return b.at; });
      bucket = buckets.emplace(who, Bucket{.tokens = kBurst, .at = now}).first;
    }
    if (!bucket->second.take(now)) return count_drop("rate_limited");
    Series series{who, std::move(type), shorten(reason, kMaxReason), shorten(message, kMaxMessage)};
    auto it = entries.find(series);
    if (it != entries.end() && now - it->second.last > kSeries && !it->second.queued) {
      entries.erase(it);
      it = entries.end();
    }
    if ((it == entries.end() || !it->second.queued) && queue.size() >= kQueue) return count_drop("queue_full");
    if (it == entries.end()) {
      forget_oldest(entries, [](const Entry& e) { return e.last; });
      it = entries.emplace(series, Entry{.event = make(about, series), .count = 0, .last = now, .created = false, .queued = false}).first;
    }
    Entry& entry = it->second;
    ++entry.count;
    entry.last = now;
    entry.event.set("count", entry.count);
    entry.event.set("lastTimestamp", to_rfc3339(client->clock().wall()));
    if (std::exchange(entry.queued, true)) return;
    queue.push_back(std::move(series));
    wake.notify_all();
  }
};

namespace {

Awaitable<Result<Object>> write(std::shared_ptr<kube::Client> client, Object event, bool created) {
  if (created) {
    json::Value patch;
    patch.set("count", event["count"]);
    patch.set("lastTimestamp", event["lastTimestamp"]);
    Result<Object> patched = co_await client->patch(kube::res::kEvents, kube::key_of(event), kube::PatchType::Merge, std::move(patch), {});
    if (patched || !patched.error().is(Disposition::NotFound)) co_return patched;
  }
  Result<Object> made = co_await client->create(kube::res::kEvents, std::move(event), {});
  co_return made;
}

// One of the queue, with retries where the server was not reached. What the server refuses is gone: an Event is not worth a fight.
template <class State>
Awaitable<Status> send_next(std::shared_ptr<State> s, async::Deadline deadline) {
  const Series series = std::move(s->queue.front());
  s->queue.pop_front();
  auto it = s->entries.find(series);
  if (it == s->entries.end()) co_return Status();
  it->second.queued = false;
  Object event = it->second.event;
  const bool created = it->second.created;
  async::Clock& clock = s->client->clock();
  async::Backoff backoff({.initial = std::chrono::seconds(1), .cap = std::chrono::seconds(10)});
  for (int attempt = 1;; ++attempt) {
    Result<Object> written = co_await write(s->client, event, created);
    if (written) {
      it = s->entries.find(series);
      if (it != s->entries.end()) it->second.created = true;
      co_return Status();
    }
    const Error& error = written.error();
    if (error.is(Disposition::Canceled)) {
      s->queue.push_front(series);
      it = s->entries.find(series);
      if (it != s->entries.end()) it->second.queued = true;
      co_return fail(error);
    }
    if (error.status() != nullptr || attempt == kAttempts) {
      count_drop(error.status() != nullptr ? "refused" : "unreachable");
      log::debug("event not sent", {{"error", error.message()}});
      co_return Status();
    }
    const async::Deadline next = min(clock.after(backoff.next(clock.now())), deadline);
    co_await clock.sleep_until(next.at);
    if (clock.now() >= deadline.at) co_return fail(Disposition::Timeout, "sending events: out of time");
  }
}

}  // namespace

EventRecorder::EventRecorder(std::shared_ptr<kube::Client> client, async::Executor executor, EventOptions options)
    : state_(std::make_shared<State>(std::move(client), executor, std::move(options))) {}
EventRecorder::~EventRecorder() = default;

void EventRecorder::normal(const Object& about, std::string_view reason, std::string_view message) { state_->record(about, "Normal", reason, message); }
void EventRecorder::warning(const Object& about, std::string_view reason, std::string_view message) { state_->record(about, "Warning", reason, message); }
std::size_t EventRecorder::queued() const noexcept { return state_->queue.size(); }

Awaitable<void> EventRecorder::run() {
  const std::shared_ptr<State> s = state_;
  co_await async::no_throw_on_cancel();
  for (;;) {
    while (s->queue.empty()) {
      Status woken = co_await s->wake.wait(s->client->clock());
      if (!woken) co_return;
    }
    Status sent = co_await send_next(s, async::Deadline::never());
    const bool stop = co_await async::is_cancelled();
    if (stop || !sent) co_return;
  }
}

Awaitable<Status> EventRecorder::flush(async::Deadline deadline) {
  const std::shared_ptr<State> s = state_;
  while (!s->queue.empty()) {
    if (s->client->clock().now() >= deadline.at) co_return fail(Disposition::Timeout, "sending events: out of time");
    Status sent = co_await send_next(s, deadline);
    if (!sent) co_return sent;
  }
  co_return Status();
}

}  // namespace slipway::runtime
