// The only place that writes to clusters. Intents are carried out in their order; the first error ends it, and everything here may be done again.
// Errors: retryable ones where trying again can help (also "this kind is not served yet" and "this namespace is not there yet"); others as the server said
// them. Thread: the loop's only.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "controllers/applied.h"
#include "controllers/intents.h"
#include "controllers/remote_clusters.h"
#include "pkg/kube/mapper.h"
#include "pkg/runtime/own_writes.h"

namespace slipway::controllers {

// What only the owner of a flow can do; a flow without bootstrap cluster passes none.
class BootstrapActions {
 public:
  virtual ~BootstrapActions() = default;
  virtual async::Awaitable<Status> ensure() = 0;
  virtual async::Awaitable<Status> destroy(DestroyBootstrap::Guard guard) = 0;
  virtual async::Awaitable<Status> run_pivot(RunPivot::Direction direction) = 0;
};

// Makes a client that records what is written for a key, so that its next reconcile waits until the caches show it (runtime/own_writes.h).
using Recording = std::function<std::shared_ptr<kube::Client>(const ObjectKey& owner, std::shared_ptr<kube::Client>, runtime::StoreOf)>;

struct ApplyContext {
  std::shared_ptr<kube::Client> hub;
  kube::Mapper* hub_mapper = nullptr;
  std::map<Role, std::shared_ptr<Remote>> remotes;
  ObjectPtr self;  // owner of owned copies
  AppliedMemory* applied = nullptr;
  BootstrapActions* actions = nullptr;
  Recording recording = {};            // empty: nothing is recorded
  runtime::StoreOf hub_store_of = {};  // with it
};

async::Awaitable<Status> apply_intents(ApplyContext context, std::vector<Intent> intents);

}  // namespace slipway::controllers
