// The steps of a WorkloadCluster by themselves.
#include <catch2/catch_test_macros.hpp>

#include "controllers/workloadcluster/steps.h"
#include "controllers/workloadcluster/steps/steps.h"
#include "support.h"

using namespace slipway;
using namespace slipway::controllers;
using namespace slipway::controllers::workloadcluster;
using namespace slipway::test;

namespace {

struct WorkloadFixture {
  api::WorkloadCluster cluster;
  Observed observed;
  Env env{WallTime(std::chrono::seconds(1'767'225'600))};

  WorkloadFixture() {
    cluster.name = "team-a";
    cluster.namespace_ = "default";
    cluster.uid = "uid-of-cluster";
    cluster.spec.managementClusterRef = api::NamespacedRef{kName, kNs};
    cluster.spec.release = kRelease;
    observed.self = std::make_shared<const Object>(kube::make_object("slipway.dev/v1alpha1", "WorkloadCluster", {"default", "team-a"}));
    Object request = kube::make_object("slipway.dev/v1alpha1", "ManagementClusterRequest", {kNs, kName});
    request.ref({"metadata", "annotations", "slipway.dev/custody"}) = "target";
    request.ref({"spec", "infrastructure", "provider"}) = "vsphere";
    observed.request = std::make_shared<const Object>(with_conditions(std::move(request), {condition("TargetVerified", "True")}));
    observed.management.connected = observed.management.synced = true;
  }
  [[nodiscard]] Input in() const { return {cluster, observed, env}; }
};

}  // namespace

TEST_CASE("a workload cluster waits until its management cluster holds its own objects and is verified") {
  WorkloadFixture f;
  CHECK(management_cluster(f.in()).state == StepState::Done);
  Object request = *f.observed.request;
  request.ref({"status", "conditions"}) = json::Value();
  f.observed.request = std::make_shared<const Object>(request);
  CHECK(management_cluster(f.in()).reason == "ManagementClusterNotReady");
  f.observed.management.add(kube::res::kClusters, kube::make_object("cluster.x-k8s.io/v1beta1", "Cluster", {"default", "team-a"}));
  CHECK(management_cluster(f.in()).state == StepState::Done);  // it is there: work on its management cluster does not hold it up
  f.observed.request = nullptr;
  CHECK(management_cluster(f.in()).reason == "ManagementClusterMissing");
}

TEST_CASE("the Cluster of a workload cluster takes what the spec leaves out from its management cluster") {
  WorkloadFixture f;
  const StepPlan plan = create_cluster(f.in());
  const Apply* cluster = applies(plan, "Cluster", "team-a");
  REQUIRE(cluster != nullptr);
  CHECK(cluster->cluster == Role::Management);
  CHECK(cluster->object["spec"]["topology"]["class"].as_string() == "tkg-vsphere-default-v1.0.0");
  CHECK(cluster->object["spec"]["topology"]["version"].as_string() == "v1.24.9+vmware.1");
  CHECK_FALSE(kube::has_label(cluster->object, "cluster-role.tkg.tanzu.vmware.com/management"));
}

TEST_CASE("scaling a workload cluster lands on its Cluster and is waited for") {
  WorkloadFixture f;
  f.observed.management.add(kube::res::kNamespaces, kube::make_object("v1", "Namespace", {"", "default"}));
  f.observed.management.add(kube::res::kClusters, ready_cluster(applies(create_cluster(f.in()), "Cluster")->object));
  add_machines(f.observed.management, {"default", "team-a"});
  CHECK(create_cluster(f.in()).state == StepState::Done);
  CHECK(nodes(f.in()).state == StepState::Done);
  api::WorkerPool pool;
  pool.name = "md-0";
  pool.replicas = 3;
  f.cluster.spec.cluster.workers = {pool};
  CHECK(create_cluster(f.in()).reason == "ClusterUpdating");
  CHECK(nodes(f.in()).reason == "ClusterUpdating");
}

TEST_CASE("an autoscaler's pool is complete with as many machines as it chose") {
  WorkloadFixture f;
  api::WorkerPool pool;
  pool.name = "md-0";
  pool.autoscaler = api::Autoscaler{1, 5};
  f.cluster.spec.cluster.workers = {pool};
  add_machines(f.observed.management, {"default", "team-a"}, 1, 4);
  CHECK(nodes(f.in()).state == StepState::Done);
}

TEST_CASE("the packages of the release are counted") {
  WorkloadFixture f;
  CHECK(core_packages(f.in()).state == StepState::Skipped);
  Object bootstrap = kube::make_object("run.tanzu.vmware.com/v1alpha3", "ClusterBootstrap", {"default", "team-a"});
  bootstrap.ref({"spec", "cni", "refName"}) = "antrea";
  bootstrap.ref({"spec", "cpi", "refName"}) = "vsphere-cpi";
  f.observed.management.add(kube::res::kClusterBootstraps, std::move(bootstrap));
  CHECK(core_packages(f.in()).message == "0/2 core packages reconciled");
  for (const char* name : {"team-a-antrea", "team-a-vsphere-cpi"}) {
    Object install = kube::make_object("packaging.carvel.dev/v1alpha1", "PackageInstall", {kNs, name});
    install.ref({"metadata", "labels", "tkg.tanzu.vmware.com/cluster-name"}) = "team-a";
    f.observed.workload.add(kube::res::kPackageInstalls, reconciled(std::move(install)));
  }
  CHECK(core_packages(f.in()).state == StepState::Done);
}

TEST_CASE("a workload cluster is deleted by UID and waited for") {
  WorkloadFixture f;
  Object cluster = kube::make_object("cluster.x-k8s.io/v1beta1", "Cluster", {"default", "team-a"});
  cluster.ref({"metadata", "uid"}) = "u";
  f.observed.management.add(kube::res::kClusters, cluster);
  REQUIRE(intent_of<Delete>(delete_cluster(f.in())) != nullptr);
  CHECK(intent_of<Delete>(delete_cluster(f.in()))->uid == "u");
  cluster.ref({"metadata", "deletionTimestamp"}) = "2026-01-01T00:00:00Z";
  f.observed.management.add(kube::res::kClusters, cluster);
  CHECK(delete_cluster(f.in()).reason == "ClusterDeleting");
  f.observed.management.remove(kube::res::kClusters, {"default", "team-a"});
  CHECK(delete_cluster(f.in()).state == StepState::Done);
}

TEST_CASE("a management cluster that does not answer holds a deletion back until it is forced") {
  WorkloadFixture f;
  f.observed.management.synced = false;
  CHECK(delete_cluster(f.in()).reason == "TargetUnreachable");
  Object self = *f.observed.self;
  self.ref({"metadata", "annotations", "slipway.dev/force-delete"}) = "true";
  f.observed.self = std::make_shared<const Object>(self);
  CHECK(delete_cluster(f.in()).state == StepState::Done);
}
