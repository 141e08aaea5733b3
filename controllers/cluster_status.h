// The columns of `tanzu cluster list`, read from a Cluster and what belongs to it (tanzu.md 4). Pure; any thread.
#pragma once

#include "api/v1alpha1/types.h"
#include "controllers/cluster_view.h"

namespace slipway::controllers {

// controlPlane "1/1", workers "1/1", version, release. What the view cannot tell stays as it is.
void fill_cluster_columns(api::ClusterStatus& status, const ClusterView& view, const ObjectKey& cluster);

}  // namespace slipway::controllers
