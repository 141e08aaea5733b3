#include "pkg/runtime/queue_metrics.h"

#include <utility>

#include "pkg/metrics/buckets.h"

namespace slipway::runtime {
namespace {

constexpr std::size_t kMaxPriorities = 25;  // of the label; controller-runtime's cap

metrics::Registry& registry() { return metrics::registry(); }
metrics::Labels labels(const std::string& name) { return {{"name", name}, {"controller", name}}; }

metrics::Gauge& depth_gauge(const std::string& name, std::string priority) {
  metrics::Labels all = labels(name);
  all["priority"] = std::move(priority);
  return registry().gauge("workqueue_depth", "Current depth of workqueue by workqueue and priority", all);
}

}  // namespace

QueueMetrics::QueueMetrics(std::string name)
    : name_(std::move(name)),
      adds(registry().counter("workqueue_adds_total", "Total number of adds handled by workqueue", labels(name_))),
      retries(registry().counter("workqueue_retries_total", "Total number of retries handled by workqueue", labels(name_))),
      wait(registry().histogram("workqueue_queue_duration_seconds", "How long in seconds an item stays in workqueue before being requested",
                                metrics::kWorkQueueSeconds, labels(name_))),
      work(registry().histogram("workqueue_work_duration_seconds", "How long in seconds processing an item from workqueue takes.", metrics::kWorkQueueSeconds,
                                labels(name_))),
      unfinished(registry().gauge("workqueue_unfinished_work_seconds", "Seconds of work in progress that work_duration has not observed yet", labels(name_))),
      longest(registry().gauge("workqueue_longest_running_processor_seconds", "Seconds that the longest running processor has been running", labels(name_))) {
  depth(0).set(0);
}

metrics::Gauge& QueueMetrics::depth(int priority) {
  if (const auto found = depths_.find(priority); found != depths_.end()) return *found->second;
  if (depths_.size() >= kMaxPriorities) return depth_gauge(name_, "exceeded_cardinality_limit");
  metrics::Gauge& gauge = depth_gauge(name_, std::to_string(priority));
  depths_[priority] = &gauge;
  return gauge;
}

}  // namespace slipway::runtime
