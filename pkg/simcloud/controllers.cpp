#include "pkg/simcloud/controllers.h"

namespace slipway::simcloud {

std::vector<SimController> all_controllers() {
  std::vector<SimController> all;
  for (SimController (*const make)() : {deployment_controller,
                                        namespace_controller,
                                        simulated_cluster_controller,
                                        issuer_controller,
                                        cluster_issuer_controller,
                                        certificate_controller,
                                        certificate_request_controller,
                                        validating_ca_injector,
                                        mutating_ca_injector,
                                        conversion_ca_injector,
                                        webhook_controller,
                                        package_repository_controller,
                                        package_install_controller,
                                        release_source_controller,
                                        release_controller,
                                        release_resolver,
                                        addons_controller,
                                        object_propagation_controller,
                                        cluster_class_controller,
                                        cluster_controller,
                                        control_plane_controller,
                                        machine_deployment_controller,
                                        machine_set_controller,
                                        machine_controller,
                                        machine_health_check_controller,
                                        bootstrap_config_controller,
                                        vsphere_vm_controller,
                                        address_claim_controller})
    all.push_back(make());
  for (const InfraKind& kind : infra_kinds()) {
    all.push_back(infra_cluster_controller(kind));
    all.push_back(infra_machine_controller(kind));
  }
  return all;
}

}  // namespace slipway::simcloud
