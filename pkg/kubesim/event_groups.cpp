#include "pkg/kubesim/event_groups.h"

#include <array>
#include <utility>

namespace slipway::kubesim {
namespace {

struct Words {
  std::string_view core, events;
};
constexpr std::array kWords{Words{"involvedObject", "regarding"},
                            Words{"message", "note"},
                            Words{"reportingComponent", "reportingController"},
                            Words{"source", "deprecatedSource"},
                            Words{"firstTimestamp", "deprecatedFirstTimestamp"},
                            Words{"lastTimestamp", "deprecatedLastTimestamp"},
                            Words{"count", "deprecatedCount"}};

void rename(json::Value& object, std::string_view from, std::string_view to) {
  json::Value* member = object.find_mut(from);
  if (member == nullptr) return;
  json::Value value = std::move(*member);
  object.erase(from);
  object.set(to, std::move(value));
}

}  // namespace

json::Value event_of_core(json::Value event) {
  for (const auto& words : kWords) rename(event, words.events, words.core);
  event.set("apiVersion", "v1");
  return event;
}

json::Value event_of_events_group(json::Value event) {
  for (const auto& words : kWords) rename(event, words.core, words.events);
  return event;
}

}  // namespace slipway::kubesim
