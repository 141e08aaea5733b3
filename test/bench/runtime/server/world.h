// What the mock API server serves: N kinds with the same objects, watchers that are told of changes, and a clock on both ends of the loop "event out, status
// patch in". Bodies are rendered before, so that the server is never what is measured. Thread: the loop's only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pkg/async/sync.h"
#include "pkg/async/task_group.h"
#include "pkg/net/http.h"
#include "test/bench/runtime/common/fixture.h"

namespace slipway::bench {

struct Kind {
  std::string group;  // empty: core
  std::string kind;
  std::string plural;
  [[nodiscard]] std::string api_version() const { return group.empty() ? "v1" : group + "/v1"; }
  [[nodiscard]] std::string prefix() const { return group.empty() ? "/api/v1" : "/apis/" + group + "/v1"; }
  // An object whole, as in an answer or an event.
  [[nodiscard]] std::string whole(const Rendered& object) const;
  [[nodiscard]] std::string frame(std::string_view type, const Rendered& object) const;
};

// A watch's end in the server: frames wait here until the connection takes them.
struct Watcher {
  explicit Watcher(async::Executor executor) : woken(executor) {}
  std::size_t kind = 0;
  std::string pending;
  async::Event woken;
};

class World {
 public:
  // kinds 0: Pods only. Else that many of group bench.slipway.dev, "kind000s", ..., in place of Pods.
  World(async::Executor executor, async::Clock& clock, std::vector<Rendered> objects, std::size_t kinds);

  [[nodiscard]] const std::vector<Kind>& kinds() const noexcept { return kinds_; }
  [[nodiscard]] std::vector<Rendered>& objects() noexcept { return objects_; }
  [[nodiscard]] const Rendered* find(std::string_view name) const noexcept;
  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }
  [[nodiscard]] async::Clock& clock() noexcept { return clock_; }

  void add_watcher(std::weak_ptr<Watcher> watcher) { watchers_.push_back(std::move(watcher)); }
  [[nodiscard]] std::string bookmark(const Kind& kind, bool initial_end) const;
  async::Awaitable<void> bookmarks(std::chrono::seconds every);  // until cancelled

  // MODIFIED events at a rate, objects in turn, each stamped with the time at which it was sent.
  async::Awaitable<void> emit(std::uint64_t per_second, std::uint64_t seconds);
  // A status patch came in with that stamp.
  void patched(std::string_view name, std::string_view body);
  // Waits until each object's last event has been answered, 5 s at most: "sent=.. patched=.. loop_p50_us=.. loop_p99_us=.. loop_max_us=..".
  async::Awaitable<std::string> latencies();

 private:
  void tell(std::size_t kind, std::string_view frame);

  async::Clock& clock_;
  std::vector<Rendered> objects_;
  std::vector<Kind> kinds_;
  std::vector<std::weak_ptr<Watcher>> watchers_;
  std::uint64_t version_;
  std::vector<std::uint64_t> unanswered_;  // by object: the stamp of its last event; 0 where the patch came
  std::size_t open_ = 0;                   // of them not 0
  bool emitting_ = false;
  std::uint64_t sent_ = 0;
  std::vector<double> loop_us_;
  async::Event progress_;
};

}  // namespace slipway::bench
