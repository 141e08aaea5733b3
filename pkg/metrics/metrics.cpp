#include "pkg/metrics/metrics.h"

#include <algorithm>
#include <cmath>
#include <mutex>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

#include "pkg/metrics/detail/text_format.h"
#include "pkg/metrics/process_collector.h"

namespace slipway::metrics {
namespace {

enum class Type : std::uint8_t { Counter, Gauge, Histogram };

const char* name_of(Type type) noexcept {
  switch (type) {
    case Type::Counter: return "counter";
    case Type::Gauge: return "gauge";
    case Type::Histogram: return "histogram";
  }
  return "untyped";
}

struct Series {
  virtual ~Series() = default;
  virtual void write(std::string& out, const std::string& name, const Labels& labels) const = 0;
};

class CounterSeries final : public Counter, public Series {
 public:
  void add(double v) override {
    if (v >= 0) value_.Increment(v);
  }
  void write(std::string& out, const std::string& name, const Labels& labels) const override { detail::append_sample(out, name, labels, {}, value_.Value()); }

 private:
  prometheus::Counter value_;
};

class GaugeSeries final : public Gauge, public Series {
 public:
  void set(double v) override { value_.Set(v); }
  void add(double v) override { value_.Increment(v); }
  void write(std::string& out, const std::string& name, const Labels& labels) const override { detail::append_sample(out, name, labels, {}, value_.Value()); }

 private:
  prometheus::Gauge value_;
};

class HistogramSeries final : public Histogram, public Series {
 public:
  explicit HistogramSeries(const std::vector<double>& bounds) : value_(bounds) {}
  void observe(double v) override {
    if (!std::isnan(v)) value_.Observe(v);
  }
  void write(std::string& out, const std::string& name, const Labels& labels) const override {
    const prometheus::ClientMetric::Histogram sampled = value_.Collect().histogram;
    const std::string bucket_name = name + "_bucket";
    for (const auto& bucket : sampled.bucket)
      detail::append_sample(out, bucket_name, labels, detail::number(bucket.upper_bound), static_cast<double>(bucket.cumulative_count));
    detail::append_sample(out, name + "_sum", labels, {}, sampled.sample_sum);
    detail::append_sample(out, name + "_count", labels, {}, static_cast<double>(sampled.sample_count));
  }

 private:
  prometheus::Histogram value_;
};

struct Slot {
  std::unique_ptr<Series> series;
  std::size_t groups = 0;  // that hold it
  bool pinned = false;     // taken from the registry itself
};

struct Family {
  Type type = Type::Counter;
  bool written = true;
  std::string help;
  std::vector<double> bounds;
  std::map<Labels, Slot> slots;

  [[nodiscard]] std::unique_ptr<Series> make() const {
    switch (type) {
      case Type::Counter: return std::make_unique<CounterSeries>();
      case Type::Gauge: return std::make_unique<GaugeSeries>();
      case Type::Histogram: break;
    }
    return std::make_unique<HistogramSeries>(bounds);
  }
};

struct Ask {
  Type type;
  const std::string& name;
  const std::string& help;
  std::span<const double> bounds;
  const Labels& labels;
};

// Of one registry: the family's name, and the labels as they are kept.
using Held = std::pair<std::string, Labels>;

bool usable(const Ask& ask) {
  if (!detail::is_metric_name(ask.name)) return false;
  for (const auto& [label, value] : ask.labels)
    if (!detail::is_label_name(label) || label == "le") return false;
  return true;
}

}  // namespace

struct Registry::State {
  std::mutex mutex;
  std::map<std::string, Family> families;
  std::vector<std::weak_ptr<const std::function<void()>>> hooks;
  std::size_t sweep_hooks_at = 64;

  // The key of the family: one that cannot be written is kept apart, so that who asked has something to count on.
  std::string family_of(const Ask& ask) {
    std::string key = usable(ask) ? ask.name : "unusable " + ask.name;
    const auto found = families.find(key);
    if (found == families.end() || found->second.type == ask.type) return key;
    return "unusable " + std::string(name_of(ask.type)) + " " + ask.name;
  }

  Slot& slot(const Ask& ask, Held& held) {
    held.first = family_of(ask);
    const auto [it, fresh] = families.try_emplace(held.first);
    Family& family = it->second;
    if (fresh) family = {ask.type, !held.first.starts_with("unusable "), ask.help, {ask.bounds.begin(), ask.bounds.end()}, {}};
    for (const auto& [label, value] : ask.labels) held.second.emplace(label, detail::usable_label_value(value));
    auto found = family.slots.find(held.second);
    if (found == family.slots.end()) {
      if (family.slots.size() >= kMaxSeries) overflow(ask.name, held.second);
      found = family.slots.try_emplace(held.second).first;
      if (!found->second.series) found->second.series = family.make();
    }
    return found->second;
  }

  void overflow(const std::string& name, Labels& labels) {
    for (auto& [label, value] : labels) value = kOverflow;
    static const std::string kName = "slipway_metrics_overflows_total";
    static const std::string kHelp = "Times that a series was counted in its family's overflow series, by metric.";
    if (name == kName) return;
    Held held;
    Slot& counted = slot({Type::Counter, kName, kHelp, {}, {{"metric", name}}}, held);
    counted.pinned = true;
    dynamic_cast<CounterSeries&>(*counted.series).add(1);
  }

  void release(const Held& held) {
    const std::scoped_lock lock(mutex);
    const auto family = families.find(held.first);
    if (family == families.end()) return;
    const auto found = family->second.slots.find(held.second);
    if (found == family->second.slots.end() || --found->second.groups > 0 || found->second.pinned) return;
    family->second.slots.erase(found);
  }

  void drop_ended_hooks() {
    std::erase_if(hooks, [](const auto& hook) { return hook.expired(); });
  }
  void run_hooks() {
    std::vector<std::shared_ptr<const std::function<void()>>> live;
    {
      const std::scoped_lock lock(mutex);
      drop_ended_hooks();
      for (const auto& hook : hooks) live.push_back(hook.lock());
    }
    for (const auto& hook : live)
      if (hook) (*hook)();
  }
};

namespace {

template <class As>
As& pinned(Registry::State& state, const Ask& ask) {
  const std::scoped_lock lock(state.mutex);
  Held held;
  Slot& slot = state.slot(ask, held);
  slot.pinned = true;
  return dynamic_cast<As&>(*slot.series);
}

template <class As>
As& grouped(Registry::State& state, const Ask& ask, std::vector<Held>& all) {
  const std::scoped_lock lock(state.mutex);
  Held held;
  Slot& slot = state.slot(ask, held);
  if (std::ranges::find(all, held) == all.end()) {  // once a group, however often it asks
    ++slot.groups;
    all.push_back(std::move(held));
  }
  return dynamic_cast<As&>(*slot.series);
}

}  // namespace

Registry::Registry() : state_(std::make_unique<State>()) {}
Registry::~Registry() = default;

Counter& Registry::counter(const std::string& name, const std::string& help, const Labels& labels) {
  return pinned<CounterSeries>(*state_, {Type::Counter, name, help, {}, labels});
}

Gauge& Registry::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  return pinned<GaugeSeries>(*state_, {Type::Gauge, name, help, {}, labels});
}

Histogram& Registry::histogram(const std::string& name, const std::string& help, std::span<const double> bounds, const Labels& labels) {
  return pinned<HistogramSeries>(*state_, {Type::Histogram, name, help, bounds, labels});
}

ScrapeHook Registry::before_expose(std::function<void()> hook) {
  auto kept = std::make_shared<const std::function<void()>>(std::move(hook));
  const std::scoped_lock lock(state_->mutex);
  if (state_->hooks.size() >= state_->sweep_hooks_at) {  // nobody may ever scrape
    state_->drop_ended_hooks();
    state_->sweep_hooks_at = std::max<std::size_t>(64, 2 * state_->hooks.size());
  }
  state_->hooks.emplace_back(kept);
  return kept;
}

std::string Registry::expose() {
  state_->run_hooks();
  std::string out;
  {
    const std::scoped_lock lock(state_->mutex);
    for (const auto& [name, family] : state_->families) {
      if (!family.written || family.slots.empty()) continue;
      detail::append_head(out, name, family.help, name_of(family.type));
      for (const auto& [labels, slot] : family.slots) slot.series->write(out, name, labels);
    }
  }
  return out + process_metrics();
}

Registry& registry() {
  static Registry instance;
  return instance;
}

SeriesGroup::~SeriesGroup() {
  for (const auto& held : held_) registry_->state_->release(held);
}

Counter& SeriesGroup::counter(const std::string& name, const std::string& help, const Labels& labels) {
  return grouped<CounterSeries>(*registry_->state_, {Type::Counter, name, help, {}, labels}, held_);
}

Gauge& SeriesGroup::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  return grouped<GaugeSeries>(*registry_->state_, {Type::Gauge, name, help, {}, labels}, held_);
}

Histogram& SeriesGroup::histogram(const std::string& name, const std::string& help, std::span<const double> bounds, const Labels& labels) {
  return grouped<HistogramSeries>(*registry_->state_, {Type::Histogram, name, help, bounds, labels}, held_);
}

void SeriesGroup::before_expose(std::function<void()> hook) { hooks_.push_back(registry_->before_expose(std::move(hook))); }

}  // namespace slipway::metrics
