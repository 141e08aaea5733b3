// Taking providers down (clusterctl.md 3.2; clusterctl's client/cluster/components.go), with three things that clusterctl lacks: an order in which nothing is
// left that answers for what is gone, the UID as precondition of every DELETE, and a plan that can be looked at before.
//
// The order: webhook configurations (no request may be sent to who is about to stop), workloads, everything else, definitions, the inventory (so that what was
// interrupted is seen and can be done again), namespaces.
//
// An object is the provider's where it carries clusterctl's two labels or ours. As in clusterctl, definitions and the namespace stay unless they are asked for,
// and so do objects in other namespaces and cluster-scoped ones that are not named {namespace}-...: those are deleted where they have our own label.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pkg/providers/inventory_reader.h"

namespace slipway::providers {

enum class DeletionStage : std::uint8_t { Webhooks, Workloads, Rest, Definitions, Inventory, Namespaces };

struct DeletionOptions {
  bool include_crds = false;
  bool include_namespaces = false;
};
struct DeletionItem {
  DeletionStage stage = DeletionStage::Rest;
  std::string kind;
  kube::ObjectKey key;
  kube::GroupVersionResource gvr;
  std::string uid;
  ProviderId provider;
};
struct KeptObject {
  std::string object;  // "ClusterRole manager"
  std::string why;     // the same words for every object with the same reason
  friend auto operator<=>(const KeptObject&, const KeptObject&) = default;
};
struct DeletionPlan {
  std::vector<DeletionItem> items;  // in the order in which they go
  std::vector<KeptObject> kept;     // sorted
  std::vector<Problem> problems;    // where there are any, nothing may be deleted
};

// The installed providers that are meant. Errors: Invalid (nothing named, all and names, a name that is none), NotFound, naming what is installed.
[[nodiscard]] Result<std::vector<InstalledProvider>> choose_for_deletion(std::span<const InstalledProvider> installed, std::span<const NamedProvider> named,
                                                                         bool all);

// A definition of a chosen provider of which there are objects, with one of them.
struct DefinitionInUse {
  std::string label;    // the provider's
  std::string name;     // "machines.cluster.x-k8s.io"
  std::string example;  // "Machine default/a"
};
// Pure. Problems: the core provider without the others; definitions in use that would go; a namespace that would go under a provider that stays.
[[nodiscard]] DeletionPlan plan_deletion(std::span<const InstalledProvider> installed, std::span<const InstalledProvider> chosen,
                                         std::span<const Labelled> found, std::span<const DefinitionInUse> in_use, DeletionOptions options);

// Looks at the cluster and plans. Errors: the client's.
Awaitable<Result<DeletionPlan>> prepare_deletion(std::shared_ptr<kube::Client> client, std::vector<InstalledProvider> installed,
                                                 std::vector<InstalledProvider> chosen, DeletionOptions options);

// Deletes stage by stage, the objects of one side by side, without waiting for the end of what has finalizers. What is gone already is passed over. After a
// stage with errors no other begins. `deleted` is told of each object. Errors: Invalid for a plan with problems; the first error, with the number of others.
Awaitable<Status> execute_deletion(std::shared_ptr<kube::Client> client, DeletionPlan plan, std::function<void(const DeletionItem&)> deleted);

}  // namespace slipway::providers
