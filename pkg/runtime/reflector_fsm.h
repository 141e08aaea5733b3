// What a reflector does next, as a pure function: (model, event) -> (model, action). No I/O, no time: the driver (reflector.h) performs the action and reports
// what came of it.
//
// Flow: the initial objects come as a stream (WatchList, KEP-3157) or, where the server cannot do that, as a list; then the watch follows. A watch that ends is
// resumed from where it was; only where the server has forgotten that place, or the stream cannot be trusted, everything is read again.
// Guarantees: every failure either waits (backoff, or what the server asked for) or makes progress towards a cheaper question: no hot loop. A resource counts
// as absent only after a list said 404. Assumptions: resourceVersions are opaque here. The first read asks for the most recent state (not "any cached", as
// client-go does): an operator that restarts must see its own last writes. Source of the rules: client-go tools/cache/reflector.go.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pkg/base/error.h"

namespace slipway::runtime {

enum class ReflectorState : std::uint8_t {
  Idle,
  Streaming,  // initial objects by WatchList
  Listing,
  Watching,
  Waiting,  // backing off before `resume`
  Absent,   // the server does not serve the resource
};
[[nodiscard]] std::string_view to_string(ReflectorState state) noexcept;

struct ReflectorModel {
  ReflectorState state = ReflectorState::Idle;
  ReflectorState resume = ReflectorState::Idle;  // Waiting: what comes after
  std::string rv;                                // where to go on from; empty: the most recent
  bool watch_list = true;                        // until the server refused it
  bool whole_list = false;                       // one unpaged list: pages expired while they were read
  friend bool operator==(const ReflectorModel&, const ReflectorModel&) = default;
};

enum class ReflectorFailure : std::uint8_t {
  Expired,          // 410: the server does not have that resourceVersion any more
  TooLarge,         // ... or not yet
  TooManyRequests,  // 429
  Connection,       // refused, reset, cut, or silent for too long: no answer of the server
  NotFound,         // 404
  Refused,          // the request is not understood (400, 405, 415, 422, 501)
  Other,            // 5xx, 401, 403, frames that cannot be read
};
[[nodiscard]] ReflectorFailure classify(const Error& error) noexcept;
[[nodiscard]] std::string_view to_string(ReflectorFailure failure) noexcept;

struct ReflectorEvent {
  enum class Kind : std::uint8_t {
    Started,
    Synced,   // the store holds the whole of `rv`
    Ended,    // a stream ended cleanly at `rv`
    Failed,   // with `failure`, at `rv`
    Elapsed,  // a wait is over
    Appeared  // the resource's CRD is established now
  } kind = Kind::Started;
  std::string rv;
  ReflectorFailure failure = ReflectorFailure::Other;
  bool fruitless = false;   // Ended, Failed: the watch was not opened, or was over in less than a second and brought nothing
  bool later_page = false;  // Failed in Listing: not the first page
  std::optional<std::chrono::seconds> retry_after;
};

struct ReflectorAction {
  enum class Kind : std::uint8_t {
    Stream,  // WatchList from at least rv
    List,    // at least rv (most recent where empty), in pages or whole
    Watch,   // after rv
    Follow,  // go on with the stream that brought the initial objects
    Wait,    // backoff, at least at_least
    Empty    // the resource is absent: empty the store, then Wait for the CRD or for the backoff
  } kind = Kind::Stream;
  std::string rv;
  bool paged = false;
  bool spread = false;  // Watch: after a short random pause, since a broken connection breaks others at the same moment
  std::optional<std::chrono::seconds> at_least;
  friend bool operator==(const ReflectorAction&, const ReflectorAction&) = default;
};

struct ReflectorStep {
  ReflectorModel model;
  ReflectorAction action;
};
[[nodiscard]] ReflectorStep step(ReflectorModel model, const ReflectorEvent& event);

}  // namespace slipway::runtime
