#include "pkg/metrics/metrics.h"

#include <mutex>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "pkg/metrics/process_collector.h"

namespace slipway::metrics {
namespace {

class CounterSeries final : public Counter {
 public:
  explicit CounterSeries(prometheus::Counter& series) : series_(series) {}
  void add(double v) override { series_.Increment(v); }

 private:
  prometheus::Counter& series_;
};

class GaugeSeries final : public Gauge {
 public:
  explicit GaugeSeries(prometheus::Gauge& series) : series_(series) {}
  void set(double v) override { series_.Set(v); }
  void add(double v) override { series_.Increment(v); }

 private:
  prometheus::Gauge& series_;
};

class HistogramSeries final : public Histogram {
 public:
  explicit HistogramSeries(prometheus::Histogram& series) : series_(series) {}
  void observe(double v) override { series_.Observe(v); }

 private:
  prometheus::Histogram& series_;
};

}  // namespace

struct Registry::State {
  std::mutex mutex;
  // Merge: asking for a family again gives the same one.
  prometheus::Registry registry{prometheus::Registry::InsertBehavior::Merge};
  std::map<std::pair<std::string, Labels>, std::unique_ptr<Counter>> counters;
  std::map<std::pair<std::string, Labels>, std::unique_ptr<Gauge>> gauges;
  std::map<std::pair<std::string, Labels>, std::unique_ptr<Histogram>> histograms;
};

Registry::Registry() : state_(std::make_unique<State>()) {}
Registry::~Registry() = default;

Counter& Registry::counter(const std::string& name, const std::string& help, const Labels& labels) {
  const std::scoped_lock lock(state_->mutex);
  auto& slot = state_->counters[{name, labels}];
  if (!slot) slot = std::make_unique<CounterSeries>(prometheus::BuildCounter().Name(name).Help(help).Register(state_->registry).Add(labels));
  return *slot;
}

Gauge& Registry::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  const std::scoped_lock lock(state_->mutex);
  auto& slot = state_->gauges[{name, labels}];
  if (!slot) slot = std::make_unique<GaugeSeries>(prometheus::BuildGauge().Name(name).Help(help).Register(state_->registry).Add(labels));
  return *slot;
}

Histogram& Registry::histogram(const std::string& name, const std::string& help, const std::vector<double>& buckets, const Labels& labels) {
  const std::scoped_lock lock(state_->mutex);
  auto& slot = state_->histograms[{name, labels}];
  if (!slot) slot = std::make_unique<HistogramSeries>(prometheus::BuildHistogram().Name(name).Help(help).Register(state_->registry).Add(labels, buckets));
  return *slot;
}

std::string Registry::expose() {
  std::string text = prometheus::TextSerializer().Serialize(state_->registry.Collect());
  return text + process_metrics();
}

Registry& registry() {
  static Registry instance;
  return instance;
}

}  // namespace slipway::metrics
