// What deleted providers have left in a cluster: definitions and namespaces, which stay unless they are asked for, and which no inventory tells of any more.
// Thread: the loop's. Cancellation: Canceled.
#pragma once

#include <memory>
#include <vector>

#include "pkg/providers/inventory_reader.h"

namespace slipway::providers {

// The providers that CustomResourceDefinitions or Namespaces tell of by clusterctl's two labels or by ours, and the inventory does not: with that namespace,
// where there is one, and without a version. Sorted by id. Errors: the client's.
Awaitable<Result<std::vector<InstalledProvider>>> find_leftovers(std::shared_ptr<kube::Client> client, std::vector<InstalledProvider> installed);

}  // namespace slipway::providers
