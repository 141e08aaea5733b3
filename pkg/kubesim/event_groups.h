// An Event in the words of its two groups: core/v1, as it is stored, and events.k8s.io/v1 (kubernetes pkg/apis/events/v1/conversion.go). Pure; any thread.
#pragma once

#include <string_view>

#include "pkg/json/value.h"

namespace slipway::kubesim {

inline constexpr std::string_view kEventsGroup = "events.k8s.io";

[[nodiscard]] json::Value event_of_core(json::Value event);
[[nodiscard]] json::Value event_of_events_group(json::Value event);  // apiVersion stays the caller's to set

}  // namespace slipway::kubesim
