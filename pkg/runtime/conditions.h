// status.conditions as metav1.Condition wants them: one entry a type, where it first stood; lastTransitionTime moves only when the status flips, in whole
// seconds; reason and message within the API's limits. Pure; any thread. Source: apimachinery pkg/api/meta/conditions.go, pkg/apis/meta/v1/types.go.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "pkg/base/strings.h"
#include "pkg/base/time.h"
#include "pkg/json/value.h"

namespace slipway::runtime {

inline constexpr std::size_t kMaxConditionMessage = 32'768;
inline constexpr std::size_t kMaxConditionReason = 1024;

// A reason that the API takes: letters, digits, '_', ',' and ':', starting with a letter and not ending with punctuation; what does not fit is left out, and
// nothing at all becomes "Unknown". One bad character would cost the whole status.
[[nodiscard]] std::string usable_reason(std::string_view reason);

struct ConditionUpdate {
  std::string type;
  std::string status;  // True | False | Unknown
  std::string reason;  // CamelCase, never empty
  std::string message;
  std::int64_t observed_generation = 0;  // 0: left out
};

// Puts the condition into a JSON list (null becomes one), in place where its type is there. True where anything changed.
bool set_condition(json::Value& conditions, const ConditionUpdate& update, WallTime now);
// True where it was there.
bool remove_condition(json::Value& conditions, std::string_view type);

// The same for a vector of structs with the API's field names.
template <class Condition>
bool set_condition(std::vector<Condition>& conditions, Condition update, WallTime now) {
  update.reason = usable_reason(update.reason);
  update.message = shorten(update.message, kMaxConditionMessage);
  const auto it = std::ranges::find(conditions, update.type, &Condition::type);
  if (it == conditions.end()) {
    update.lastTransitionTime = to_rfc3339(now);
    conditions.push_back(std::move(update));
    return true;
  }
  const bool flips = it->status != update.status || it->lastTransitionTime.empty();
  if (!flips && it->reason == update.reason && it->message == update.message && it->observedGeneration == update.observedGeneration) return false;
  update.lastTransitionTime = flips ? to_rfc3339(now) : it->lastTransitionTime;
  *it = std::move(update);
  return true;
}

}  // namespace slipway::runtime
