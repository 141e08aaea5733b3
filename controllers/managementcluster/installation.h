// One installation of cert-manager and providers on one cluster, from the command line: the same steps, in the same loop of watches, as a
// ManagementClusterRequest's, without a request. Everything that it knows it sees in the cluster, so it may be killed and run again; a second one that runs
// beside it writes the same.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controllers/managementcluster/installation_clocks.h"
#include "controllers/managementcluster/observed.h"
#include "pkg/kube/client.h"

namespace slipway::controllers::managementcluster {

struct Installation {
  std::string cert_manager_mode = "Managed";  // Managed | External | None
  std::optional<Resolved> cert_manager;       // Managed
  std::vector<Resolved> providers;
  bool wait = true;  // until everything is healthy; otherwise until it is applied
  // Of cert-manager, until it issues certificates; of each provider, from when its Deployments are applied until it works, and after that of their webhooks. To
  // be applied they have 5 minutes at least.
  Patience cert_manager_patience{std::chrono::minutes(10)};
  Patience provider_patience;
};
// What is done or waited for, whenever that has changed: its step ("cert-manager", "providers") and a sentence. While providers are waited for, one for each.
using InstallationReport = std::function<void(std::string_view step, const std::string& sentence)>;

// Components as a step takes them.
[[nodiscard]] Resolved resolved(std::string title, providers::Components components, bool in_inventory);

// Errors: Timeout, with whose patience is over and what was waited for; Invalid and the like where a step cannot go on; Canceled. What was applied stays.
// Thread: the loop's.
async::Awaitable<Status> run_installation(async::Executor executor, std::shared_ptr<kube::Client> client, Installation installation, InstallationReport report);

}  // namespace slipway::controllers::managementcluster
