// SimulatedCluster (sim.slipway.dev/v1alpha1): an API server of the world for each object, its kubeconfig in Secret "<name>-kubeconfig". The finalizer keeps
// the object until the server is gone.
#include "pkg/simcloud/controllers.h"
#include "pkg/simcloud/objects.h"
#include "pkg/simcloud/services.h"

namespace slipway::simcloud {
namespace {

constexpr std::string_view kFinalizer = "sim.slipway.dev/server";

std::string server_name(const Object& object) { return "bootstrap/" + kube::key_of(object).to_string(); }

void set_phase(Env env, Object& object, std::string_view phase, std::string_view message) {
  const bool ready = phase == "Ready";
  const json::Value& before = kube::condition(object, "Ready");
  const std::string_view word = ready ? "True" : "False";
  const json::Value since = before["status"].as_string() == word ? before["lastTransitionTime"] : json::Value(env.now());
  object.set("status", object_of({{"phase", phase},
                                  {"message", message},
                                  {"observedGeneration", kube::generation_of(object)},
                                  {"conditions", list_of({object_of({{"type", "Ready"},
                                                                     {"status", word},
                                                                     {"reason", ready               ? "ServerRunning"
                                                                                : phase == "Failed" ? "ServerFailed"
                                                                                                    : "ServerStarting"},
                                                                     {"message", message},
                                                                     {"observedGeneration", kube::generation_of(object)},
                                                                     {"lastTransitionTime", since}})})}}));
}

Reconciled finish(Env env, ObjectPtr object, Object wanted, std::optional<async::Duration> again) {
  const Status saved = co_await save(env, res::kSimulatedClusters, std::move(object), std::move(wanted));
  if (!saved) co_return fail(saved.error());
  co_return Outcome{again};
}

Reconciled take_down(Env env, ObjectPtr object) {
  if (!kube::has_finalizer(*object, kFinalizer)) co_return Outcome{};
  env.world->stop_server(server_name(*object));
  if (const auto left = env.left("stop " + std::string(kube::uid_of(*object)), Act::ApiServerStop)) co_return Outcome{left};
  Object wanted = *object;
  drop_finalizer(wanted, kFinalizer);
  co_return co_await finish(env, object, std::move(wanted), std::nullopt);
}

Reconciled reconcile(Env env, ObjectPtr object) {
  if (kube::is_deleting(*object)) co_return co_await take_down(env, object);
  Object wanted = *object;
  if (add_finalizer(wanted, kFinalizer)) co_return co_await finish(env, object, std::move(wanted), std::nullopt);
  if (env.world->failures.is("bootstrap-cluster")) {
    set_phase(env, wanted, "Failed", "cannot start one more API server: no address left in 127.0.0.0/8 for it");
    co_return co_await finish(env, object, std::move(wanted), std::nullopt);
  }
  if (const auto left = env.left("start " + std::string(kube::uid_of(*object)), Act::BootstrapStart)) {
    set_phase(env, wanted, "Pending", "the API server is starting");
    co_return co_await finish(env, object, std::move(wanted), left);
  }
  ServerRequest request;
  request.name = server_name(*object);
  request.version = (*object)["spec"]["kubernetesVersion"].str("v1.24.9+vmware.1");
  auto kubeconfig = co_await env.world->start_server(std::move(request));
  if (!kubeconfig) {
    set_phase(env, wanted, "Failed", kubeconfig.error().message());
    co_return co_await finish(env, object, std::move(wanted), std::nullopt);
  }
  const ObjectKey secret_key{std::string(kube::namespace_of(*object)), std::string(kube::name_of(*object)) + "-kubeconfig"};
  Object secret = make_secret(secret_key, "Opaque", {{"value", *kubeconfig}});
  add_owner(secret, *object, true);
  const auto created = co_await create(env, res::kSecrets, std::move(secret));
  if (!created) co_return fail(created.error());
  set_phase(env, wanted, "Ready", "the API server is running");
  co_return co_await finish(env, object, std::move(wanted), std::nullopt);
}

}  // namespace

SimController simulated_cluster_controller() { return {.name = "simulatedclusters", .primary = res::kSimulatedClusters, .reconcile = reconcile}; }

}  // namespace slipway::simcloud
