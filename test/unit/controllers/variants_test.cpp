// Other bootstrap clusters than the simulated one, other management clusters than a request's, and specs that no admission has looked at.
#include <catch2/catch_test_macros.hpp>

#include "demo.h"

using namespace slipway;
using namespace slipway::test;

namespace {

const kube::ObjectKey kRequest{"tkg-system", "tkg-mgmt-vc"};

bool stalled(const kube::ObjectPtr& object) { return object && kube::condition_true(*object, "Stalled"); }

// As on a server before 1.25, which runs no CEL, with a client that does not ask for strict fields.
void accept_anything(Demo& demo, const kube::GroupVersionResource& gvr) {
  const kube::ObjectKey key{"", gvr.resource + "." + gvr.group};
  auto crd = demo.loop.run(demo.hub->get(kube::res::kCrds, key));
  json::Value& version = crd->ref({"spec", "versions"}).make_array().front();
  json::Value any = json::Object{{"type", "object"}, {"x-kubernetes-preserve-unknown-fields", true}};
  version.ref({"schema", "openAPIV3Schema"}) = json::Object{{"type", "object"}, {"properties", json::Object{{"spec", any}, {"status", any}}}};
  const auto updated = demo.loop.run(demo.hub->update(kube::res::kCrds, *crd, {}));
  if (!updated) throw std::runtime_error(updated.error().message());
  demo.loop.pass(std::chrono::seconds(2));
}

}  // namespace

TEST_CASE("a bootstrap cluster that was there before is used and stays") {
  Demo demo;
  kube::Object external = kube::make_object("sim.slipway.dev/v1alpha1", "SimulatedCluster", {"tkg-system", "external"});
  external.ref({"spec", "kubernetesVersion"}) = "v1.24.9+vmware.1";
  kube::Object ns = kube::make_object("v1", "Namespace", {"", "tkg-system"});
  REQUIRE(demo.loop.run(demo.hub->create(kube::res::kNamespaces, ns, {})));
  REQUIRE(demo.loop.run(demo.hub->create(kube::res::kSimulatedClusters, external, {})));
  demo.apply_samples(
      [](kube::Object& request) { request.ref({"spec", "bootstrap"}) = json::Object{{"kubeconfigSecretRef", json::Object{{"name", "external-kubeconfig"}}}}; },
      false);
  demo.start_operator();
  demo.until("it is Ready", [&] { return ready(demo.request()); });
  CHECK(condition_of(demo.request(), "BootstrapDestroyed").starts_with("True/NotDisposable"));
  CHECK(demo.world->server("bootstrap/tkg-system/external") != nullptr);
  CHECK(demo.list("bootstrap/tkg-system/external", kube::res::kClusters).empty());
  CHECK(demo.world->machines() == 2);

  SECTION("and is the way back at deletion, too") {
    demo.remove(kube::res::kManagementClusterRequests, kRequest);
    demo.until("it is gone", [&] { return !demo.request(); });
    CHECK(demo.world->machines() == 0);
    CHECK(demo.world->server("bootstrap/tkg-system/external") != nullptr);
  }
}

TEST_CASE("the cluster that the operator runs in can be the bootstrap cluster") {
  Demo demo;
  demo.apply_samples([](kube::Object& request) { request.ref({"spec", "bootstrap"}) = json::Object{{"inCluster", json::Value(json::Object{})}}; }, false);
  demo.start_operator();
  demo.until("it is Ready", [&] { return ready(demo.request()); });
  CHECK(condition_of(demo.request(), "HandedOver").starts_with("True/HandOverNotSupported"));
  CHECK((*demo.request())["status"]["kubeconfigSecretRef"]["name"].as_string() == "tkg-mgmt-vc-admin-kubeconfig");
  CHECK(demo.list("hub", kube::res::kClusters).empty());
  CHECK(demo.list(kTargetServer, kube::res::kClusters).size() == 1);
  CHECK(demo.world->machines() == 2);
  demo.stop_operator();
  demo.start_operator();
  demo.loop.pass(std::chrono::minutes(1));
  CHECK(ready(demo.request()));
  CHECK(demo.list("hub", kube::res::kClusters).empty());
}

TEST_CASE("a kubeconfig that is none is told, without its content") {
  Demo demo;
  demo.apply_samples(
      [](kube::Object& request) {
        request.ref({"spec", "bootstrap"}) = json::Object{{"kubeconfigSecretRef", json::Object{{"name", "boot"}}}};
        request.ref({"spec", "deadlines", "bootstrap"}) = "20s";
      },
      false);
  kube::Object secret = kube::make_object("v1", "Secret", {"tkg-system", "boot"});
  secret.ref({"stringData", "value"}) = "hunter2: [";
  REQUIRE(demo.loop.run(demo.hub->create(kube::res::kSecrets, secret, {})));
  demo.start_operator();
  demo.until("it is told", [&] { return condition_of(demo.request(), "BootstrapReady").starts_with("False/InvalidKubeconfig"); });
  const std::string said = condition_of(demo.request(), "Ready");
  CHECK(said.find("Secret tkg-system/boot") != std::string::npos);
  CHECK(said.find("hunter2") == std::string::npos);
  demo.until("it is stalled in the end", [&] { return stalled(demo.request()); });
}

TEST_CASE("a workload cluster without a reference lives on the cluster that its own object lives in") {
  Demo demo;
  demo.apply_samples({}, false);
  demo.start_operator();
  demo.until("there is a management cluster", [&] { return ready(demo.request()); });
  // An operator of its own, on the management cluster.
  const auto target = demo.client_of(kTargetServer);
  demo.install_crds(target);
  controllers::OperatorOptions options;
  options.client_factory = [&](const kube::ClusterConfig& config) { return demo.world->client_for(config); };
  controllers::Operator second(demo.loop.executor(), demo.loop.clock, target, options);
  REQUIRE(demo.loop.run(second.start()));
  kube::Object workload = demo.sample_workload();
  workload.ref("spec").erase("managementClusterRef");
  REQUIRE(demo.loop.run(target->create(kube::res::kWorkloadClusters, workload, {})));
  const auto seen = [&] {
    auto found = demo.loop.run(target->get(kube::res::kWorkloadClusters, {"default", "tkg-vc-antrea"}));
    return found ? std::make_shared<const kube::Object>(std::move(*found)) : kube::ObjectPtr();
  };
  demo.until("it is Ready", [&] { return ready(seen()); });
  CHECK(demo.world->machines() == 4);
  REQUIRE(demo.loop.run(target->remove(kube::res::kWorkloadClusters, {"default", "tkg-vc-antrea"}, {})));
  demo.until("it is gone", [&] { return !seen(); });
  CHECK(demo.world->machines() == 2);
  demo.loop.run(second.stop());
}

TEST_CASE("a spec that cannot be carried out ends Stalled with a sentence for each field, and nothing else stops") {
  Demo demo;
  accept_anything(demo, kube::res::kManagementClusterRequests);
  demo.apply_samples([](kube::Object& request) { request.ref({"spec", "cluster", "controlPlane", "replicas"}) = 2; }, false);
  const auto create = [&](const char* name, json::Value spec) {
    kube::Object object = kube::make_object("slipway.dev/v1alpha1", "ManagementClusterRequest", {"tkg-system", name});
    object.set("spec", std::move(spec));
    REQUIRE(demo.loop.run(demo.hub->create(kube::res::kManagementClusterRequests, object, {})));
  };
  create("wrong-types", json::Object{{"plan", 7}, {"bootstrap", "kind"}, {"providers", "none"}});
  create("unknown-field", json::Object{{"bootstrap", json::Object{{"simulated", json::Value(json::Object{})}}}, {"bootstrapp", true}});
  create("two-kinds", json::Object{{"bootstrap", json::Object{{"simulated", json::Value(json::Object{})}, {"inCluster", json::Value(json::Object{})}}}});
  demo.start_operator();
  const auto said = [&](const char* name) {
    demo.until(name, [&] { return stalled(demo.requests->get({"tkg-system", name})); });
    return condition_of(demo.requests->get({"tkg-system", name}), "Stalled");
  };
  CHECK(said("tkg-mgmt-vc").find("spec.cluster.controlPlane.replicas") != std::string::npos);
  CHECK(said("wrong-types").starts_with("True/InvalidSpec: "));
  CHECK(said("wrong-types").find("spec.providers") != std::string::npos);
  CHECK(said("unknown-field").find("spec.bootstrapp") != std::string::npos);
  CHECK(said("two-kinds").find("choose exactly one bootstrap") != std::string::npos);
  CHECK(demo.world->servers().size() == 1);

  json::Value body;
  body.ref({"spec", "cluster", "controlPlane", "replicas"}) = 1;
  demo.patch(kube::res::kManagementClusterRequests, kRequest, body);
  demo.until("the good one goes on", [&] { return demo.world->server(kBootstrapServer) != nullptr; });
  demo.remove(kube::res::kManagementClusterRequests, {"tkg-system", "wrong-types"});
  demo.until("a bad one can be deleted", [&] { return !demo.requests->get({"tkg-system", "wrong-types"}); });
}
