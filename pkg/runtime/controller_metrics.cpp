#include "pkg/runtime/controller_metrics.h"

#include <utility>

#include "pkg/metrics/buckets.h"

namespace slipway::runtime {
namespace {

metrics::Registry& registry() { return metrics::registry(); }
metrics::Labels labels(const std::string& name) { return {{"controller", name}}; }

metrics::Counter& total(const std::string& name, const std::string& result) {
  return registry().counter("controller_runtime_reconcile_total", "Total number of reconciliations per controller", {{"controller", name}, {"result", result}});
}

metrics::Counter& counter(const std::string& name, const std::string& metric, const std::string& help) {
  return registry().counter(metric, help, labels(name));
}

}  // namespace

ControllerMetrics::ControllerMetrics(std::string controller)
    : name_(std::move(controller)),
      success(total(name_, "success")),
      error(total(name_, "error")),
      requeue(total(name_, "requeue")),
      requeue_after(total(name_, "requeue_after")),
      errors(counter(name_, "controller_runtime_reconcile_errors_total", "Total number of reconciliation errors per controller")),
      terminal(counter(name_, "controller_runtime_terminal_reconcile_errors_total", "Total number of terminal reconciliation errors per controller")),
      panics(counter(name_, "controller_runtime_reconcile_panics_total", "Total number of reconciliation panics per controller")),
      timeouts(counter(name_, "controller_runtime_reconcile_timeouts_total", "Total number of reconciliation timeouts per controller")),
      time(registry().histogram("controller_runtime_reconcile_time_seconds", "Length of time per reconciliation per controller", metrics::kReconcileSeconds,
                                labels(name_))),
      workers(registry().gauge("controller_runtime_max_concurrent_reconciles", "Maximum number of concurrent reconciles per controller", labels(name_))),
      active(registry().gauge("controller_runtime_active_workers", "Number of currently used workers per controller", labels(name_))) {
  active.set(0);
}

}  // namespace slipway::runtime
