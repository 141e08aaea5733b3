#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "pkg/simcloud/kinds.h"
#include "pkg/simcloud/objects.h"
#include "test/unit/simcloud/demo_world.h"

namespace slipway::simcloud::test {
namespace {

const kube::ObjectKey kManagement{"tkg-system", "tkg-mgmt-vc"};

WorldOptions failing(std::string step) { return {.speed = 1, .tls = false, .fail = std::move(step)}; }

bool gave_up(const Object& o) { return kube::condition(o, "Progressing")["reason"].as_string() == "ProgressDeadlineExceeded"; }
bool failed_package(const Object& o) { return is_true(o, "ReconcileFailed"); }
bool failed_phase(const Object& o) { return o["status"]["phase"].as_string() == "Failed"; }
bool control_plane_initialized(const Object& o) { return is_true(o, "ControlPlaneInitialized"); }

Awaitable<Object> stuck_deployment(DemoWorld* demo, std::string file, kube::ObjectKey key) {
  const ClientPtr bootstrap = co_await raise_bootstrap(demo);
  co_await apply_all(demo, bootstrap, components(file));
  co_return co_await await_object(demo, bootstrap, res::kDeployments, key, gave_up);
}

const kube::ObjectKey kWebhook{"cert-manager", "cert-manager-webhook"};

Awaitable<Object> stuck_pod_of_webhook(DemoWorld* demo) {
  const ClientPtr hub = demo->world.hub().local_client();
  co_await apply_all(demo, hub, components("20-cert-manager.yaml"));
  co_await await_object(demo, hub, res::kDeployments, kWebhook, gave_up);
  auto pods = co_await list_all(hub, res::kPods);
  if (pods.size() != 1) throw std::runtime_error(std::to_string(pods.size()) + " pods");
  co_return std::move(pods.front());
}

bool available(const Object& o) { return is_true(o, "Available"); }

Awaitable<std::vector<Object>> pods_after_cure(DemoWorld* demo) {
  const ClientPtr hub = demo->world.hub().local_client();
  const json::Value patch = object("[{op: replace, path: /spec/template/spec/containers/0/image, value: registry.example.com/mirror/webhook:v1}]");
  const auto patched = co_await hub->patch(res::kDeployments, kWebhook, kube::PatchType::Json, patch, {});
  if (!patched) throw std::runtime_error(patched.error().message());
  co_await await_object(demo, hub, res::kDeployments, kWebhook, available);
  co_return co_await list_all(hub, res::kPods);
}

Awaitable<Object> failed_meta_package(DemoWorld* demo) {
  const ClientPtr bootstrap = co_await raise_bootstrap(demo);
  co_await install_components(demo, bootstrap);
  co_await apply_all(demo, bootstrap,
                     {object("{apiVersion: packaging.carvel.dev/v1alpha1, kind: PackageRepository, metadata: {name: r, namespace: tkg-system}}"),
                      object("{apiVersion: packaging.carvel.dev/v1alpha1, kind: PackageInstall, metadata: {name: tkg-pkg, namespace: tkg-system}, "
                             "spec: {packageRef: {refName: tkg.tanzu.vmware.com}}}")});
  co_await await_object(demo, bootstrap, res::kPackageInstalls, {"tkg-system", "tkr-service"}, failed_package);
  const kube::ObjectKey key{"tkg-system", "tkg-pkg"};
  co_return co_await await_object(demo, bootstrap, res::kPackageInstalls, key, failed_package);
}

Awaitable<Object> failed_machine(DemoWorld* demo, bool worker) {
  const ClientPtr bootstrap = co_await raise_bootstrap(demo);
  co_await install_components(demo, bootstrap);
  co_await install_packages(demo, bootstrap);
  co_await create_cluster(demo, bootstrap, kManagement, true, 1);
  if (worker) co_await await_object(demo, bootstrap, res::kClusters, kManagement, control_plane_initialized);
  const auto until = demo->loop.clock.now() + std::chrono::minutes(3);
  while (demo->loop.clock.now() < until) {
    auto machines = co_await list_all(bootstrap, res::kMachines);
    for (Object& machine : machines)
      if (failed_phase(machine)) co_return std::move(machine);
    co_await demo->loop.clock.sleep_until(demo->loop.clock.now() + std::chrono::milliseconds(100));
  }
  throw std::runtime_error("no machine failed");
}

Awaitable<Object> failed_bootstrap(DemoWorld* demo) {
  const ClientPtr hub = demo->world.hub().local_client();
  co_await apply_all(demo, hub, {object("{apiVersion: sim.slipway.dev/v1alpha1, kind: SimulatedCluster, metadata: {name: b, namespace: default}, spec: {}}")});
  co_return co_await await_object(demo, hub, res::kSimulatedClusters, {"default", "b"}, failed_phase);
}

Awaitable<Error> forbidden_machine(DemoWorld* demo) {
  const ClientPtr bootstrap = co_await raise_to_pivot(demo);
  const ClientPtr target = co_await await_cluster(demo, bootstrap, kManagement, 2);
  co_await install_components(demo, target);
  const auto created =
      co_await target->create(res::kMachines, object("{apiVersion: cluster.x-k8s.io/v1beta1, kind: Machine, metadata: {name: m, namespace: default}}"), {});
  if (created) throw std::runtime_error("the target took a Machine");
  co_return created.error();
}

}  // namespace

TEST_CASE("an image that cannot be pulled is said by the Deployment and by its Pod") {
  DemoWorld demo(failing("bootstrap-cert-manager"));
  const Object deployment = demo.loop.run(stuck_deployment(&demo, "20-cert-manager.yaml", {"cert-manager", "cert-manager-webhook"}));
  CHECK_FALSE(is_true(deployment, "Available"));
  CHECK(kube::condition(deployment, "Progressing")["message"].as_string().contains("ImagePullBackOff: Back-off pulling image"));
}

TEST_CASE("a Deployment whose image cannot be pulled has a Pod that says why, until it gets another image") {
  DemoWorld demo(failing("image:" + std::string(GENERATE("cert-manager-webhook", "cert-manager/cert-manager-webhook"))));
  const Object pod = demo.loop.run(stuck_pod_of_webhook(&demo));
  CHECK(pod["metadata"]["labels"]["control-plane"].as_string() == "cert-manager-webhook");
  CHECK(pod["status"]["phase"].as_string() == "Pending");
  const json::Value waiting = pod["status"]["containerStatuses"][0]["state"]["waiting"];
  CHECK(waiting["reason"].as_string() == "ImagePullBackOff");
  CHECK(waiting["message"].as_string().starts_with("Back-off pulling image \"" + pod["spec"]["containers"][0]["image"].str() + "\""));
  CHECK(demo.loop.run(pods_after_cure(&demo)).empty());
}

TEST_CASE("a package that cannot be reconciled fails those above it with its own words") {
  DemoWorld demo(failing("bootstrap-packages"));
  const Object package = demo.loop.run(failed_meta_package(&demo));
  CHECK(package["status"]["usefulErrorMessage"].as_string().contains("packageinstall/tkr-service"));
  CHECK(package["status"]["usefulErrorMessage"].as_string().contains("tkr-conversion-webhook-manager"));
}

TEST_CASE("a virtual machine that cannot be cloned surfaces in its Machine, control plane or worker") {
  const std::string step = GENERATE("control-plane", "ready-for-move");
  DemoWorld demo(failing(step));
  const Object machine = demo.loop.run(failed_machine(&demo, step == "ready-for-move"));
  const std::string_view words = step == "ready-for-move" ? "Insufficient disk space" : "resource pool";
  CHECK(machine["status"]["failureMessage"].as_string().contains(words));
  CHECK(kube::condition(machine, "Ready")["message"].as_string().contains(words));
  CHECK(kube::condition(machine, "Ready")["severity"].as_string() == "Error");
}

TEST_CASE("a bootstrap cluster that cannot start says so") {
  DemoWorld demo(failing("bootstrap-cluster"));
  CHECK(demo.loop.run(failed_bootstrap(&demo))["status"]["message"].as_string().contains("cannot start"));
}

TEST_CASE("a management cluster that shall fail the pivot forbids Machines") {
  DemoWorld demo(failing("pivot"));
  CHECK(demo.loop.run(forbidden_machine(&demo)).is(Disposition::Forbidden));
}

}  // namespace slipway::simcloud::test
