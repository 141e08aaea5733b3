// The operator: caches of the hub, the clusters behind it, and the controllers of both kinds, wired together. cmd/ makes one and calls it; whether it leads is
// decided outside.
//
// prepare() starts the sources: a standby has its caches and queues filled before it leads. start() returns when the hub's caches are filled and the
// controllers run. stop() ends everything: reconciles in flight get their grace, moves stop where their journal can resume them. abandon() is for a leader that
// is none any longer: reconciles in flight are cancelled at once, and stop() then waits for nobody. Thread: the loop's only.
#pragma once

#include <memory>
#include <string>

#include "controllers/remote_clusters.h"
#include "pkg/async/clock.h"
#include "pkg/kube/client.h"
#include "pkg/providers/sources/fetch.h"

namespace slipway::controllers {

struct OperatorOptions {
  std::string version;                 // of this binary: user agents
  std::string ns;                      // empty: all namespaces
  std::size_t max_concurrent = 4;      // reconciles of each kind
  ClientFactory client_factory;        // empty: kube::connect
  std::string tkg_version = "v2.1.0";  // annotation TKGVERSION of management clusters that are completed (tanzu.md 0.5)
  std::string edition = "tkg";
  std::shared_ptr<providers::ContentCache> components_cache;  // null: what was fetched is forgotten with the process
  std::shared_ptr<const providers::Bundle> bundle;            // where set, components come from it instead of the network
  providers::TransportFactory transports;                     // to where components come from; null: the network
};

class Operator {
 public:
  Operator(async::Executor executor, async::Clock& clock, std::shared_ptr<kube::Client> hub, OperatorOptions options = {});
  ~Operator();  // stop() first
  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;

  void prepare();  // once; start() does it where nobody has
  // Errors: Timeout where the hub does not fill the caches within two minutes (naming what is missing, and why), Canceled.
  async::Awaitable<Status> start();
  async::Awaitable<void> stop();  // again: no effect
  void abandon();
  [[nodiscard]] bool ready() const;  // caches filled: for /readyz
  void refresh_metrics();            // before a scrape

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace slipway::controllers
