// What applying sets would do to a cluster, asked of its API server: nothing is written. Thread: the loop's. Cancellation: Canceled.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cmd/slipway/cli.h"
#include "cmd/slipway/resolve_sets.h"
#include "pkg/kube/client.h"

namespace slipway::cmd {

struct PlannedObject {
  std::string set;  // "infrastructure-vsphere"
  kube::GroupVersionKind gvk;
  kube::ObjectKey key;
  enum class Action : std::uint8_t { Create, Change, Unchanged } action = Action::Create;
  std::string diff;  // of a change, in YAML; without what the server writes itself, and without what Secrets hold
};
[[nodiscard]] std::string_view to_string(PlannedObject::Action action) noexcept;

// For every object of every set, and the inventory, in the order of the sets and of the stages in them. Errors: the client's, such as what an admission webhook
// has against an object.
async::Awaitable<Result<std::vector<PlannedObject>>> dry_run(std::shared_ptr<kube::Client> client, ResolvedSets sets);

// The list with its diffs, and how many of each; or the same for programs.
void print_plan(const std::vector<PlannedObject>& plan, Output output);

// For the diff: without managedFields, status, and what numbers versions; in a Secret every value as "(hidden)", where it differs from the other's as "(hidden,
// other than before)". Pure.
[[nodiscard]] std::string comparable(kube::Object object, const kube::Object& other);

}  // namespace slipway::cmd
