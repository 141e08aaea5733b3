#include "pkg/topology/topology.h"

#include <catch2/catch_test_macros.hpp>

#include "pkg/yaml/yaml.h"

using namespace slipway;

namespace {

kube::ObjectPtr object(std::string_view text) {
  auto parsed = yaml::parse(text, "test");
  REQUIRE(parsed);
  return std::make_shared<const kube::Object>(std::move(*parsed));
}

topology::ClusterRequest request() {
  topology::ClusterRequest r;
  r.key = {"tkg-system", "tkg-mgmt-vc"};
  r.plan = "dev";
  r.release = "v1.24.9---vmware.1-tkg.1-rc.2";
  r.cluster.version = "v1.24.9+vmware.1";
  r.cluster.class_ = "tkg-vsphere-default-v1.0.0";
  r.cluster.controlPlane.endpoint = api::Endpoint{"10.0.0.10", 6443};
  api::WorkerPool pool;
  pool.name = "md-0";
  r.cluster.workers.push_back(pool);
  r.infrastructure.provider = "vsphere";
  r.management = true;
  return r;
}

}  // namespace

TEST_CASE("a cluster is rendered with its topology and with what the tanzu CLI reads") {
  const kube::Object cluster = topology::render_cluster(request());
  CHECK(kube::label(cluster, "run.tanzu.vmware.com/tkr") == "v1.24.9---vmware.1-tkg.1-rc.2");
  CHECK(kube::has_label(cluster, "cluster-role.tkg.tanzu.vmware.com/management"));
  CHECK(kube::annotation(cluster, "tkg/plan") == "dev");
  CHECK(kube::annotation(cluster, "tkg.tanzu.vmware.com/cluster-controlplane-endpoint") == "10.0.0.10");
  const json::Value& t = cluster["spec"]["topology"];
  CHECK(t["class"].as_string() == "tkg-vsphere-default-v1.0.0");
  CHECK(t["controlPlane"]["replicas"].as_int() == 1);
  CHECK(t["workers"]["machineDeployments"][0]["replicas"].as_int() == 1);
  CHECK(cluster["spec"]["clusterNetwork"]["pods"]["cidrBlocks"][0].as_string() == "100.96.0.0/11");
}

TEST_CASE("plan prod means three and three, and an explicit count wins") {
  auto r = request();
  r.plan = "prod";
  r.cluster.workers[0].replicas = 5;
  const kube::Object cluster = topology::render_cluster(r);
  CHECK(cluster["spec"]["topology"]["controlPlane"]["replicas"].as_int() == 3);
  CHECK(cluster["spec"]["topology"]["workers"]["machineDeployments"][0]["replicas"].as_int() == 5);
}

TEST_CASE("a pool with an autoscaler leaves the count to it") {
  auto r = request();
  r.cluster.workers[0].autoscaler = api::Autoscaler{2, 7};
  const kube::Object cluster = topology::render_cluster(r);
  const json::Value& pool = cluster["spec"]["topology"]["workers"]["machineDeployments"][0];
  CHECK_FALSE(pool.contains("replicas"));
  CHECK(pool["metadata"]["annotations"]["cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size"].as_string() == "7");
}

TEST_CASE("nothing is ready by being absent") {
  CHECK_FALSE(topology::control_plane_available({}, {}).ready);
  CHECK_FALSE(topology::control_plane_replicas({}).ready);
  CHECK_FALSE(topology::workers_replicas({}, 1).ready);
  CHECK_FALSE(topology::machines_have_nodes({}, 2).ready);
  CHECK_FALSE(topology::deployment_available(nullptr, {"a", "b"}).ready);
  CHECK_FALSE(topology::cluster_initialized(*object("kind: Cluster")).ready);
}

TEST_CASE("while the control plane is waited for, the machine that has a reason gives the message") {
  const std::vector<kube::ObjectPtr> kcps{
      object("kind: KubeadmControlPlane\nmetadata: {name: cp, namespace: a}\nstatus: {conditions: [{type: Available, status: 'False', reason: "
             "WaitingForKubeadmInit}]}")};
  const std::vector<kube::ObjectPtr> machines{
      object("kind: Machine\nmetadata: {name: m, namespace: a}\nstatus: {conditions: [{type: InfrastructureReady, status: 'False', severity: Error, reason: "
             "CloningFailed, message: 'no space on datastore'}]}")};
  const auto r = topology::control_plane_available(kcps, machines);
  CHECK_FALSE(r.ready);
  CHECK(r.failed);
  CHECK(r.message == "Machine a/m: InfrastructureReady is False (CloningFailed): no space on datastore");
}

TEST_CASE("a Deployment counts only when its controller has seen this generation") {
  const kube::ObjectKey key{"a", "d"};
  const char* text =
      "kind: Deployment\nmetadata: {name: d, namespace: a, generation: 2}\nstatus: {observedGeneration: %, conditions: [{type: Available, status: 'True'}]}";
  std::string stale = text;
  stale.replace(stale.find('%'), 1, "1");
  std::string fresh = text;
  fresh.replace(fresh.find('%'), 1, "2");
  CHECK_FALSE(topology::deployment_available(object(stale), key).ready);
  CHECK(topology::deployment_available(object(fresh), key).ready);
  const auto failing = topology::deployment_available(object("kind: Deployment\nmetadata: {name: d, namespace: a}\nstatus: {observedGeneration: 0, conditions: "
                                                             "[{type: ReplicaFailure, status: 'True', reason: FailedCreate, message: 'quota'}]}"),
                                                      key);
  CHECK(failing.message == "Deployment a/d: ReplicaFailure is True (FailedCreate): quota");
}
