// The way back: what keeps a deletion from beginning, and in which order things go.
#include <catch2/catch_test_macros.hpp>

#include "controllers/managementcluster/steps.h"
#include "controllers/managementcluster/steps/steps.h"
#include "support.h"

using namespace slipway;
using namespace slipway::controllers;
using namespace slipway::controllers::managementcluster;
using namespace slipway::test;

namespace {

std::string current(const Fixture& f) {
  const Walk w = walk(deletion_steps(), f.in());
  return w.finished() ? "finished" : std::string(deletion_steps()[w.current].info.name);
}

Object cluster(std::string_view ns, std::string_view name) {
  Object c = kube::make_object("cluster.x-k8s.io/v1beta1", "Cluster", {std::string(ns), std::string(name)});
  c.ref({"metadata", "uid"}) = "uid-of-" + std::string(name);
  return c;
}

}  // namespace

TEST_CASE("deletion is refused while workload clusters refer to the request, and says how to override it") {
  Fixture f;
  f.target_ready();
  f.moved();
  f.observed.workload_clusters = {"default/a", "default/b"};
  StepPlan plan = deletion_guard(f.in());
  CHECK(plan.state == StepState::Stuck);
  CHECK(plan.reason == "WorkloadClustersExist");
  CHECK(plan.message.find("default/a, default/b") != std::string::npos);
  CHECK(plan.message.find("slipway.dev/force-delete") != std::string::npos);
}

TEST_CASE("deletion is refused while the target manages other Clusters, and when it cannot be asked") {
  Fixture f;
  f.target_ready();
  f.moved();
  f.observed.target.add(kube::res::kClusters, cluster(kNs, kName));
  CHECK(deletion_guard(f.in()).state == StepState::Done);
  f.observed.target.add(kube::res::kClusters, cluster("default", "team-a"));
  CHECK(deletion_guard(f.in()).message.find("default/team-a") != std::string::npos);
  f.observed.target.synced = false;
  CHECK(deletion_guard(f.in()).reason == "TargetUnreachable");
}

TEST_CASE("a request that created nothing is deleted with its bootstrap cluster") {
  Fixture f;
  CHECK(current(f) == "finished");
  f.bootstrap_ready();
  CHECK(current(f) == "destroy-bootstrap");
  CHECK(intent_of<DestroyBootstrap>(destroy_bootstrap(f.in()))->guard == DestroyBootstrap::Guard::NothingCreated);
}

TEST_CASE("before the move the Cluster is deleted on the bootstrap cluster, by UID, and waited for") {
  Fixture f;
  f.bootstrap_ready();
  f.record("bootstrap");
  Object c = cluster(kNs, kName);
  f.observed.bootstrap.add(kube::res::kClusters, c);
  CHECK(current(f) == "delete-cluster");
  CHECK(intent_of<Delete>(delete_cluster(f.in()))->uid == "uid-of-tkg-mgmt-vc");
  c.ref({"metadata", "deletionTimestamp"}) = "2026-01-01T00:00:00Z";
  f.observed.bootstrap.add(kube::res::kClusters, c);
  CHECK(delete_cluster(f.in()).state == StepState::Waiting);
  f.observed.bootstrap.remove(kube::res::kClusters, {kNs, kName});
  CHECK(current(f) == "destroy-bootstrap");
  CHECK(intent_of<DestroyBootstrap>(destroy_bootstrap(f.in()))->guard == DestroyBootstrap::Guard::NoClusters);
}

TEST_CASE("after the move the way back begins with a new bootstrap cluster and the same steps") {
  Fixture f;
  f.target_ready();
  f.moved();
  f.observed.target.add(kube::res::kClusters, cluster(kNs, kName));
  CHECK(current(f) == "bootstrap-cluster");
  f.bootstrap_ready();
  CHECK(current(f) == "bootstrap-kapp-controller");
  f.installed(f.observed.bootstrap);
  CHECK(current(f) == "pivot-back");
  CHECK(intent_of<RunPivot>(pivot_back(f.in()))->direction == RunPivot::Direction::Back);
  f.observed.back.progress.emplace();
  f.observed.back.progress->phase = pivot::Phase::Completed;
  CHECK(intent_of<Merge>(pivot_back(f.in()))->body["metadata"]["annotations"]["slipway.dev/custody"].as_string() == "returned");
  f.record("returned");
  f.observed.bootstrap.add(kube::res::kClusters, cluster(kNs, kName));
  CHECK(current(f) == "delete-cluster");
}

TEST_CASE("a move that was begun is brought to its end before anything is deleted") {
  Fixture f;
  f.bootstrap_ready();
  f.target_ready();
  f.record("bootstrap");
  f.observed.forward.progress.emplace();
  f.observed.forward.progress->phase = pivot::Phase::Deleting;
  CHECK(current(f) == "finish-move");
  CHECK(intent_of<RunPivot>(finish_move(f.in()))->direction == RunPivot::Direction::Forward);
}

TEST_CASE("Orphan leaves the cluster alone, and its bootstrap cluster too where that holds the Cluster") {
  Fixture f;
  f.request.spec.deletionPolicy = "Orphan";
  f.bootstrap_ready();
  f.record("bootstrap");
  f.observed.workload_clusters = {"default/a"};
  CHECK(current(f) == "finished");
  f.record("target");
  CHECK(current(f) == "destroy-bootstrap");
}

TEST_CASE("a bootstrap cluster that was lost with the Cluster stops the deletion until it is forced") {
  Fixture f;
  f.record("bootstrap");
  CHECK(delete_cluster(f.in()).reason == "BootstrapLost");
  Object self = *f.observed.self;
  self.ref({"metadata", "annotations", "slipway.dev/force-delete"}) = "true";
  f.observed.self = std::make_shared<const Object>(self);
  CHECK(current(f) == "finished");
}
