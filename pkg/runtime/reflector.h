// Keeps a Store equal to one resource of one server, for as long as it runs: the driver of reflector_fsm.h.
//
// Guarantees: the store is replaced as a whole or changed by events in the server's order, never by half a list, and never by one that is older than what it
// shows. Objects that cannot be used (no name, another kind, a Table, broken JSON) are dropped and counted; one that cannot be read keeps its last good state.
// A stream that says nothing is given up 5 s after the time at which the server should have ended it, or, once it has shown its pace with two bookmarks, after
// three times that pace (at least 90 s).
// Thread: the loop's only. Cancellation: run() returns after the current call.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "pkg/async/backoff.h"
#include "pkg/async/sync.h"
#include "pkg/async/task_group.h"
#include "pkg/kube/client.h"
#include "pkg/runtime/reflector_fsm.h"
#include "pkg/runtime/store.h"

namespace slipway::runtime {

// A cache that was in sync and has lost its server: it shows what was true at `since`, or later.
struct Outage {
  async::TimePoint since;
  std::string error;  // "watching secrets: connection refused"
};

struct ReflectorOptions {
  std::string cluster;  // in logs and metrics
  kube::GroupVersionResource gvr;
  std::string ns;
  std::string label_selector;
  std::string field_selector;
  json::Projection drop;                       // not even parsed
  std::function<void(kube::Object&)> project;  // after that; must be idempotent
  std::optional<std::uint64_t> seed = {};      // of pauses and time-outs; nothing: another one each time
  std::function<void()> on_change;             // synced, an error, absent, well again: for who waits
};

class Reflector {
 public:
  Reflector(std::shared_ptr<kube::Client> client, async::Executor executor, Store& store, ReflectorOptions options);
  ~Reflector();
  Reflector(const Reflector&) = delete;
  Reflector& operator=(const Reflector&) = delete;

  async::Awaitable<void> run();

  void resource_appeared();     // its CRD is established: ask at once where it was absent
  void resource_disappeared();  // its CRD is deleted: ask whether it is still served

  [[nodiscard]] bool absent() const noexcept { return model_.state == ReflectorState::Absent; }
  [[nodiscard]] ReflectorState state() const noexcept { return model_.state; }
  // What keeps it from being in sync; empty where all is well.
  [[nodiscard]] const std::string& trouble() const noexcept { return trouble_; }
  // From the first failure after it was in sync, until a watch is open again. A resource that is not served is no outage.
  [[nodiscard]] std::optional<Outage> outage() const;
  // Of the last event, bookmark or opened stream; nothing before the first.
  [[nodiscard]] std::optional<async::TimePoint> last_heard() const noexcept;
  [[nodiscard]] const kube::GroupVersionResource& gvr() const noexcept { return options_.gvr; }

 private:
  struct Pump;
  struct Metrics;

  async::Awaitable<Result<ReflectorEvent>> perform(ReflectorAction action);
  async::Awaitable<Result<ReflectorEvent>> open(ReflectorAction action, bool initial);
  async::Awaitable<Result<ReflectorEvent>> follow();
  async::Awaitable<Result<ReflectorEvent>> list(ReflectorAction action);
  async::Awaitable<Result<ReflectorEvent>> pause(ReflectorAction action);
  async::Awaitable<void> pump(std::shared_ptr<Pump> p);
  async::Awaitable<void> end_pump();

  Status take(Pump& p, kube::WatchEvent event);
  Status take_bookmark(Pump& p, const kube::Object& bookmark);
  void collect(Pump& p, kube::WatchEvent event);
  void keep(Contents& fresh, kube::Object object, kube::WatchEvent::Body body);
  [[nodiscard]] bool usable(const kube::Object& object) const noexcept;
  [[nodiscard]] std::shared_ptr<kube::Decoding> decoding(bool may_know);
  void replace(Contents fresh, const std::string& rv);
  void drop(const kube::Object& object, std::string_view why);
  void heard() noexcept;
  ReflectorEvent failed(const Error& error, bool fruitless);
  ReflectorEvent finished(const Pump& p);
  void set_trouble(std::string text);
  void note(std::string_view restart_reason);

  std::shared_ptr<kube::Client> client_;
  async::Executor executor_;
  async::Clock& clock_;
  Store& store_;
  ReflectorOptions options_;
  ReflectorModel model_;
  async::Backoff backoff_;
  std::mt19937_64 random_;
  async::Event wake_;
  bool appeared_ = false;
  bool away_ = false;  // the last answer was none
  bool disappeared_ = false;
  std::string trouble_;
  std::optional<async::TimePoint> troubled_since_;
  std::atomic<async::TimePoint::rep> heard_{0};  // atomic: metrics may be read on another thread
  std::shared_ptr<Pump> pump_;
  std::unique_ptr<async::TaskGroup> pump_task_;
  std::unique_ptr<Metrics> metrics_;
};

}  // namespace slipway::runtime
