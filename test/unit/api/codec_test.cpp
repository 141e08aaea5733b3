#include "api/v1alpha1/codec.h"

#include <catch2/catch_test_macros.hpp>

#include "api/v1alpha1/check.h"
#include "test/unit/api/support.h"

using namespace slipway;

namespace {

json::Value least_request() { return test::cases().front().object; }

}  // namespace

TEST_CASE("what a request leaves out has its default") {
  std::vector<api::FieldError> errors;
  const auto request = api::decode_management_cluster_request(least_request(), errors);
  CHECK(api::to_string(errors).empty());
  CHECK(request.name == "tkg-mgmt-vc");
  CHECK(request.namespace_ == "tkg-system");
  CHECK(request.spec.mode == "Apply");
  CHECK(request.spec.plan == "dev");
  CHECK(request.spec.bootstrap.inCluster);
  CHECK_FALSE(request.spec.bootstrap.simulated);
  CHECK(request.spec.bootstrap.retain == "OnFailure");
  CHECK(request.spec.certManager.mode == "Managed");
  CHECK(request.spec.cluster.network.podCIDRs == std::vector<std::string>{"100.96.0.0/11"});
  CHECK(request.spec.pivot.rehearse);
  CHECK(request.spec.deadlines.total == "2h");
  CHECK(request.status.observedGeneration == -1);
}

TEST_CASE("defaults reach into what is there only in part") {
  std::vector<api::FieldError> errors;
  json::Value object = least_request();
  object.ref({"spec", "bootstrap"}) = json::Value(json::Object{{"kind", json::Object{{"podSubnet", "10.1.0.0/16"}}}});
  object.ref({"spec", "packages", "repository"}) = json::Value(json::Object{{"name", "r"}, {"image", "example.com/r"}});
  json::Value pool(json::Object{{"name", "md-0"}, {"autoscaler", json::Object{{"max", 5}}}});
  object.ref({"spec", "cluster", "workers"}).push_back(std::move(pool));
  object.ref({"spec", "deadlines"}).set("pivot", json::Value());  // null counts as absent where there is a default
  const auto request = api::decode_management_cluster_request(object, errors);
  CHECK(api::to_string(errors).empty());
  CHECK(request.spec.bootstrap.kind->podSubnet == "10.1.0.0/16");
  CHECK(request.spec.bootstrap.kind->serviceSubnet == "100.64.0.0/13");
  CHECK(request.spec.packages.repository->namespace_ == "tkg-system");
  CHECK(request.spec.cluster.workers.at(0).class_ == "tkg-worker");
  CHECK(request.spec.cluster.workers.at(0).autoscaler->min == 1);
  CHECK(request.spec.deadlines.pivot == "15m");
}

TEST_CASE("an object of another kind is refused, one without a kind is taken") {
  std::vector<api::FieldError> errors;
  json::Value object = least_request();
  (void)api::decode_workload_cluster(object, errors);
  CHECK(api::to_string(errors).find("kind: must be WorkloadCluster") != std::string::npos);
  errors.clear();
  object.erase("kind");
  object.erase("apiVersion");
  (void)api::decode_management_cluster_request(object, errors);
  CHECK(errors.empty());
}

TEST_CASE("whatever stands in the place of an object is an error and no crash") {
  for (const json::Value& hostile : {json::Value(), json::Value(1), json::Value("x"), json::Value(json::Array{}), json::Value(json::Object{})}) {
    std::vector<api::FieldError> errors;
    (void)api::decode_management_cluster_request(hostile, errors);
    CHECK_FALSE(errors.empty());
    CHECK_FALSE(api::check(hostile).empty());
    CHECK(api::decode_status(hostile).observedGeneration == -1);
  }
}

TEST_CASE("metadata and status are read leniently") {
  std::vector<api::FieldError> errors;
  json::Value object = least_request();
  object.ref("metadata").set("generation", "seven");
  object.set("status", json::Object{{"phase", 1}, {"surprise", true}, {"conditions", "none"}});
  const auto request = api::decode_management_cluster_request(object, errors);
  CHECK(errors.empty());
  CHECK(request.generation == 0);
  CHECK(request.status.phase.empty());
}

TEST_CASE("many mistakes make a bounded message") {
  json::Value object = least_request();
  for (int i = 0; i < 10'000; ++i) object.ref("spec").set("field-number-" + std::to_string(i) + "\n" + std::string(500, 'x'), 1);
  const auto errors = api::check(object);
  CHECK(errors.size() == api::kMaxErrors + 1);
  CHECK(api::to_string(errors).size() < 40'000);
  CHECK(api::to_string(errors).find('\n') == std::string::npos);
}

TEST_CASE("a status survives the way to JSON and back") {
  api::ClusterStatus status;
  status.observedGeneration = 3;
  status.phase = "Pivoting";
  status.progress = "12/17";
  status.conditions.push_back({"Ready", "Unknown", 3, "2026-08-21T10:02:11Z", "Pivoting", ""});
  status.steps.push_back({"Move", "Running", "2026-08-21T10:02:11Z", "", "41 of 50 objects moved"});
  status.kubeconfigSecretRef = api::KeyRef{"tkg-mgmt-vc-kubeconfig"};
  status.controlPlane = "1/1";
  status.roles = {"management"};
  status.providers.push_back({"CoreProvider", "cluster-api", "v1.2.8", "sha256:00", true});
  status.pivot = api::PivotStatus{"1", "Moving", 50, 41, 38, 0, 2, {{"not linked with a Cluster", 95}}};
  status.plan = {"install cert-manager v1.9.1"};
  const json::Value written = api::encode(status);
  CHECK(api::encode(api::decode_status(written)) == written);
  CHECK(written["conditions"][0U].contains("message"));  // required by metav1.Condition, even where empty
  CHECK_FALSE(written["steps"][0U].contains("finishedAt"));
  CHECK_FALSE(written.contains("workers"));
  CHECK(written["kubeconfigSecretRef"]["key"].as_string() == "value");
  CHECK(written["pivot"]["excluded"][0U]["count"].as_int() == 95);
}

TEST_CASE("an empty status says that nobody has looked yet") { CHECK(json::dump(api::encode(api::ClusterStatus{})) == R"({"observedGeneration":-1})"); }

TEST_CASE("encoding a request and decoding it gives the same request") {
  for (const test::Case& c : test::cases()) {
    if (!c.errors.empty()) continue;
    INFO(c.name);
    std::vector<api::FieldError> errors;
    if (c.object["kind"].as_string() == "WorkloadCluster") {
      const json::Value once = api::encode(api::decode_workload_cluster(c.object, errors));
      CHECK(api::encode(api::decode_workload_cluster(once, errors)) == once);
    } else {
      const json::Value once = api::encode(api::decode_management_cluster_request(c.object, errors));
      CHECK(api::encode(api::decode_management_cluster_request(once, errors)) == once);
    }
    CHECK(errors.empty());
  }
}

TEST_CASE("replicas come from the spec, else from the autoscaler, else from the plan") {
  api::ClusterSpec cluster;
  CHECK(api::control_plane_replicas("dev", cluster) == 1);
  CHECK(api::control_plane_replicas("prod", cluster) == 3);
  cluster.controlPlane.replicas = 5;
  CHECK(api::control_plane_replicas("dev", cluster) == 5);
  REQUIRE(api::worker_pools(cluster).size() == 1);
  api::WorkerPool pool = api::worker_pools(cluster).front();
  CHECK(pool.name == "md-0");
  CHECK(api::worker_replicas("prod", pool) == 3);
  pool.autoscaler = api::Autoscaler{2, 4};
  CHECK(api::worker_replicas("prod", pool) == 2);
  pool.replicas = 0;
  CHECK(api::worker_replicas("prod", pool) == 0);
  cluster.manifestRef = api::ManifestRef{"m"};
  CHECK(api::worker_pools(cluster).empty());
}
