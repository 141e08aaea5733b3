#include <catch2/catch_test_macros.hpp>

#include "test/unit/pivot/world.h"

namespace slipway {
namespace {

using namespace pivot;
using namespace test;

Draft draft(const World& world, const std::string& ns = "") { return draft_plan(world.inventory(), Scope{.ns = ns}); }

constexpr std::string_view kMoved = R"(0 ClusterClass tkg-system/tkg-vsphere-default-v1.0.0
0 ClusterResourceSet tkg-system/storage
0 InClusterIPPool tkg-system/nodes
1 Cluster tkg-system/tkg-mgmt-vc
1 ConfigMap tkg-system/storage-class
1 KubeadmConfigTemplate tkg-system/tkg-vsphere-default-v1.0.0-md-config
1 KubeadmControlPlaneTemplate tkg-system/tkg-vsphere-default-v1.0.0-kcp
1 VSphereClusterTemplate tkg-system/tkg-vsphere-default-v1.0.0-cluster
1 VSphereMachineTemplate tkg-system/tkg-vsphere-default-v1.0.0-control-plane
1 VSphereMachineTemplate tkg-system/tkg-vsphere-default-v1.0.0-worker
2 ClusterResourceSetBinding tkg-system/tkg-mgmt-vc
2 KubeadmConfigTemplate tkg-system/tkg-mgmt-vc-md-0
2 KubeadmControlPlane tkg-system/tkg-mgmt-vc-kcp
2 MachineDeployment tkg-system/tkg-mgmt-vc-md-0
2 MachineHealthCheck tkg-system/tkg-mgmt-vc-control-plane
2 MachineHealthCheck tkg-system/tkg-mgmt-vc-md-0
2 Secret tkg-system/tkg-mgmt-vc-apiserver-etcd-client
2 Secret tkg-system/tkg-mgmt-vc-ca
2 Secret tkg-system/tkg-mgmt-vc-etcd
2 Secret tkg-system/tkg-mgmt-vc-proxy
2 Secret tkg-system/tkg-mgmt-vc-sa
2 VSphereCluster tkg-system/tkg-mgmt-vc
2 VSphereMachineTemplate tkg-system/tkg-mgmt-vc-control-plane
2 VSphereMachineTemplate tkg-system/tkg-mgmt-vc-md-0
3 Machine tkg-system/tkg-mgmt-vc-kcp-5h8zq
3 MachineSet tkg-system/tkg-mgmt-vc-md-0-x7k2
3 Secret tkg-system/tkg-mgmt-vc
3 Secret tkg-system/tkg-mgmt-vc-kubeconfig
4 KubeadmConfig tkg-system/tkg-mgmt-vc-kcp-5h8zq
4 Machine tkg-system/tkg-mgmt-vc-md-0-x7k2-9dvtl
4 VSphereMachine tkg-system/tkg-mgmt-vc-kcp-5h8zq
5 KubeadmConfig tkg-system/tkg-mgmt-vc-md-0-x7k2-9dvtl
5 Secret tkg-system/tkg-mgmt-vc-kcp-5h8zq-data
5 VSphereMachine tkg-system/tkg-mgmt-vc-md-0-x7k2-9dvtl
5 VSphereVM tkg-system/tkg-mgmt-vc-kcp-5h8zq-vm
6 IPAddressClaim tkg-system/tkg-mgmt-vc-kcp-5h8zq
6 Secret tkg-system/tkg-mgmt-vc-md-0-x7k2-9dvtl-data
6 VSphereVM tkg-system/tkg-mgmt-vc-md-0-x7k2-9dvtl-vm
7 IPAddress tkg-system/tkg-mgmt-vc-kcp-5h8zq
7 IPAddressClaim tkg-system/tkg-mgmt-vc-md-0-x7k2-9dvtl
8 IPAddress tkg-system/tkg-mgmt-vc-md-0-x7k2-9dvtl
)";

constexpr std::string_view kKept = R"(0 VSphereClusterIdentity tkg-identity: global: all namespaces share it
1 Secret capv-system/tkg-identity-secret: belongs to a global object
)";

// Kind and reason -> how many.
const std::map<std::pair<std::string, std::string>, int> kExcluded{
    {{"Certificate", "not linked with any Cluster"}, 4},
    {{"CertificateRequest", "not linked with any Cluster"}, 4},
    {{"ClusterIssuer", "not linked with any Cluster"}, 1},
    {{"ConfigMap", "not linked with any Cluster"}, 41},
    {{"ExtensionConfig", "not linked with any Cluster"}, 1},
    {{"Issuer", "not linked with any Cluster"}, 3},
    {{"Provider", "provider inventory: it describes the cluster that it is in"}, 5},
    {{"Secret", "not linked with any Cluster"}, 41},
    {{"VSphereDeploymentZone", "not linked with any Cluster"}, 1},
    {{"VSphereFailureDomain", "not linked with any Cluster"}, 1},
};

std::map<std::pair<std::string, std::string>, int> excluded(const Plan& plan) {
  std::map<std::pair<std::string, std::string>, int> out;
  for (const auto& o : plan.objects)
    if (o.fate == Fate::Exclude) ++out[{o.kind, o.reason}];
  return out;
}

}  // namespace

TEST_CASE("of the 145 objects of reference 41 move, 2 are kept, and 102 stay, each with its reason") {
  const World world = reference_world();
  REQUIRE(world.objects.size() == 145);
  REQUIRE(world.count("Secret") == 51);
  REQUIRE(world.count("ConfigMap") == 42);
  const Draft d = draft(world);
  REQUIRE(d.plan.objects.size() == 145);
  CHECK(print(d.plan, Fate::Move) == kMoved);
  CHECK(print(d.plan, Fate::Keep) == kKept);
  CHECK(excluded(d.plan) == kExcluded);
  CHECK(d.plan.unmovable.empty());
  CHECK(d.dangling.empty());
  CHECK(d.blockers.empty());
  CHECK(d.groups == 9);
  CHECK(not_provisioned(world.inventory(), d.plan, {}).empty());
}

TEST_CASE("the digest of a plan changes with the set and with nothing else") {
  World world = reference_world();
  const std::string digest = draft(world).plan.digest;
  world.at("Machine", kCluster + "-kcp-5h8zq").ref({"status", "phase"}) = "Running";
  std::ranges::reverse(world.objects);
  CHECK(draft(world).plan.digest == digest);
  world.at("Machine", kCluster + "-kcp-5h8zq").ref({"metadata", "uid"}) = "another";
  CHECK(draft(world).plan.digest != digest);
}

TEST_CASE("a Cluster that its user has paused moves like any other") {
  World world = reference_world();
  world.at("Cluster", kCluster).ref({"spec", "paused"}) = true;
  const Draft d = draft(world);
  CHECK(print(d.plan, Fate::Move) == kMoved);
  CHECK(d.blockers.empty());
}

TEST_CASE("an object that is being deleted blocks the move, and what it owns stays with it") {
  World world = reference_world();
  world.at("Machine", kCluster + "-md-0-x7k2-9dvtl").ref({"metadata", "deletionTimestamp"}) = "2026-01-01T00:00:00Z";
  const Draft d = draft(world);
  REQUIRE(d.blockers.size() == 1);
  CHECK(d.blockers[0] == "Machine tkg-system/tkg-mgmt-vc-md-0-x7k2-9dvtl is being deleted: wait until it is gone");
  CHECK(planned(d.plan, "Machine", kCluster + "-md-0-x7k2-9dvtl").reason == "being deleted");
  CHECK(planned(d.plan, "VSphereMachine", kCluster + "-md-0-x7k2-9dvtl").reason == "its owner Machine tkg-system/tkg-mgmt-vc-md-0-x7k2-9dvtl does not move");
  SECTION("but not where it would stay anyway") {
    World other = reference_world();
    other.at("Certificate", "capi-serving-cert").ref({"metadata", "deletionTimestamp"}) = "2026-01-01T00:00:00Z";
    CHECK(draft(other).blockers.empty());
  }
}

TEST_CASE("an owner of a kind that is not labelled keeps its dependents from moving, and the plan says so") {
  World world = reference_world();
  json::Value owner = json::Object{{"apiVersion", "unknown.example/v1"}, {"kind", "Keeper"}, {"name", "k"}, {"uid", "u"}};
  world.at("VSphereMachine", kCluster + "-kcp-5h8zq").ref({"metadata", "ownerReferences"}).push_back(std::move(owner));
  const Draft d = draft(world);
  CHECK(planned(d.plan, "VSphereMachine", kCluster + "-kcp-5h8zq").reason ==
        "its owner Keeper k is of a kind whose CRD is not labelled clusterctl.cluster.x-k8s.io");
  CHECK(d.plan.unmovable.size() == 4);  // and its VM, claim and address
  CHECK(d.plan.unmovable[1] ==
        "VSphereVM tkg-system/tkg-mgmt-vc-kcp-5h8zq-vm cannot move: its owner VSphereMachine tkg-system/tkg-mgmt-vc-kcp-5h8zq does not move");
}

TEST_CASE("a stale owner reference is dropped where another owner stands, and excludes where none does") {
  World world = reference_world();
  const json::Value stale = json::Object{{"apiVersion", kCapi}, {"kind", "Machine"}, {"name", "gone"}, {"uid", "gone"}};
  SECTION("another owner stands") {
    world.at("VSphereMachine", kCluster + "-kcp-5h8zq").ref({"metadata", "ownerReferences"}).push_back(stale);
    CHECK(draft(world).plan.unmovable.empty());
  }
  SECTION("none does, and it is labelled to move") {
    Object& secret = world.at("Secret", "package-0-data-values");
    secret.ref({"metadata", "ownerReferences"}).push_back(stale);
    secret.ref({"metadata", "labels"}).set("clusterctl.cluster.x-k8s.io/move", "");
    CHECK(planned(draft(world).plan, "Secret", "package-0-data-values").reason == "its owner Machine gone is gone");
  }
}

TEST_CASE("owners that own each other are named as a cycle") {
  World world = reference_world();
  world.own(world.at("MachineDeployment", kCluster + "-md-0"), "MachineSet", kCluster + "-md-0-x7k2");
  const Draft d = draft(world);
  CHECK(planned(d.plan, "MachineDeployment", kCluster + "-md-0").reason == "its owners own each other in a cycle");
  CHECK(planned(d.plan, "MachineSet", kCluster + "-md-0-x7k2").reason == "its owners own each other in a cycle");
  CHECK(planned(d.plan, "Cluster", kCluster).fate == Fate::Move);
}

TEST_CASE("move and move-hierarchy labels move an object alone, or with all that it owns") {
  World world = reference_world();
  world.own(world.at("Secret", "package-1-data-values"), "ConfigMap", "tkg-bom-1");
  Object& map = world.at("ConfigMap", "tkg-bom-1");
  SECTION("move") {
    map.ref({"metadata", "labels"}).set("clusterctl.cluster.x-k8s.io/move", "");
    CHECK(planned(draft(world).plan, "ConfigMap", "tkg-bom-1").fate == Fate::Move);
    CHECK(planned(draft(world).plan, "Secret", "package-1-data-values").fate == Fate::Exclude);
  }
  SECTION("move-hierarchy") {
    map.ref({"metadata", "labels"}).set("clusterctl.cluster.x-k8s.io/move-hierarchy", "");
    CHECK(planned(draft(world).plan, "Secret", "package-1-data-values").fate == Fate::Move);
    CHECK(planned(draft(world).plan, "Secret", "package-1-data-values").group == 1);
  }
  SECTION("never the provider inventory") {
    world.at("Provider", "cluster-api").ref({"metadata", "labels"}).set("clusterctl.cluster.x-k8s.io/move", "");
    CHECK(planned(draft(world).plan, "Provider", "cluster-api").fate == Fate::Exclude);
  }
}

TEST_CASE("references to what stays are found and told") {
  World world = reference_world();
  const auto told = [&] {
    const Draft d = draft(world);
    REQUIRE(d.dangling.size() == 1);
    return sentence(world.inventory(), d.dangling[0], d.plan);
  };
  SECTION("a credentials Secret that nothing links with the Cluster") {
    world.at("Secret", "tkg-identity-secret").find_mut("metadata")->erase("ownerReferences");
    CHECK(told() ==
          "VSphereClusterIdentity tkg-identity: spec.secretName names Secret capv-system/tkg-identity-secret, which does not move "
          "(not linked with any Cluster)");
  }
  SECTION("an object of a kind that is not labelled") {
    world.at("VSphereCluster", kCluster).ref({"spec", "loadBalancerRef"}) = json::Object{{"apiVersion", "lb.example/v1"}, {"kind", "Balancer"}, {"name", "b"}};
    CHECK(told() ==
          "VSphereCluster tkg-system/tkg-mgmt-vc: spec.loadBalancerRef names Balancer b, whose kind does not move (its CRD is not labelled "
          "clusterctl.cluster.x-k8s.io)");
  }
}

TEST_CASE("a move of one namespace keeps what others share") {
  World world = reference_world();
  Object& other = world.add(kCapi, "Cluster", "default", "tkg-vc-antrea");
  other.ref({"spec", "topology"}) = json::Object{{"class", "tkg-vsphere-default-v1.0.0"}, {"classNamespace", kSystem}};
  SECTION("the class moves along where all its Clusters do") {
    CHECK(planned(draft(world).plan, "ClusterClass", "tkg-vsphere-default-v1.0.0").fate == Fate::Move);
  }
  SECTION("the class is kept where a Cluster elsewhere uses it, with its templates") {
    const Draft d = draft(world, kSystem);
    CHECK(planned(d.plan, "ClusterClass", "tkg-vsphere-default-v1.0.0").reason == "shared: Clusters outside the move use its class");
    CHECK(planned(d.plan, "VSphereMachineTemplate", "tkg-vsphere-default-v1.0.0-worker").fate == Fate::Keep);
    CHECK(planned(d.plan, "Cluster", kCluster).fate == Fate::Move);
    CHECK(planned(d.plan, "Cluster", "tkg-vc-antrea").reason == "outside namespace tkg-system");
  }
  SECTION("the class comes along from another namespace") {
    const Draft d = draft(world, "default");
    CHECK(planned(d.plan, "Cluster", "tkg-vc-antrea").fate == Fate::Move);
    CHECK(planned(d.plan, "ClusterClass", "tkg-vsphere-default-v1.0.0").fate == Fate::Keep);
    CHECK(planned(d.plan, "Cluster", kCluster).reason == "outside namespace default");
    CHECK(planned(d.plan, "Machine", kCluster + "-kcp-5h8zq").fate == Fate::Exclude);
    CHECK(d.plan.unmovable.empty());
  }
}

TEST_CASE("what is not provisioned is named, all of it at once") {
  World world = reference_world();
  world.at("Cluster", kCluster).erase("status");
  world.at("Machine", kCluster + "-kcp-5h8zq").erase("status");
  const auto problems = not_provisioned(world.inventory(), draft(world).plan, {});
  CHECK(problems == std::vector<std::string>{"Cluster tkg-system/tkg-mgmt-vc: its infrastructure is not provisioned yet (status.infrastructureReady)",
                                             "Cluster tkg-system/tkg-mgmt-vc: its control plane is not initialized yet (condition ControlPlaneInitialized)",
                                             "Machine tkg-system/tkg-mgmt-vc-kcp-5h8zq: it has no node yet (status.nodeRef)"});
}

}  // namespace slipway
