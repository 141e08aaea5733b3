// What a cluster has of providers: clusterctl's inventory, and the objects that carry their labels. Thread: the loop's only. Cancellation: Canceled.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pkg/kube/mapper.h"
#include "pkg/providers/cert_manager_upgrade.h"
#include "pkg/providers/preflight.h"

namespace slipway::providers {

using async::Awaitable;

inline constexpr std::string_view kProviderLabel = "cluster.x-k8s.io/provider";
inline constexpr std::string_view kClusterctlLabel = "clusterctl.cluster.x-k8s.io";

// One inventory object. Errors: Invalid, naming it, where type, name or version cannot be meant.
[[nodiscard]] Result<InstalledProvider> installed_of(const kube::Object& inventory_object);
// The newest contract that a definition says its versions implement, by its labels cluster.x-k8s.io/<contract>; empty where it has none. That of Clusters is
// the core provider's own: the version that is stored, as clusterctl has it (client/cluster/proxy.go, CheckCAPIContract).
[[nodiscard]] std::string contract_of_crd(const kube::Object& crd);

// Every provider, sorted by id; its contract is what its definitions' labels say, so that nothing but the cluster is asked. A cluster that does not serve the
// inventory has none. Errors: installed_of's, the client's.
Awaitable<Result<std::vector<InstalledProvider>>> read_inventory(std::shared_ptr<kube::Client> client);

struct Labelled {
  kube::ApiResource resource;
  kube::Object object;
};
struct LabelledQuery {
  std::string selector;
  std::vector<kube::GroupVersionKind> without;  // kinds that are not asked for, in any version: whose conversion webhook may be dead
  bool with_content = false;                    // otherwise data, spec and status are left out, but for what CRDs say of their names and versions
};
// Objects of every kind that can be listed and deleted, in the version that the server prefers, without what controllers made (by owner, or Endpoints and
// EndpointSlices, which take over their Service's labels). Errors: the client's; a kind that is gone meanwhile is passed over.
Awaitable<Result<std::vector<Labelled>>> find_labelled(std::shared_ptr<kube::Client> client, std::shared_ptr<kube::Mapper> mapper, LabelledQuery query);

// What of clusterctl's or our cert-manager there is: nothing in it where somebody else looks after cert-manager.
Awaitable<Result<CertManagerInventory>> read_cert_manager(std::shared_ptr<kube::Client> client, std::shared_ptr<kube::Mapper> mapper);

}  // namespace slipway::providers
