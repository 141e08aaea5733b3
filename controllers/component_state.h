// How the objects of a set of components stand in a cluster, as its caches show it. Pure; the loop's thread.
#pragma once

#include <string_view>
#include <vector>

#include "controllers/applied.h"
#include "controllers/cluster_view.h"
#include "pkg/providers/installed_set.h"
#include "pkg/providers/readiness.h"

namespace slipway::controllers {

using providers::kSetAnnotation;

// The object is there as it is wanted: it carries the hash of what is wanted, and nobody has changed it since. CRDs are cached without their schemas, so of
// them the hash has to do; of kinds that are not watched, that it was sent before (by this process, or by another where `whole` says that the set was healthy).
[[nodiscard]] bool in_place(const ClusterView& view, const AppliedMemory* memory, const Object& wanted, bool whole);

// The live object that stands in the way of this one: another selector of a Deployment, another roleRef, other data of what is immutable.
[[nodiscard]] ObjectPtr unchangeable(const ClusterView& view, const Object& wanted);
// The live object where clusterctl wrote it: its fields would stay beside ours (a container that the new version does not have), so an upgrade replaces it, as
// clusterctl's own does. Never CRDs, Namespaces and Secrets.
[[nodiscard]] ObjectPtr from_clusterctl(const ClusterView& view, const Object& wanted);
// The object as it has to be sent: a Deployment that was scaled to zero says that it runs, also where its author left that to the server.
[[nodiscard]] Object awake(const ClusterView& view, const Object& wanted);

// Deployments of the set's provider that are not as this version wants them: those of another version.
[[nodiscard]] std::vector<ObjectPtr> old_deployments(const ClusterView& view, const providers::Components& set);
// What carries the set's label (for what clusterctl installed, the provider's) and is not part of it. Never CRDs and Namespaces, which hold what is others',
// and not what a controller keeps.
[[nodiscard]] std::vector<ObjectPtr> left_over(const ClusterView& view, const providers::Components& set);

[[nodiscard]] providers::Look lookup_of(const ClusterView& view);

}  // namespace slipway::controllers
