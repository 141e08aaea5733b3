// Plays the kubeadm bootstrap provider: the bootstrap data of a machine as a Secret, control plane first.
#include "pkg/simcloud/controllers.h"
#include "pkg/simcloud/objects.h"

namespace slipway::simcloud {
namespace {

// Why the data cannot be there yet; empty where it can.
std::string_view obstacle(const Object& cluster, const Object& machine) {
  if (!cluster["status"]["infrastructureReady"].as_bool()) return "WaitingForClusterInfrastructure";
  if (!kube::has_label(machine, kControlPlaneLabel) && !kube::condition_true(cluster, "ControlPlaneInitialized")) return "WaitingForControlPlaneAvailable";
  return {};
}

Object make_data(const Object& config) {
  Object secret = make_secret(kube::key_of(config), "cluster.x-k8s.io/secret", {{"format", "cloud-config"}, {"value", "#cloud-config\n"}});
  set_labels(secret, {{kClusterNameLabel, cluster_name_of(config)}});
  add_owner(secret, config, true);
  return secret;
}

void write_ready(Env env, Object& wanted, std::string_view secret) {
  json::Value& status = wanted.ref("status");
  status.set("observedGeneration", kube::generation_of(wanted));
  status.set("ready", true);
  status.set("dataSecretName", secret);
  for (const std::string_view type : {"CertificatesAvailable", "DataSecretAvailable", "Ready"}) set_true(env, wanted, type);
}

Reconciled reconcile(Env env, ObjectPtr config) {
  if (kube::is_deleting(*config)) co_return Outcome{};
  const ObjectPtr machine = env.get(res::kMachines, kube::key_of(*config));
  const ObjectPtr cluster = cluster_of(env, *config);
  if (!machine || kube::is_deleting(*machine)) co_return Outcome{};
  Object wanted = *config;
  const json::Value& present = (*machine)["spec"]["bootstrap"]["dataSecretName"];
  if (present.is_string()) {
    write_ready(env, wanted, present.as_string());  // after a move the Secret and the Machine know what status has forgotten
  } else if (const auto why = obstacle(*cluster, *machine); !why.empty()) {
    set_false(env, wanted, "DataSecretAvailable", why, "Info", "");
    summarize(env, wanted, {"DataSecretAvailable"});
  } else {
    const auto created = co_await create(env, res::kSecrets, make_data(*config));
    if (!created) co_return fail(created.error());
    write_ready(env, wanted, kube::name_of(*config));
  }
  const Status saved = co_await save(env, kKubeadmConfigs, config, std::move(wanted));
  if (!saved) co_return fail(saved.error());
  co_return Outcome{};
}

}  // namespace

SimController bootstrap_config_controller() {
  return {.name = "kubeadmconfigs",
          .primary = kKubeadmConfigs,
          .gate = Gate::Cluster,
          .manager = manager::kBootstrap,
          .watches = {{res::kMachines, same_name()}},
          .reconcile = reconcile};
}

}  // namespace slipway::simcloud
