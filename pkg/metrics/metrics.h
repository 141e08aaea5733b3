// Counters, gauges and histograms in the Prometheus text format, over prometheus-cpp's registry. One registry a process part, passed by reference; no globals
// except the default one that wiring creates. Thread: any.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace slipway::metrics {

using Labels = std::map<std::string, std::string>;

class Counter {
 public:
  virtual ~Counter() = default;
  virtual void add(double v = 1) = 0;
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
  virtual void observe(double v) = 0;
};

class Registry {
 public:
  Registry();
  ~Registry();
  // Same name and labels: the same series. References live as long as the registry.
  Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram& histogram(const std::string& name, const std::string& help, const std::vector<double>& buckets, const Labels& labels = {});
  // Text exposition format 0.0.4, with the process collector (process_cpu_seconds_total, process_resident_memory_bytes, process_open_fds,
  // process_max_fds, process_virtual_memory_bytes, process_start_time_seconds).
  [[nodiscard]] std::string expose();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The process's registry, created on first use.
[[nodiscard]] Registry& registry();

}  // namespace slipway::metrics
