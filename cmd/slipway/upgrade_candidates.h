// What `slipway providers plan` and `upgrade` look at: the versions on offer for what is installed, and cert-manager's part.
#pragma once

#include <memory>
#include <vector>

#include "cmd/slipway/resolve_sets.h"
#include "pkg/kube/client.h"
#include "pkg/providers/cert_manager_upgrade.h"
#include "pkg/providers/upgrade.h"

namespace slipway::cmd {

// One for each installed provider, from where config file, catalog or bundle say. A version without metadata.yaml (one that is being published) does not count.
// Errors: all of those that cannot be asked.
async::Awaitable<Result<std::vector<providers::UpgradeCandidate>>> upgrade_candidates(std::shared_ptr<const Sources> sources,
                                                                                      std::vector<providers::InstalledProvider> installed);

struct CertManagerUpgrade {
  providers::CertManagerPlan plan;
  std::optional<ResolvedSet> set;  // what would be installed, where an upgrade is due
};
async::Awaitable<Result<CertManagerUpgrade>> cert_manager_upgrade(std::shared_ptr<const Sources> sources, std::shared_ptr<kube::Client> client,
                                                                  std::string version);

}  // namespace slipway::cmd
