// Kubernetes Events about our objects, as `kubectl describe` shows them: events.k8s.io/v1, with a series for what repeats (events_series.h tells when what is
// written); core/v1 on servers that do not serve it.
//
// Flow: normal() and warning() count and return; run() sends, one request at a time. Guarantees: never blocks, never fails the caller; at most 1000 writes
// wait; each action on an object has a token bucket, so a loop cannot flood a cluster. What the server refuses (a namespace that terminates, a bad name) is not
// tried again; a server that is not there is tried twelve times in two minutes. What is dropped is counted in slipway_events_dropped_total{reason}:
// rate_limited, queue_full, refused, unreachable. Thread: the loop's only. Cancellation: run() ends; what is queued then, and the last counts, are sent by
// flush(), the manager's last act.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "pkg/kube/client.h"

namespace slipway::runtime {

inline constexpr std::string_view kDefaultEventAction = "Reconcile";

struct EventOptions {
  std::string component = "slipway";  // reportingController
  std::string instance;               // reportingInstance: which of us; empty: component-hostname
};

class EventRecorder {
 public:
  EventRecorder(std::shared_ptr<kube::Client> client, async::Executor executor, EventOptions options = {});
  ~EventRecorder();
  // `about` needs apiVersion, kind, metadata.name, uid. Reason and action are CamelCase; messages are cut at 1 KiB and may not hold secrets.
  void normal(const kube::Object& about, std::string_view reason, std::string_view message, std::string_view action = kDefaultEventAction);
  void warning(const kube::Object& about, std::string_view reason, std::string_view message, std::string_view action = kDefaultEventAction);
  async::Awaitable<void> run();
  // Sends what is queued, and the counts that the server does not know, until the deadline. Errors: Timeout.
  async::Awaitable<Status> flush(async::Deadline deadline);
  [[nodiscard]] std::size_t queued() const noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace slipway::runtime
