#include "pkg/runtime/conditions.h"

namespace slipway::runtime {
namespace {

std::size_t index_of(const json::Array& list, std::string_view type) noexcept {
  std::size_t i = 0;
  while (i < list.size() && list[i]["type"].as_string() != type) ++i;
  return i;
}

bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_inner(char c) noexcept { return c == ',' || c == ':'; }

}  // namespace

std::string usable_reason(std::string_view reason) {
  std::string out;
  for (const char c : reason) {
    const bool fits = is_letter(c) || (!out.empty() && (is_digit(c) || c == '_' || is_inner(c)));
    if (fits && out.size() < kMaxConditionReason) out += c;
  }
  while (!out.empty() && is_inner(out.back())) out.pop_back();
  return out.empty() ? "Unknown" : out;
}

bool set_condition(json::Value& conditions, const ConditionUpdate& update, WallTime now) {
  json::Array& list = conditions.make_array();
  const std::size_t at = index_of(list, update.type);
  json::Value fresh;
  fresh.set("type", update.type);
  fresh.set("status", update.status);
  if (update.observed_generation != 0) fresh.set("observedGeneration", update.observed_generation);
  fresh.set("reason", usable_reason(update.reason));
  fresh.set("message", shorten(update.message, kMaxConditionMessage));
  if (at == list.size()) {
    fresh.set("lastTransitionTime", to_rfc3339(now));
    list.push_back(std::move(fresh));
    return true;
  }
  const json::Value& old = list[at];
  const std::string_view since = old["lastTransitionTime"].as_string();
  const bool flips = old["status"].as_string() != update.status || since.empty();
  fresh.set("lastTransitionTime", flips ? to_rfc3339(now) : std::string(since));
  if (old == fresh) return false;
  list[at] = std::move(fresh);
  return true;
}

bool remove_condition(json::Value& conditions, std::string_view type) {
  if (!conditions.is_array()) return false;
  json::Array& list = conditions.make_array();
  const std::size_t at = index_of(list, type);
  if (at == list.size()) return false;
  list.erase(list.begin() + static_cast<std::ptrdiff_t>(at));
  return true;
}

}  // namespace slipway::runtime
