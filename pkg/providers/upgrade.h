// What can be upgraded to what, and whether an upgrade that was asked for may be done (clusterctl.md 3.1; clusterctl's client/cluster/upgrader.go and
// upgrader_info.go). Nothing is ever upgraded that was not asked for by name and version; a plan is a proposal. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "pkg/providers/preflight.h"

namespace slipway::providers {

// One provider of the inventory with what its repository offers.
struct UpgradeCandidate {
  ProviderId id;
  std::string ns;
  std::string version;                 // installed
  std::vector<std::string> available;  // in any order; what is no semantic version is passed over
  Metadata metadata;                   // of the highest version on offer, pre-releases too
};

// The highest semantic version, pre-releases too: the one whose metadata.yaml a candidate needs. Empty where there is none.
[[nodiscard]] std::string highest_version(std::span<const std::string> available);

struct UpgradeItem {
  ProviderId id;
  std::string ns;
  std::string from;
  std::string to;  // the tag as the repository has it; empty in a plan: nothing newer under this contract
  friend bool operator==(const UpgradeItem&, const UpgradeItem&) = default;
};
struct UpgradePlan {
  std::string contract;
  std::vector<UpgradeItem> items;  // every provider, sorted by id
  friend bool operator==(const UpgradePlan&, const UpgradePlan&) = default;
};
struct UpgradePlans {
  std::vector<UpgradePlan> plans;  // empty where there are problems
  std::vector<Problem> problems;
};

// A plan for each contract that the core provider's series from its installed version on implement, sorted by contract: for every provider the highest final
// version above its own whose series has a compatible contract. A plan that changes the core provider's contract and has nothing for some provider is left out:
// all change together. Problems: not exactly one CoreProvider; an installed or newer version that is no semantic version or in no series of the metadata.
[[nodiscard]] UpgradePlans plan_upgrades(std::span<const UpgradeCandidate> candidates);

struct UpgradeRequest {
  ProviderId id;
  std::string version;
};
// What taking all of a plan asks for.
[[nodiscard]] std::vector<UpgradeRequest> requests_of(const UpgradePlan& plan);

struct UpgradeDecision {
  std::string contract;  // the core provider's, afterwards
  std::vector<UpgradeItem>
      items;  // sorted by id, the order of the upgrade; a provider that has its version already is left out. Empty where there are problems
  std::vector<Problem> problems;
};

// Whether these requests may be carried out together: each provider is installed, once, and asked for once; versions are semantic, in a series of the metadata
// and not lower than what is installed; core, bootstrap kubeadm and control plane kubeadm from v1.10.0 on skip no more than three minor versions (core's own
// conversions need those between); contracts are supported and compatible with what the core provider implements afterwards, those of providers that stay
// behind too. The version need not be among those on offer, which not every repository can list. All problems at once.
[[nodiscard]] UpgradeDecision decide_upgrade(std::span<const UpgradeCandidate> candidates, std::span<const UpgradeRequest> requests);

}  // namespace slipway::providers
