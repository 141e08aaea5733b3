// What a fresh cluster holds before anybody asks for anything. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "pkg/simcloud/brought.h"

namespace slipway::simcloud {

// A single-node throw-away cluster, as kind makes it: its system ConfigMaps, coredns, local-path storage, a bootstrap token.
[[nodiscard]] std::vector<Brought> bootstrap_seed(const std::string& version);
// A cluster that kubeadm has just made: its system ConfigMaps, coredns and the CNI's Deployment.
[[nodiscard]] std::vector<Brought> cluster_seed(const std::string& version, const std::string& cni);

}  // namespace slipway::simcloud
