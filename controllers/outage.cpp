#include "controllers/outage.h"

#include <algorithm>

namespace slipway::controllers {

void set_available(Conditions& conditions, const ClusterView& view, std::string_view name) {
  const std::string who(name);
  const api::Condition* was = conditions.find("Available");
  const bool had = was != nullptr && was->status != "Unknown";
  if (!view.lost.empty()) return conditions.set("Available", "False", "TargetUnreachable", who + " has stopped answering: " + view.lost);
  if (view.synced) return conditions.set("Available", "True", "TargetAPIServing", who + " answers at " + view.server);
  if (!view.connected && !had) return conditions.set("Available", "Unknown", "NotStarted", "");
  conditions.set("Available", had ? "False" : "Unknown", had ? "TargetUnreachable" : "TargetConnecting", view.trouble);
}

Summary with_outages(Summary summary, std::span<const Reliance> reliances) {
  using S = Summary::State;
  if (summary.state != S::Ready && summary.state != S::Progressing) return summary;
  const auto lost = std::ranges::find_if(reliances, [](const Reliance& r) { return !r.view.lost.empty(); });
  if (lost == reliances.end()) return summary;
  return {S::Progressing, std::string(lost->reason), std::string(lost->name) + " has stopped answering: " + lost->view.lost};
}

std::optional<async::Duration> until_reported(std::span<const Reliance> reliances) {
  std::optional<async::Duration> first;
  for (const Reliance& r : reliances) first = earlier(first, r.view.patience);
  return first;
}

std::optional<async::Duration> earlier(std::optional<async::Duration> a, std::optional<async::Duration> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

}  // namespace slipway::controllers
