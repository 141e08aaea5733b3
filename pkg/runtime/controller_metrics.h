// The series of one controller, as controller-runtime names them (pkg/internal/controller/metrics). All made when the controller is, so that rates start at 0
// and alerts see the first error. Thread: any.
#pragma once

#include <string>

#include "pkg/metrics/metrics.h"

namespace slipway::runtime {

class ControllerMetrics {
 public:
  explicit ControllerMetrics(std::string controller);

 private:
  std::string name_;

 public:
  metrics::Counter& success;
  metrics::Counter& error;
  metrics::Counter& requeue;
  metrics::Counter& requeue_after;
  metrics::Counter& errors;
  metrics::Counter& terminal;
  metrics::Counter& panics;
  metrics::Counter& timeouts;
  metrics::Histogram& time;
  metrics::Gauge& workers;
  metrics::Gauge& active;
};

}  // namespace slipway::runtime
