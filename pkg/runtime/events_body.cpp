#include "pkg/runtime/events_body.h"

#include <algorithm>

#include "pkg/base/strings.h"

namespace slipway::runtime {
namespace {

constexpr std::size_t kMaxNote = 1024;
constexpr std::size_t kMaxWord = 128;
constexpr std::size_t kMaxName = 253;

// A DNS subdomain: names of RBAC objects, for one, may hold ':'.
std::string as_name(std::string_view text, std::size_t max) {
  std::string out(text.substr(0, max));
  std::ranges::transform(out, out.begin(), [](char c) {
    if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
    const bool fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    return fine ? c : '-';
  });
  const auto is_edge = [](char c) { return c == '-' || c == '.'; };
  while (!out.empty() && is_edge(out.back())) out.pop_back();
  out.erase(out.begin(), std::ranges::find_if_not(out, is_edge));
  return out.empty() ? "event" : out;
}

json::Value series(const EventFacts& facts) {
  json::Value out;
  out.set("count", facts.count);
  out.set("lastObservedTime", to_rfc3339_micro(facts.last));
  return out;
}

}  // namespace

EventText within_limits(EventText text) {
  text.action = shorten(text.action, kMaxWord);
  text.reason = shorten(text.reason, kMaxWord);
  text.note = shorten(text.note, kMaxNote);
  return text;
}

json::Value reference_to(const kube::Object& about) {
  json::Value ref;
  for (const auto* field : {"apiVersion", "kind"}) ref.set(field, about[field]);
  for (const auto* field : {"namespace", "name", "uid", "resourceVersion"})
    if (const json::Value& v = about["metadata"][field]; v.is_string()) ref.set(field, v);
  return ref;
}

kube::ObjectKey event_key(const kube::Object& about, std::uint64_t nanos) {
  const std::string suffix = "." + hex(nanos);
  const auto ns = kube::namespace_of(about);
  return {ns.empty() ? "default" : std::string(ns), as_name(kube::name_of(about), kMaxName - suffix.size()) + suffix};
}

kube::GroupVersionResource events_resource(EventApi api) {
  if (api == EventApi::Core) return {"", "v1", "events"};
  return {"events.k8s.io", "v1", "events"};
}

kube::Object event_body(const EventFacts& facts, const EventSource& source, EventApi api) {
  const bool core = api == EventApi::Core;
  kube::Object event = kube::make_object(core ? "v1" : "events.k8s.io/v1", "Event", facts.key);
  event.set(core ? "involvedObject" : "regarding", facts.regarding);
  event.set("type", facts.text.type);
  event.set("action", facts.text.action);
  event.set("reason", facts.text.reason);
  event.set(core ? "message" : "note", facts.text.note);
  event.set(core ? "reportingComponent" : "reportingController", source.controller);
  event.set("reportingInstance", shorten(source.instance, kMaxWord));
  if (core) {
    event.ref("source").set("component", source.controller);
    event.set("firstTimestamp", to_rfc3339(facts.first));
    event.set("lastTimestamp", to_rfc3339(facts.last));
    event.set("count", facts.count);
    return event;
  }
  event.set("eventTime", to_rfc3339_micro(facts.first));
  if (facts.count > 1) event.set("series", series(facts));
  return event;
}

json::Value event_patch(const EventFacts& facts, EventApi api) {
  json::Value patch;
  if (api == EventApi::Events) {
    patch.set("series", series(facts));
    return patch;
  }
  patch.set("count", facts.count);
  patch.set("lastTimestamp", to_rfc3339(facts.last));
  return patch;
}

}  // namespace slipway::runtime
