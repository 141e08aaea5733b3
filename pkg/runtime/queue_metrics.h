// The series of one workqueue, as controller-runtime names them (pkg/internal/metrics/workqueue.go). Thread: any.
#pragma once

#include <map>
#include <string>

#include "pkg/metrics/metrics.h"

namespace slipway::runtime {

class QueueMetrics {
 public:
  explicit QueueMetrics(std::string name);
  // workqueue_depth of a priority. The 26th distinct value and all that follow share "exceeded_cardinality_limit".
  [[nodiscard]] metrics::Gauge& depth(int priority);

 private:
  std::string name_;
  std::map<int, metrics::Gauge*> depths_;

 public:
  metrics::Counter& adds;
  metrics::Counter& retries;
  metrics::Histogram& wait;
  metrics::Histogram& work;
  metrics::Gauge& unfinished;
  metrics::Gauge& longest;
};

}  // namespace slipway::runtime
