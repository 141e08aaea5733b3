// Plays the Deployment controller, the scheduler, the kubelet and the image registry: a Deployment becomes Available after a latency, or says why it does not.
#include "pkg/net/pki.h"
#include "pkg/simcloud/controllers.h"
#include "pkg/simcloud/objects.h"
#include "pkg/simcloud/services.h"
#include "pkg/simcloud/site.h"

namespace slipway::simcloud {
namespace {

struct Progress {
  bool available = false;
  bool gave_up = false;  // progressDeadlineSeconds passed
  std::string trouble;   // of its Pods
};

json::Value condition(Env env, const Object& deployment, std::string_view type, bool status, std::string_view reason, std::string_view message) {
  const json::Value& before = kube::condition(deployment, type);
  const std::string_view word = status ? "True" : "False";
  const bool same = before["status"].as_string() == word;
  return object_of({{"type", type},
                    {"status", word},
                    {"reason", reason},
                    {"message", message},
                    {"lastTransitionTime", same ? before["lastTransitionTime"] : json::Value(env.now())},
                    {"lastUpdateTime", same && before["reason"].as_string() == reason ? before["lastUpdateTime"] : json::Value(env.now())}});
}

// The fields and the wording of kube-controller-manager (pkg/controller/deployment).
json::Value status_of(Env env, const Object& deployment, std::int64_t replicas, const Progress& progress) {
  const std::string set = suffixed(kube::name_of(deployment), kube::uid_of(deployment));
  json::Value status = object_of({{"observedGeneration", kube::generation_of(deployment)}});
  if (replicas > 0) {
    status.set("replicas", replicas);
    status.set("updatedReplicas", replicas);
    if (progress.available) {
      status.set("readyReplicas", replicas);
      status.set("availableReplicas", replicas);
    } else {
      status.set("unavailableReplicas", replicas);
    }
  }
  std::string message = progress.available ? "Deployment has minimum availability." : "Deployment does not have minimum availability.";
  if (!progress.trouble.empty()) message += " " + progress.trouble;
  json::Value available =
      condition(env, deployment, "Available", progress.available, progress.available ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable", message);
  json::Value progressing;
  if (progress.gave_up)
    progressing = condition(env, deployment, "Progressing", false, "ProgressDeadlineExceeded",
                            "ReplicaSet \"" + set + "\" has timed out progressing. " + progress.trouble);
  else if (progress.available)
    progressing = condition(env, deployment, "Progressing", true, "NewReplicaSetAvailable", "ReplicaSet \"" + set + "\" has successfully progressed.");
  else
    progressing = condition(env, deployment, "Progressing", true, "ReplicaSetUpdated", "ReplicaSet \"" + set + "\" is progressing.");
  status.set("conditions", list_of({available, progressing}));
  return status;
}

Object stuck_pod(const Object& deployment, const std::string& name, const std::string& image, const std::string& message) {
  Object pod = kube::make_object("v1", "Pod", {std::string(kube::namespace_of(deployment)), name});
  pod.ref({"metadata", "labels"}) = deployment["spec"]["template"]["metadata"]["labels"];
  add_owner(pod, deployment, true);
  json::Value container = object_of({{"name", deployment["spec"]["template"]["spec"]["containers"][0]["name"].as_string("manager")}, {"image", image}});
  pod.ref({"spec", "containers"}) = list_of({container});
  container.set("ready", false);
  container.set("restartCount", 0);
  container.ref({"state", "waiting"}) = object_of({{"reason", "ImagePullBackOff"}, {"message", message}});
  pod.set("status", object_of({{"phase", "Pending"}, {"containerStatuses", list_of({container})}}));
  return pod;
}

// What the started programs write by themselves: cert-manager's webhook makes the CA of its own certificates, for cainjector to hand out.
Awaitable<Status> written_at_start(Env env, ObjectPtr deployment) {
  if (kube::key_of(*deployment) != ObjectKey{"cert-manager", "cert-manager-webhook"}) co_return Status{};
  const std::string what = "written by " + std::string(kube::uid_of(*deployment));
  if (env.site->is_done(what)) co_return Status{};
  const auto ca = net::make_ca("cert-manager-webhook-ca");
  if (!ca) co_return fail(ca.error());
  Object secret =
      make_secret({"cert-manager", "cert-manager-webhook-ca"}, "Opaque", {{"ca.crt", ca->cert_pem}, {"tls.crt", ca->cert_pem}, {"tls.key", ca->key_pem}});
  secret.ref({"metadata", "annotations", kDirectInjection}) = "true";
  const auto created = co_await create(env, res::kSecrets, std::move(secret));
  if (!created) co_return fail(created.error());
  env.site->mark_done(what);
  co_return Status{};
}

Reconciled save_status(Env env, ObjectPtr deployment, std::int64_t replicas, Progress progress, std::optional<async::Duration> again) {
  Object wanted = *deployment;
  wanted.set("status", status_of(env, *deployment, replicas, progress));
  const Status saved = co_await save(env, res::kDeployments, deployment, std::move(wanted));
  if (!saved) co_return fail(saved.error());
  co_return Outcome{again};
}

std::string image_of(const Object& deployment) { return deployment["spec"]["template"]["spec"]["containers"][0]["image"].str("image"); }

// The image that cannot be pulled is the one that the Deployment had first: another one is the cure.
bool cannot_be_pulled(Env env, const Object& deployment) {
  if (!env.world->failures.image(env.site->name(), kube::key_of(deployment))) return false;
  const std::string stuck = "stuck " + std::string(kube::uid_of(deployment));
  const std::string by = stuck + " by " + image_of(deployment);
  if (!env.site->is_done(stuck)) env.site->mark_done(by);
  env.site->mark_done(stuck);
  return env.site->is_done(by);
}

ObjectKey stuck_pod_key(const Object& deployment) {
  const std::string uid(kube::uid_of(deployment));
  return {std::string(kube::namespace_of(deployment)), suffixed(suffixed(kube::name_of(deployment), uid), uid + " pod")};
}

Reconciled image_trouble(Env env, ObjectPtr deployment, std::int64_t replicas, std::string what) {
  const std::string image = image_of(*deployment);
  const std::string pod = stuck_pod_key(*deployment).name;
  const std::string message = "Back-off pulling image \"" + image + "\"";
  Progress progress;
  progress.trouble = "pod " + pod + ": ImagePullBackOff: " + message;
  const auto left = env.left(what, Act::ImageGivesUp);
  progress.gave_up = !left;
  const auto created = co_await create_with_status(env, res::kPods, stuck_pod(*deployment, pod, image, message));
  if (!created) co_return fail(created.error());
  co_return co_await save_status(env, deployment, replicas, std::move(progress), left);
}

// Takes away the Pod that said why, where there was one.
Awaitable<Status> clear_trouble(Env env, ObjectPtr deployment) {
  const std::string uid(kube::uid_of(*deployment));
  if (!env.site->is_done("stuck " + uid) || env.site->is_done("cleared " + uid)) co_return Status{};
  auto pod = co_await env.client().get(res::kPods, stuck_pod_key(*deployment));
  if (!pod && !pod.error().is(Disposition::NotFound)) co_return fail(std::move(pod).error());
  if (pod) {
    const Status removed = co_await remove(env, res::kPods, std::make_shared<const Object>(std::move(*pod)));
    if (!removed) co_return removed;
  }
  env.site->mark_done("cleared " + uid);
  co_return Status{};
}

Reconciled reconcile(Env env, ObjectPtr deployment) {
  if (kube::is_deleting(*deployment)) co_return Outcome{};
  const std::int64_t replicas = (*deployment)["spec"]["replicas"].as_int(1);
  const std::string what = "rollout " + std::string(kube::uid_of(*deployment)) + "/" + std::to_string(kube::generation_of(*deployment));
  Progress progress;
  if (replicas > 0 && cannot_be_pulled(env, *deployment)) co_return co_await image_trouble(env, deployment, replicas, what);
  const Status cleared = co_await clear_trouble(env, deployment);
  if (!cleared) co_return fail(cleared.error());
  if (replicas == 0) {
    progress.available = true;  // zero of zero, as the real controller says
    co_return co_await save_status(env, deployment, 0, std::move(progress), std::nullopt);
  }
  const auto left = env.left(what, Act::Rollout);
  if (!left) {
    const Status written = co_await written_at_start(env, deployment);
    if (!written) co_return fail(written.error());
  }
  progress.available = !left;
  co_return co_await save_status(env, deployment, replicas, std::move(progress), left);
}

}  // namespace

SimController deployment_controller() { return {.name = "deployments", .primary = res::kDeployments, .reconcile = reconcile}; }

}  // namespace slipway::simcloud
