// What a user sees when something goes wrong, and that nothing goes on behind a refusal.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "demo.h"

using namespace slipway;
using namespace slipway::test;

namespace {

const kube::ObjectKey kRequest{"tkg-system", "tkg-mgmt-vc"};
const kube::ObjectKey kWorkload{"default", "tkg-vc-antrea"};

void shorten_deadlines(kube::Object& request) {
  for (const char* name : {"bootstrap", "providers", "packages", "controlPlane", "nodes", "pivot"}) request.ref({"spec", "deadlines", name}) = "30s";
}

bool stalled(const kube::ObjectPtr& object) { return object && kube::condition_true(*object, "Stalled"); }

bool has_event(Demo& demo, std::string_view type, std::string_view reason) {
  for (const kube::Object& event : demo.list("hub", kube::res::kEvents))
    if (event["type"].as_string() == type && event["reason"].as_string() == reason) return true;
  return false;
}

struct Failure {
  const char* step;      // that fails, and that shows it
  const char* sentence;  // part of the message
};

}  // namespace

TEST_CASE("a step that fails ends Stalled, with the words of what failed, and starts again when the spec changes") {
  const Failure failure =
      GENERATE(Failure{"bootstrap-cluster", "cannot start one more API server"}, Failure{"bootstrap-kapp-controller", "Deployment tkg-system/kapp-controller"},
               Failure{"bootstrap-cert-manager", "Deployment cert-manager/cert-manager-webhook"},
               Failure{"bootstrap-providers", "Deployment capv-system/capv-controller-manager"}, Failure{"bootstrap-packages", "PackageInstall"},
               Failure{"release", "TanzuKubernetesRelease"}, Failure{"control-plane", "resource pool"},
               Failure{"target-kapp-controller", "Deployment tkg-system/kapp-controller"}, Failure{"target-cert-manager", "Deployment cert-manager/"},
               Failure{"target-providers", "Deployment "}, Failure{"target-packages", "PackageInstall"}, Failure{"ready-for-move", "datastore"},
               Failure{"pivot", "Machine tkg-system/tkg-mgmt-vc-"});
  CAPTURE(failure.step);
  Demo demo({.speed = 1, .tls = false, .fail = failure.step});
  demo.apply_samples(shorten_deadlines, false);
  demo.start_operator();
  demo.until("it is stalled", [&] { return stalled(demo.request()); });
  CHECK(running_step(demo.request()) == failure.step);
  CHECK(condition_of(demo.request(), "Ready").starts_with("False/"));
  CHECK(condition_of(demo.request(), "Reconciling") == "none");
  const std::string said = condition_of(demo.request(), "Stalled");
  CAPTURE(said);
  CHECK(said.find(failure.sentence) != std::string::npos);
  CHECK((*demo.request())["status"]["observedGeneration"].as_int() == kube::generation_of(*demo.request()));
  demo.loop.pass(std::chrono::seconds(2));
  CHECK(has_event(demo, "Warning", std::string(said.substr(5, said.find(':') - 5))));

  const auto before = demo.world->hub().requests();
  demo.loop.pass(std::chrono::minutes(5));
  CHECK(demo.world->hub().requests() - before < 60);  // nothing but looking
  CHECK(stalled(demo.request()));

  json::Value body;
  body.ref({"spec", "deadlines", "total"}) = "3h";
  demo.patch(kube::res::kManagementClusterRequests, kRequest, body);
  demo.until("it is tried again", [&] { return !stalled(demo.request()); }, std::chrono::minutes(1));
}

TEST_CASE("a Secret that is missing is named, and its coming sets the flow going") {
  Demo demo;
  demo.apply_samples([](kube::Object& request) { request.ref({"spec", "providers"}).make_array()[3].ref({"variablesSecretRef", "name"}) = "other"; }, false);
  demo.start_operator();
  demo.until("it is refused", [&] { return stalled(demo.request()); });
  CHECK(condition_of(demo.request(), "Ready") ==
        "False/SecretMissing: step 1/23 preflight: spec.providers[3].variablesSecretRef: Secret tkg-system/other does not exist; create it");
  CHECK(condition_of(demo.request(), "Preflight").starts_with("False/SecretMissing"));
  CHECK(demo.world->server(kBootstrapServer) == nullptr);
  kube::Object secret = kube::make_object("v1", "Secret", {"tkg-system", "other"});
  secret.ref({"stringData", "VSPHERE_USERNAME"}) = "demo";
  secret.ref({"stringData", "VSPHERE_PASSWORD"}) = "demo";
  REQUIRE(demo.loop.run(demo.hub->create(kube::res::kSecrets, secret, {})));
  demo.until("it goes on", [&] { return demo.world->server(kBootstrapServer) != nullptr; });
  CHECK_FALSE(stalled(demo.request()));
}

TEST_CASE("components that are broken YAML are refused before anything is touched") {
  Demo demo;
  demo.apply_samples({}, false);
  json::Value body;
  body.ref({"data", "components.yaml"}) = "kind: [broken";
  demo.patch(kube::res::kConfigMaps, {"tkg-system", "cluster-api-v1.2.8"}, body);
  demo.start_operator();
  demo.until("it is refused", [&] { return stalled(demo.request()); });
  CHECK(condition_of(demo.request(), "Stalled").starts_with("True/InvalidComponents: step 1/23 preflight: CoreProvider cluster-api v1.2.8: components.yaml"));
  CHECK(demo.world->server(kBootstrapServer) == nullptr);
}

TEST_CASE("a paused request is left alone until it is released") {
  Demo demo;
  demo.apply_samples([](kube::Object& request) { request.ref({"spec", "paused"}) = true; }, false);
  demo.start_operator();
  demo.until("it says so", [&] { return condition_of(demo.request(), "Paused").starts_with("True/Paused"); });
  demo.loop.pass(std::chrono::minutes(1));
  CHECK_FALSE(kube::has_finalizer(*demo.request(), "slipway.dev/cleanup"));
  CHECK(demo.world->server(kBootstrapServer) == nullptr);
  CHECK((*demo.request())["status"]["phase"].as_string() == "Paused");
  CHECK(condition_of(demo.request(), "Ready").starts_with("Unknown/Paused"));
  json::Value body;
  body.ref({"spec", "paused"}) = false;
  demo.patch(kube::res::kManagementClusterRequests, kRequest, body);
  demo.until("it goes on", [&] { return demo.world->server(kBootstrapServer) != nullptr; });
  CHECK(condition_of(demo.request(), "Paused").starts_with("False/NotPaused"));
}

TEST_CASE("mode Plan writes what would be done and touches nothing") {
  Demo demo;
  demo.apply_samples([](kube::Object& request) { request.ref({"spec", "mode"}) = "Plan"; }, false);
  demo.start_operator();
  demo.until("it is planned", [&] { return demo.request() && (*demo.request())["status"]["phase"].as_string() == "Planned"; });
  demo.loop.pass(std::chrono::minutes(1));
  CHECK((*demo.request())["status"]["plan"].size() > 15);
  CHECK(demo.world->servers().size() == 1);
  CHECK_FALSE(kube::has_finalizer(*demo.request(), "slipway.dev/cleanup"));
  json::Value body;
  body.ref({"spec", "mode"}) = "Apply";
  demo.patch(kube::res::kManagementClusterRequests, kRequest, body);
  demo.until("it goes on", [&] { return demo.world->server(kBootstrapServer) != nullptr; });
  CHECK((*demo.request())["status"]["plan"].is_null());
}

TEST_CASE("a request is deleted cleanly wherever it stands") {
  const std::string step = GENERATE("bootstrap-cluster", "bootstrap-providers", "control-plane", "target-providers", "pivot", "verify-target");
  CAPTURE(step);
  Demo demo;
  demo.apply_samples({}, false);
  demo.start_operator();
  demo.until("the step runs", [&] {
    if (!demo.request()) return false;
    for (const json::Value& s : (*demo.request())["status"]["steps"].array())
      if (s["name"].as_string() == step) return s["state"].as_string() != "Pending";
    return false;
  });
  demo.remove(kube::res::kManagementClusterRequests, kRequest);
  demo.until("it is gone", [&] { return !demo.request(); });
  CHECK(demo.world->machines() == 0);
  demo.until("so are its servers", [&] { return demo.world->servers().size() == 1; });
}

TEST_CASE("Orphan leaves the management cluster alone and keeps the way into it") {
  Demo demo;
  demo.apply_samples([](kube::Object& request) { request.ref({"spec", "deletionPolicy"}) = "Orphan"; }, false);
  demo.start_operator();
  demo.until("it is Ready", [&] { return ready(demo.request()); });
  demo.remove(kube::res::kManagementClusterRequests, kRequest);
  demo.until("it is gone", [&] { return !demo.request(); });
  demo.loop.pass(std::chrono::minutes(1));
  CHECK(demo.world->machines() == 2);
  CHECK(demo.world->server(kTargetServer) != nullptr);
  CHECK(demo.loop.run(demo.hub->get(kube::res::kSecrets, {"tkg-system", "tkg-mgmt-vc-kubeconfig"})));
}

TEST_CASE("force-delete overrides the guard") {
  Demo demo;
  demo.apply_samples();
  demo.start_operator();
  demo.until("both are Ready", [&] { return ready(demo.request()) && ready(demo.workload()); });
  demo.remove(kube::res::kManagementClusterRequests, kRequest);
  demo.until("it is refused", [&] { return condition_of(demo.request(), "Deleting").starts_with("True/WorkloadClustersExist"); });
  json::Value body;
  body.ref({"metadata", "annotations", "slipway.dev/force-delete"}) = "true";
  demo.patch(kube::res::kManagementClusterRequests, kRequest, body);
  demo.until("it is gone", [&] { return !demo.request(); });
  CHECK(demo.world->server(kTargetServer) == nullptr);
}

TEST_CASE("an operator that is killed again and again deletes all the same") {
  Demo demo;
  demo.apply_samples({}, false);
  demo.start_operator();
  demo.until("it is Ready", [&] { return ready(demo.request()); });
  demo.stop_operator();
  demo.remove(kube::res::kManagementClusterRequests, kRequest);
  auto fuse = std::make_shared<Fuse>();
  std::uint64_t lives = 0;
  fuse->blows_after = 41;
  demo.start_operator(fuse);
  demo.until(
      "it is gone",
      [&] {
        if (fuse->blown()) {
          demo.stop_operator();
          fuse = std::make_shared<Fuse>();
          fuse->blows_after = 41 + ++lives;
          demo.start_operator(fuse);
        }
        return !demo.request();
      },
      std::chrono::minutes(30));
  CHECK(lives > 2);
  CHECK(demo.world->machines() == 0);
  CHECK(demo.world->server(kTargetServer) == nullptr);
  demo.stop_operator();
}

TEST_CASE("retain Never takes a bootstrap cluster away that failed before anything was created from it, and does not try again by itself") {
  Demo demo({.speed = 1, .tls = false, .fail = "bootstrap-providers"});
  demo.apply_samples(
      [](kube::Object& request) {
        shorten_deadlines(request);
        request.ref({"spec", "bootstrap", "retain"}) = "Never";
      },
      false);
  demo.start_operator();
  demo.until("it is stalled", [&] { return stalled(demo.request()); });
  demo.until("the bootstrap cluster is gone", [&] { return demo.world->server(kBootstrapServer) == nullptr; });
  demo.loop.pass(std::chrono::minutes(10));
  CHECK(demo.world->server(kBootstrapServer) == nullptr);
  CHECK(stalled(demo.request()));
}

TEST_CASE("a workload cluster without its management cluster waits, and says for what") {
  Demo demo;
  demo.apply_samples();
  demo.remove(kube::res::kManagementClusterRequests, kRequest);
  demo.start_operator();
  demo.until("it says so", [&] { return condition_of(demo.workload(), "ManagementClusterReady").starts_with("Unknown/ManagementClusterMissing"); });
  CHECK(condition_of(demo.workload(), "Ready").starts_with("Unknown/ManagementClusterMissing"));
  demo.remove(kube::res::kWorkloadClusters, kWorkload);
  demo.until("it is gone", [&] { return !demo.workload(); });
}
