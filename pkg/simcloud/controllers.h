// The simulated controllers, one function a file of controllers/: each gives its row for the table in controllers.cpp.
#pragma once

#include <vector>

#include "pkg/simcloud/infra_kinds.h"
#include "pkg/simcloud/sim_controller.h"

namespace slipway::simcloud {

// Kubernetes itself
SimController deployment_controller();
SimController namespace_controller();
// The hub
SimController simulated_cluster_controller();
// cert-manager
SimController issuer_controller();
SimController cluster_issuer_controller();
SimController certificate_controller();
SimController certificate_request_controller();
SimController validating_ca_injector();
SimController mutating_ca_injector();
SimController conversion_ca_injector();
// The programs behind webhooks
SimController webhook_controller();
// kapp-controller
SimController package_repository_controller();
SimController package_install_controller();
// What the packages run
SimController release_source_controller();
SimController release_controller();
SimController release_resolver();
SimController addons_controller();
SimController object_propagation_controller();
// Cluster API
SimController cluster_class_controller();
SimController cluster_controller();
SimController control_plane_controller();
SimController machine_deployment_controller();
SimController machine_set_controller();
SimController machine_controller();
SimController machine_health_check_controller();
SimController bootstrap_config_controller();
// The infrastructures
SimController infra_cluster_controller(const InfraKind& kind);
SimController infra_machine_controller(const InfraKind& kind);
SimController vsphere_vm_controller();
SimController address_claim_controller();

}  // namespace slipway::simcloud
