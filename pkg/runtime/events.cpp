#include "pkg/runtime/events.h"

#include <array>
#include <unistd.h>

#include "pkg/async/backoff.h"
#include "pkg/async/sync.h"
#include "pkg/async/task_group.h"
#include "pkg/log/log.h"
#include "pkg/metrics/metrics.h"
#include "pkg/runtime/events_series.h"

namespace slipway::runtime {
namespace {

using async::Awaitable;
using async::TimePoint;
using kube::Object;

// client-go tools/events: 12 tries, 10 s apart and a quarter more at random.
constexpr int kAttempts = 12;
constexpr async::BackoffOptions kRetry{.initial = std::chrono::seconds(10), .cap = std::chrono::seconds(10), .jitter = 0.25};

std::string host_name() {
  std::array<char, 256> buffer{};
  if (::gethostname(buffer.data(), buffer.size() - 1) != 0) return "unknown";
  return buffer.data();
}

EventSource source_of(const EventOptions& options) {
  return {options.component, options.instance.empty() ? options.component + "-" + host_name() : options.instance};
}

void count_drop(const char* reason) {
  metrics::registry().counter("slipway_events_dropped_total", "Kubernetes Events that were not sent, by reason.", {{"reason", reason}}).add();
}

// A 404 for the path, not for a namespace (apimachinery api/errors, NewGenericServerResponse).
bool not_served(const Error& error) {
  return error.status() != nullptr && error.status()->code == 404 && error.status()->message.contains("could not find the requested resource");
}

}  // namespace

struct EventRecorder::State {
  State(std::shared_ptr<kube::Client> c, const async::Executor& e, const EventOptions& o) : client(std::move(c)), wake(e), source(source_of(o)) {}

  std::shared_ptr<kube::Client> client;
  async::Event wake;
  EventSource source;
  EventSeries series;
  EventApi api = EventApi::Events;

  void record(const Object& about, EventText text) {
    switch (series.record(about, std::move(text), client->clock().now(), client->clock().wall())) {
      case EventVerdict::Queued: return wake.notify_all();
      case EventVerdict::Counted: return;
      case EventVerdict::RateLimited: return count_drop("rate_limited");
      case EventVerdict::QueueFull: return count_drop("queue_full");
    }
  }
};

namespace {

template <class State>
Awaitable<Result<Object>> create(std::shared_ptr<State> s, EventFacts facts) {
  Result<Object> made = co_await s->client->create(events_resource(s->api), event_body(facts, s->source, s->api), {});
  if (made || s->api == EventApi::Core || !not_served(made.error())) co_return made;
  log::info("events are written as core/v1: the server does not serve events.k8s.io/v1", {{"server", s->client->server()}});
  s->api = EventApi::Core;
  Result<Object> legacy = co_await s->client->create(events_resource(s->api), event_body(facts, s->source, s->api), {});
  co_return legacy;
}

template <class State>
Awaitable<Result<Object>> send(std::shared_ptr<State> s, EventSeries::Write write) {
  if (write.created) {
    Result<Object> patched = co_await s->client->patch(events_resource(s->api), write.facts.key, kube::PatchType::Merge, event_patch(write.facts, s->api), {});
    if (patched || !patched.error().is(Disposition::NotFound)) co_return patched;  // else the server has forgotten it, as it does after an hour
  }
  Result<Object> made = co_await create(s, write.facts);
  co_return made;
}

// One write to its end: done, refused, given up, or (Errors: Canceled, Timeout) put back.
template <class State>
Awaitable<Status> send_next(std::shared_ptr<State> s, async::Deadline deadline) {
  const std::optional<EventSeries::Write> write = s->series.next();
  if (!write) co_return Status();
  async::Clock& clock = s->client->clock();
  async::Backoff backoff(kRetry);
  for (int attempt = 1;; ++attempt) {
    Result<Object> sent = co_await send(s, *write);
    // AlreadyExists: an answer was lost, the Event was not.
    if (sent || sent.error().is(Disposition::AlreadyExists)) {
      s->series.written(*write, clock.now());
      co_return Status();
    }
    const Error& error = sent.error();
    if (error.is(Disposition::Canceled)) {
      s->series.put_back(*write);
      co_return fail(error);
    }
    if (!error.retryable() || attempt == kAttempts) {
      s->series.refused(*write);
      count_drop(error.retryable() ? "unreachable" : "refused");
      log::debug("event not sent", {{"error", error.message()}});
      co_return Status();
    }
    const async::Deadline next = min(clock.after(backoff.next(clock.now())), deadline);
    co_await clock.sleep_until(next.at);
    const bool cancelled = co_await async::is_cancelled();
    if (!cancelled && clock.now() < deadline.at) continue;
    s->series.put_back(*write);
    if (cancelled) co_return fail(Disposition::Canceled, "sending events");
    co_return fail(Disposition::Timeout, "sending events: out of time");
  }
}

}  // namespace

EventRecorder::EventRecorder(std::shared_ptr<kube::Client> client, async::Executor executor, EventOptions options)
    : state_(std::make_shared<State>(std::move(client), executor, options)) {}
EventRecorder::~EventRecorder() = default;

void EventRecorder::normal(const Object& about, std::string_view reason, std::string_view message, std::string_view action) {
  state_->record(about, {"Normal", std::string(action), std::string(reason), std::string(message)});
}
void EventRecorder::warning(const Object& about, std::string_view reason, std::string_view message, std::string_view action) {
  state_->record(about, {"Warning", std::string(action), std::string(reason), std::string(message)});
}
std::size_t EventRecorder::queued() const noexcept { return state_->series.queued(); }

Awaitable<void> EventRecorder::run() {
  const std::shared_ptr<State> s = state_;
  co_await async::no_throw_on_cancel();
  for (;;) {
    while (s->series.queued() == 0) {
      Status woken = co_await s->wake.wait(s->client->clock(), async::Deadline{s->series.next_due()});
      if (!woken && woken.error().is(Disposition::Canceled)) co_return;
      if (!woken) s->series.sweep(s->client->clock().now());
    }
    Status sent = co_await send_next(s, async::Deadline::never());
    const bool stop = co_await async::is_cancelled();
    if (stop || !sent) co_return;
  }
}

Awaitable<Status> EventRecorder::flush(async::Deadline deadline) {
  const std::shared_ptr<State> s = state_;
  s->series.queue_counts();
  while (s->series.queued() > 0) {
    if (s->client->clock().now() >= deadline.at) co_return fail(Disposition::Timeout, "sending events: out of time");
    Status sent = co_await send_next(s, deadline);
    if (!sent) co_return sent;
  }
  co_return Status();
}

}  // namespace slipway::runtime
