// What an Event says, as events.k8s.io/v1 wants it, and as core/v1 where a server has nothing newer. Pure; any thread.
//
// Caps are the API's (pkg/apis/core/validation/events.go): note 1 KiB; reason, action and reportingInstance 128 bytes; a name that is a DNS subdomain.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pkg/base/time.h"
#include "pkg/kube/types.h"

namespace slipway::runtime {

enum class EventApi : std::uint8_t { Events, Core };

struct EventText {
  std::string type;    // Normal | Warning
  std::string action;  // what was being done, CamelCase
  std::string reason;  // why it is said, CamelCase
  std::string note;    // the sentence
};
// Cut to the API's limits.
[[nodiscard]] EventText within_limits(EventText text);

// Who speaks.
struct EventSource {
  std::string controller;  // a qualified name: "slipway"
  std::string instance;
};

// One series of the same Event.
struct EventFacts {
  kube::ObjectKey key;    // of the Event
  json::Value regarding;  // an ObjectReference
  EventText text;
  WallTime first;
  WallTime last;
  std::int64_t count = 1;
};

[[nodiscard]] json::Value reference_to(const kube::Object& about);
// "<object>.<hex of unix nanoseconds>", beside its object; of cluster-scoped ones in "default". `nanos` must differ from call to call.
[[nodiscard]] kube::ObjectKey event_key(const kube::Object& about, std::uint64_t nanos);

[[nodiscard]] kube::GroupVersionResource events_resource(EventApi api);
[[nodiscard]] kube::Object event_body(const EventFacts& facts, const EventSource& source, EventApi api);
// A merge patch with the count as it is now.
[[nodiscard]] json::Value event_patch(const EventFacts& facts, EventApi api);

}  // namespace slipway::runtime
