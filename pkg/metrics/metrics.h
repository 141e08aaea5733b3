// Counters, gauges and histograms, written in the Prometheus text format 0.0.4 byte for byte as its Go client writes them. One registry a process, passed by
// reference; no globals except the default one.
//
// Guarantees: a family never has more than kMaxSeries series: what comes later is counted in one series whose label values all read
// "exceeded_cardinality_limit", and in slipway_metrics_overflows_total{metric}. Label values that are no UTF-8 are written with '?' for each byte above 127,
// and cut at 256 bytes: one bad byte would cost the whole scrape. A family whose name Prometheus would refuse, or that is asked for as two types, is not
// written. Thread: any, except where noted.
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace slipway::metrics {

using Labels = std::map<std::string, std::string>;

inline constexpr std::size_t kMaxSeries = 2000;                         // a family
inline constexpr const char* kOverflow = "exceeded_cardinality_limit";  // controller-runtime's word for its `priority` label
inline constexpr const char* kContentType = "text/plain; version=0.0.4; charset=utf-8";

class Counter {
 public:
  virtual ~Counter() = default;
  virtual void add(double v = 1) = 0;  // what is negative or no number is ignored
};
class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void set(double v) = 0;
  virtual void add(double v) = 0;
};
class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void observe(double v) = 0;  // what is no number is ignored
};

// Keeps a function registered for as long as it lives.
using ScrapeHook = std::shared_ptr<const void>;

class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // Same name and labels: the same series. References live as long as the registry; for what comes and goes (a cluster, an informer) use SeriesGroup. The help
  // and the bounds (ascending) of a family are those that it was first asked for with.
  Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram& histogram(const std::string& name, const std::string& help, std::span<const double> bounds, const Labels& labels = {});
  Histogram& histogram(const std::string& name, const std::string& help, std::initializer_list<double> bounds, const Labels& labels = {}) {
    return histogram(name, help, std::span<const double>(bounds.begin(), bounds.size()), labels);
  }

  // Runs `hook` before every exposition, on the thread that exposes, for what nobody moves while nothing happens: ages, sizes. The hook may make, set and
  // observe series. It must end (the guard dies) on that same thread, and before what it refers to.
  [[nodiscard]] ScrapeHook before_expose(std::function<void()> hook);

  // The text: families by name, series by labels, then the process collector.
  [[nodiscard]] std::string expose();

  struct State;  // of metrics.cpp

 private:
  friend class SeriesGroup;
  std::unique_ptr<State> state_;
};

// The process's registry, created on first use; it lives to the process's end.
[[nodiscard]] Registry& registry();

// The series of one thing that comes and goes. They leave the exposition when the last group that asked for them dies, unless somebody took them from the
// registry itself too. References live as long as the group. Thread: one at a time.
class SeriesGroup {
 public:
  explicit SeriesGroup(Registry& owner = registry()) : registry_(&owner) {}
  ~SeriesGroup();
  SeriesGroup(SeriesGroup&& other) noexcept : registry_(other.registry_), held_(std::move(other.held_)), hooks_(std::move(other.hooks_)) {
    other.held_.clear();
  }
  SeriesGroup(const SeriesGroup&) = delete;
  SeriesGroup& operator=(const SeriesGroup&) = delete;
  SeriesGroup& operator=(SeriesGroup&&) = delete;

  Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram& histogram(const std::string& name, const std::string& help, std::span<const double> bounds, const Labels& labels = {});
  void before_expose(std::function<void()> hook);  // ends with the group

 private:
  Registry* registry_;
  std::vector<std::pair<std::string, Labels>> held_;
  std::vector<ScrapeHook> hooks_;
};

}  // namespace slipway::metrics
