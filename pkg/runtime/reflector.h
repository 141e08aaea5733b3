// Keeps a Store equal to one resource of one server, for as long as it runs: the driver of reflector_fsm.h.
//
// Guarantees: the store is replaced as a whole or changed by events in the server's order, never by half a list; objects that cannot be used (no name, a
// Table) are dropped and counted. A stream that says nothing is given up 5 s after the time at which the server should have ended it.
// Thread: the loop's only. Cancellation: run() returns after the current call.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>

#include "pkg/async/backoff.h"
#include "pkg/async/sync.h"
#include "pkg/async/task_group.h"
#include "pkg/kube/client.h"
#include "pkg/runtime/reflector_fsm.h"
#include "pkg/runtime/store.h"

namespace slipway::runtime {

struct ReflectorOptions {
  std::string cluster;  // in logs and metrics
  kube::GroupVersionResource gvr;
  std::string ns;
  std::string label_selector;
  std::string field_selector;
  std::function<void(kube::Object&)> project;
  std::function<void()> on_change;  // synced, an error, absent: for who waits
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
  [[nodiscard]] bool usable(const kube::Object& object) const noexcept;
  void replace(std::vector<kube::Object> objects, const std::string& rv);
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
  bool disappeared_ = false;
  std::string trouble_;
  std::shared_ptr<Pump> pump_;
  std::unique_ptr<async::TaskGroup> pump_task_;
  std::unique_ptr<Metrics> metrics_;
};

}  // namespace slipway::runtime
