// What the drivers share; nobody else's business.
#pragma once

#include <memory>
#include <string>

#include "pkg/bootstrap/bootstrap.h"

namespace slipway::bootstrap::detail {

[[nodiscard]] std::unique_ptr<Driver> make_simulated();
[[nodiscard]] std::unique_ptr<Driver> make_existing(Kind kind);  // InCluster and Kubeconfig
[[nodiscard]] std::unique_ptr<Driver> make_kind();

// A kubeconfig out of a Secret. Errors: NotFound (no Secret), Invalid (no such key, or no kubeconfig: the Secret is named, its content never).
async::Awaitable<Result<kube::ClusterConfig>> read_kubeconfig(std::shared_ptr<kube::Client> client, kube::ObjectKey secret, std::string key);

}  // namespace slipway::bootstrap::detail
