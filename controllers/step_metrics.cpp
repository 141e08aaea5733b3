#include "controllers/step_metrics.h"

#include <utility>

namespace slipway::controllers {
namespace {

// From a step that is there at once to one that takes its deadline.
const std::vector<double> kBuckets{0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600};

const char* help_of(const std::string& name) {
  return name == "slipway_condition" ? "Objects by the status of a condition." : "Objects by the state of a step.";
}

}  // namespace

void StepMetrics::add(const Series& series, double by) {
  for (const auto& [name, labels] : series) registry_.gauge(name, help_of(name), labels).add(by);
}

void StepMetrics::observe(const std::string& uid, const api::ClusterStatus& status, const std::vector<Edge>& edges) {
  Series now;
  for (const api::StepStatus& step : status.steps)
    now.emplace_back("slipway_step_state", metrics::Labels{{"kind", kind_}, {"step", step.name}, {"state", step.state}});
  for (const api::Condition& c : status.conditions)
    now.emplace_back("slipway_condition", metrics::Labels{{"kind", kind_}, {"type", c.type}, {"status", c.status}});
  Series& before = counted_[uid];
  add(before, -1);
  add(now, 1);
  before = std::move(now);
  for (const Edge& edge : edges) {
    if (edge.state != "Done" && edge.state != "Failed") continue;
    registry_
        .histogram("slipway_step_duration_seconds", "How long steps took until they were done or had failed.", kBuckets,
                   {{"kind", kind_}, {"step", status.steps[edge.step].name}, {"result", edge.state == "Done" ? "done" : "failed"}})
        .observe(edge.seconds);
  }
}

void StepMetrics::forget(const std::string& uid) {
  const auto found = counted_.find(uid);
  if (found == counted_.end()) return;
  add(found->second, -1);
  counted_.erase(found);
}

}  // namespace slipway::controllers
