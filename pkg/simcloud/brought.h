// The objects that packages bring into a cluster. Pure; any thread.
#pragma once

#include <string_view>
#include <vector>

#include "pkg/simcloud/infra_kinds.h"
#include "pkg/simcloud/packages_table.h"
#include "pkg/simcloud/sim_controller.h"

namespace slipway::simcloud {

struct Brought {
  Gvr gvr;
  Object object;
};

[[nodiscard]] Object make_deployment(const ObjectKey& key);
// kapp's record of the app, and kapp-controller's pull-secret placeholder: for every PackageInstall and PackageRepository, whose they are.
[[nodiscard]] std::vector<Brought> app_records(const Object& install);
// Everything but the children of a package and its app records.
[[nodiscard]] std::vector<Brought> objects_of(const PackageRow& row);
// The ClusterClass "tkg-<infra>-default-v1.0.0" and its templates, in tkg-system; on vSphere with the zones and the identity of the vCenter.
[[nodiscard]] std::vector<Brought> cluster_class_objects(const InfraKind& infra);
// kapp-controller itself, as the addons manager puts it into a workload cluster.
[[nodiscard]] std::vector<Brought> kapp_controller_objects();

}  // namespace slipway::simcloud
