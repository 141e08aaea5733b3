// A controller on a virtual clock, and a reconciler that does what a test tells it to.
#pragma once

#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "pkg/metrics/metrics.h"
#include "pkg/runtime/controller.h"
#include "test/support/loop.h"

namespace slipway::test {

// From $SLIPWAY_SEED, so that a failure can be run again.
inline std::uint64_t seed() {
  const char* text = std::getenv("SLIPWAY_SEED");
  return text == nullptr ? 20261121 : std::strtoull(text, nullptr, 10);
}

// True where /metrics has that line.
inline bool exposed(const std::string& line) { return metrics::registry().expose().contains(line + "\n"); }

// A reconcile's body that has nothing to do.
inline async::Awaitable<Status> nothing() { co_return Status(); }

struct Work {
  Loop loop;
  std::string name = "faults-" + std::to_string(++instances());
  std::vector<std::string> runs;  // names of the keys, in order
  std::vector<async::TimePoint> times;
  std::deque<Result<runtime::ReconcileOutcome>> answers;  // then success
  // What a reconcile does before it answers; empty: nothing.
  std::function<async::Awaitable<Status>(kube::ObjectKey)> body;
  std::unique_ptr<runtime::Controller> controller;
  async::TaskGroup group{loop.io.get_executor()};

  Work() { make({}); }
  Work(const Work&) = delete;
  Work& operator=(const Work&) = delete;
  ~Work() { loop.run(group.stop()); }
  static int& instances() {
    static int n = 0;
    return n;
  }
  void make(runtime::ControllerOptions options) {
    controller =
        std::make_unique<runtime::Controller>(name, loop.executor(), loop.clock, [this](kube::ObjectKey key) { return reconcile(this, key); }, options);
  }
  void start() {
    group.spawn("controller", controller->run());
    loop.settle();
  }
  void enqueue(const std::string& key) { controller->enqueue({"ns", key}); }
  [[nodiscard]] std::string series(const std::string& metric) const { return metric + "{controller=\"" + name + "\"}"; }
  [[nodiscard]] std::string total(const std::string& result) const {
    return "controller_runtime_reconcile_total{controller=\"" + name + "\",result=\"" + result + "\"}";
  }

  static async::Awaitable<Result<runtime::ReconcileOutcome>> reconcile(Work* w, kube::ObjectKey key) {
    w->runs.push_back(key.name);
    w->times.push_back(w->loop.clock.now());
    if (w->body) {
      Status done = co_await w->body(key);
      if (!done) co_return fail(std::move(done).error());
    }
    if (w->answers.empty()) co_return runtime::ReconcileOutcome{};
    auto answer = std::move(w->answers.front());
    w->answers.pop_front();
    co_return answer;
  }
};

}  // namespace slipway::test
