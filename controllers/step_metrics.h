// slipway_step_state, slipway_step_duration_seconds and slipway_condition: how many objects of a kind are in which state, with labels from fixed sets only.
// Thread: the loop's only.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "api/v1alpha1/types.h"
#include "controllers/timeline.h"
#include "pkg/metrics/metrics.h"

namespace slipway::controllers {

class StepMetrics {
 public:
  StepMetrics(metrics::Registry& registry, std::string kind) : registry_(registry), kind_(std::move(kind)) {}
  void observe(const std::string& uid, const api::ClusterStatus& status, const std::vector<Edge>& edges);
  void forget(const std::string& uid);

 private:
  using Series = std::vector<std::pair<std::string, metrics::Labels>>;
  void add(const Series& series, double by);

  metrics::Registry& registry_;
  std::string kind_;
  std::map<std::string, Series> counted_;  // by UID: what the object is counted under now
};

}  // namespace slipway::controllers
