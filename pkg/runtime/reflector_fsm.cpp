#include "pkg/runtime/reflector_fsm.h"

#include <utility>

#include "pkg/kube/client.h"

namespace slipway::runtime {
namespace {

using State = ReflectorState;
using Failure = ReflectorFailure;
using Event = ReflectorEvent;
using Do = ReflectorAction::Kind;

ReflectorStep stream(ReflectorModel m) {
  m.state = State::Streaming;
  ReflectorAction action{.kind = Do::Stream, .rv = m.rv, .paged = false, .at_least = {}};
  return {std::move(m), std::move(action)};
}

// Paging goes to etcd past the watch cache, so it is used for the most recent state only (client-go pager).
ReflectorStep list(ReflectorModel m) {
  m.state = State::Listing;
  ReflectorAction action{.kind = Do::List, .rv = m.rv, .paged = m.rv.empty() && !m.whole_list, .at_least = {}};
  return {std::move(m), std::move(action)};
}

ReflectorStep read_again(ReflectorModel m) { return m.watch_list ? stream(std::move(m)) : list(std::move(m)); }

ReflectorStep watch(ReflectorModel m) {
  m.state = State::Watching;
  ReflectorAction action{.kind = Do::Watch, .rv = m.rv, .paged = false, .at_least = {}};
  return {std::move(m), std::move(action)};
}

ReflectorStep wait(ReflectorModel m, State resume, const Event& event) {
  m.state = State::Waiting;
  m.resume = resume;
  return {std::move(m), {.kind = Do::Wait, .rv = {}, .paged = false, .at_least = event.retry_after}};
}

ReflectorStep absent(ReflectorModel m) {
  m.state = State::Absent;
  m.rv.clear();
  m.whole_list = false;
  return {std::move(m), {.kind = Do::Empty, .rv = {}, .paged = false, .at_least = {}}};
}

// The place is unknown to the server: ask for the most recent state; where that was asked for already, it is the server that is ill.
ReflectorStep most_recent(ReflectorModel m, State resume, const Event& event) {
  if (m.rv.empty()) return wait(std::move(m), resume, event);
  m.rv.clear();
  return resume == State::Streaming ? stream(std::move(m)) : list(std::move(m));
}

ReflectorStep in_streaming(ReflectorModel m, const Event& event) {
  if (event.kind == Event::Kind::Synced) {
    m.state = State::Watching;
    m.rv = event.rv;
    return {std::move(m), {.kind = Do::Follow, .rv = {}, .paged = false, .at_least = {}}};
  }
  if (event.kind == Event::Kind::Ended) return wait(std::move(m), State::Streaming, event);
  switch (event.failure) {
    case Failure::Expired:
    case Failure::TooLarge: return most_recent(std::move(m), State::Streaming, event);
    case Failure::Connection:
    case Failure::TooManyRequests: return wait(std::move(m), State::Streaming, event);
    case Failure::Refused: m.watch_list = false; return list(std::move(m));
    case Failure::NotFound:
    case Failure::Other: return list(std::move(m));
  }
  return list(std::move(m));
}

ReflectorStep in_listing(ReflectorModel m, const Event& event) {
  if (event.kind == Event::Kind::Synced) {
    m.rv = event.rv;
    m.whole_list = false;
    return watch(std::move(m));
  }
  switch (event.failure) {
    case Failure::Expired:
      if (event.later_page && !m.whole_list) {
        m.whole_list = true;
        return list(std::move(m));
      }
      return most_recent(std::move(m), State::Listing, event);
    case Failure::TooLarge: return most_recent(std::move(m), State::Listing, event);
    case Failure::NotFound: return absent(std::move(m));
    default: return wait(std::move(m), m.watch_list ? State::Streaming : State::Listing, event);
  }
}

ReflectorStep in_watching(ReflectorModel m, const Event& event) {
  if (!event.rv.empty()) m.rv = event.rv;
  const State again = m.watch_list ? State::Streaming : State::Listing;
  if (event.kind == Event::Kind::Ended) {
    // 200 and a silent close is what some servers say instead of 410 (kubernetes#137089).
    return event.fruitless ? wait(std::move(m), again, event) : watch(std::move(m));
  }
  if (event.failure == Failure::TooLarge) m.rv.clear();
  switch (event.failure) {
    case Failure::Expired:
    case Failure::NotFound:
    case Failure::TooLarge: return event.fruitless ? wait(std::move(m), again, event) : read_again(std::move(m));
    case Failure::TooManyRequests: return wait(std::move(m), State::Watching, event);
    case Failure::Connection: {
      if (event.fruitless) return wait(std::move(m), State::Watching, event);
      ReflectorStep next = watch(std::move(m));
      next.action.spread = true;
      return next;
    }
    case Failure::Refused:
    case Failure::Other: return wait(std::move(m), again, event);
  }
  return wait(std::move(m), again, event);
}

ReflectorStep resume(ReflectorModel m) {
  switch (m.resume) {
    case State::Watching: return watch(std::move(m));
    case State::Listing: return list(std::move(m));
    default: return read_again(std::move(m));
  }
}

}  // namespace

std::string_view to_string(ReflectorState state) noexcept {
  switch (state) {
    case State::Idle: return "idle";
    case State::Streaming: return "streaming";
    case State::Listing: return "listing";
    case State::Watching: return "watching";
    case State::Waiting: return "waiting";
    case State::Absent: return "absent";
  }
  return "idle";
}

std::string_view to_string(ReflectorFailure failure) noexcept {
  switch (failure) {
    case Failure::Expired: return "expired";
    case Failure::TooLarge: return "too_large_resource_version";
    case Failure::TooManyRequests: return "too_many_requests";
    case Failure::Connection: return "connection";
    case Failure::NotFound: return "not_found";
    case Failure::Refused: return "refused";
    case Failure::Other: return "error";
  }
  return "error";
}

ReflectorFailure classify(const Error& error) noexcept {
  if (kube::is_resource_version_too_large(error)) return Failure::TooLarge;
  switch (error.disposition()) {
    case Disposition::Gone: return Failure::Expired;
    case Disposition::TooManyRequests: return Failure::TooManyRequests;
    case Disposition::NotFound: return Failure::NotFound;
    case Disposition::Timeout: return Failure::Connection;
    case Disposition::Transient: return error.status() == nullptr ? Failure::Connection : Failure::Other;
    case Disposition::Invalid:
    case Disposition::Unsupported: return error.status() == nullptr ? Failure::Other : Failure::Refused;
    default: return Failure::Other;
  }
}

ReflectorStep step(ReflectorModel model, const ReflectorEvent& event) {
  // The CRD is known to be gone, or to be there: that ends every other thought.
  if (event.kind == Event::Kind::Appeared && (model.state == State::Absent || model.state == State::Waiting)) {
    model.rv.clear();
    return read_again(std::move(model));
  }
  switch (model.state) {
    case State::Idle:
    case State::Absent: return read_again(std::move(model));
    case State::Streaming: return in_streaming(std::move(model), event);
    case State::Listing: return in_listing(std::move(model), event);
    case State::Watching: return in_watching(std::move(model), event);
    case State::Waiting: return resume(std::move(model));
  }
  return read_again(std::move(model));
}

}  // namespace slipway::runtime
