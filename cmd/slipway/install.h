// The part of `slipway init` and `slipway providers upgrade` that writes: everything before it is known to fit together.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cmd/slipway/resolve_sets.h"
#include "pkg/kube/client.h"

namespace slipway::cmd {

struct InstallRequest {
  std::shared_ptr<kube::Client> client;
  ResolvedSets sets;                                 // in the order in which they are installed; cert-manager before all
  std::optional<ResolvedSets> previous;              // of an upgrade: what the sets replace, brought back where they do not get healthy
  bool wait = true;                                  // until all of it works, and not just until it is written
  std::chrono::milliseconds wait_timeout{};          // for each provider
  std::chrono::milliseconds cert_manager_timeout{};  // for cert-manager
  std::function<void(std::string_view)> progress;    // a sentence for each step, for stderr
};
// Errors: the first that stopped it, naming provider and object. What was applied stays: done again, it goes on.
async::Awaitable<Status> install_sets(InstallRequest request);

}  // namespace slipway::cmd
