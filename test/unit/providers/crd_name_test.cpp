#include "pkg/providers/crd_name.h"

#include <catch2/catch_test_macros.hpp>

#include "pkg/json/value.h"

using namespace slipway;
using namespace slipway::providers;

TEST_CASE("plurals are those of Cluster API, right or wrong") {
  struct Row {
    const char* kind;
    const char* plural;
  };
  const Row rows[] = {
      // as gobuffalo/flect 1.0.3 answers
      {"AWSLambda", "awslambda"},
      {"AWSMachinePoolPolicy", "awsmachinepoolpolicies"},
      {"AddressIndices", "addressindices"},
      {"Alias", "aliases"},
      {"Axis", "axes"},
      {"BaremetalSwitch", "baremetalswitches"},
      {"CloudVolumes", "cloudvolumes"},
      {"ClusterClass", "clusterclasses"},
      {"ClusterData", "clusterdata"},
      {"ClusterInformation", "clusterinformation"},
      {"ClusterPolicy", "clusterpolicies"},
      {"ClusterResourceSet", "clusterresourcesets"},
      {"ClusterResourceSetBinding", "clusterresourcesetbindings"},
      {"ClusterSchema", "clusterschemas"},
      {"ComputePause", "computepauses"},
      {"Demo", "demoes"},
      {"DevMachinePool", "devmachinepools"},
      {"DevMachinePoolTemplate", "devmachinepooltemplates"},
      {"DockerMachinePool", "dockermachinepools"},
      {"DockerMachinePoolTemplate", "dockermachinepooltemplates"},
      {"GPUNvidia", "gpunvidia"},
      {"Gateway", "gateways"},
      {"GatewayClass", "gatewayclasses"},
      {"GatewayParameters", "gatewayparameters"},
      {"HelmChartProxy", "helmchartproxies"},
      {"IPAddress", "ipaddresses"},
      {"IPAddressClaim", "ipaddressclaims"},
      {"IPPool", "ippools"},
      {"KubeadmControlPlane", "kubeadmcontrolplanes"},
      {"KubeadmControlPlaneTemplate", "kubeadmcontrolplanetemplates"},
      {"MachineBase", "machinebases"},
      {"MachineDatum", "machinedata"},
      {"MachineHealth", "machinehealths"},
      {"MachineHealthCheck", "machinehealthchecks"},
      {"MachinePool", "machinepools"},
      {"Metadata", "metadata"},
      {"MetalChassis", "metalchassis"},
      {"NetworkGateway", "networkgateways"},
      {"NodeAlias", "nodealias"},
      {"NodeIndex", "nodeindices"},
      {"NodeKnife", "nodeknives"},
      {"NodeMatrix", "nodematrices"},
      {"OpenStackFloatingIPPool", "openstackfloatingippools"},
      {"PacketStatus", "packetstatuses"},
      {"Praxis", "praxis"},
      {"Prometheus", "prometheuses"},
      {"Repo", "repoes"},
      {"Shelf", "shelves"},
      {"SnapshotMetadataService", "snapshotmetadataservices"},
      {"StorageQuota", "storagequotas"},
      {"VirtualStudio", "virtualstudios"},
      {"ZoneAnalysis", "zoneanalyses"},
  };
  for (const Row& row : rows) CHECK(crd_name("example.com", row.kind) == std::string(row.plural) + ".example.com");
}

TEST_CASE("a definition whose name cannot be computed from its kind is refused unless it asks to be left alone") {
  const auto crd = json::parse(R"({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "awsclusters.infra.io"},
    "spec": {"group": "infra.io", "names": {"kind": "AWSCluster", "plural": "awsclusters"}}})");
  REQUIRE(crd);
  CHECK_FALSE(crd_name_problem(*crd));
  kube::Object wrong = *crd;
  wrong.ref({"metadata", "name"}) = "awsc.infra.io";
  const auto problem = crd_name_problem(wrong);
  REQUIRE(problem);
  CHECK(problem->contains("CustomResourceDefinition awsc.infra.io"));
  CHECK(problem->contains("the name awsclusters.infra.io"));
  wrong.ref({"metadata", "annotations", "clusterctl.cluster.x-k8s.io/skip-crd-name-preflight-check"}) = "";
  CHECK_FALSE(crd_name_problem(wrong));
  CHECK_FALSE(crd_name_problem(kube::make_object("v1", "Namespace", {"", "whatever"})));
}
