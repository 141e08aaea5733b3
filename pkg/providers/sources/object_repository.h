// Provider components that lie in the cluster, in ConfigMaps or Secrets, as Slipway's own documentation and the Cluster API operator's (air-gapped
// installations: label provider.cluster.x-k8s.io/version, keys `components` and `metadata`, gzip in binaryData) put them there. The objects have been read
// already: no I/O. Pure; any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pkg/kube/types.h"
#include "pkg/providers/sources/repository.h"

namespace slipway::providers {

// One object a version. Its version: label provider.cluster.x-k8s.io/version, the annotation of that name (a label cannot hold a '+'), or its name where that
// is one; an object without any serves whatever version is asked for, and must then be the only one. Files: keys as they are named, `components` and
// `metadata` being components.yaml and metadata.yaml; `<file>.gz` and what binaryData or a Secret holds in gzip is unpacked. Errors: NotFound (no objects),
// Invalid, naming object and key; what a Secret holds is never repeated.
[[nodiscard]] Result<std::shared_ptr<Repository>> make_object_repository(std::vector<kube::ObjectPtr> objects, std::string where);

}  // namespace slipway::providers
