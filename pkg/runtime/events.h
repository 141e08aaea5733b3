// Kubernetes Events about our objects, as `kubectl describe` shows them: core/v1, repeated ones counted in one object.
//
// Flow: normal() and warning() queue and return; run() sends. The same (object, type, reason, message) again within the hour raises `count` and
// lastTimestamp of the Event that is there. Guarantees: never blocks, never fails the caller; at most 1000 queued; each object has a token bucket (25, and one
// more every 300 s, client-go's spam filter), so a loop cannot flood a cluster. What is dropped is counted in slipway_events_dropped_total{reason}.
// Thread: the loop's only. Cancellation: run() ends; what is queued then is sent by flush(), for the manager's last act.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "pkg/kube/client.h"

namespace slipway::runtime {

struct EventOptions {
  std::string component = "slipway";  // source.component and reportingComponent
  std::string instance;               // reportingInstance: which of us; empty: the host's name
};

class EventRecorder {
 public:
  EventRecorder(std::shared_ptr<kube::Client> client, async::Executor executor, EventOptions options = {});
  ~EventRecorder();
  // `about` needs apiVersion, kind, metadata.name, uid. The reason is CamelCase; messages are cut at 1 KiB and may not hold secrets.
  void normal(const kube::Object& about, std::string_view reason, std::string_view message);
  void warning(const kube::Object& about, std::string_view reason, std::string_view message);
  async::Awaitable<void> run();
  // Sends what is queued until the deadline. Errors: Timeout.
  async::Awaitable<Status> flush(async::Deadline deadline);
  [[nodiscard]] std::size_t queued() const noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace slipway::runtime
