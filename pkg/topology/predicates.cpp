// The waits of tanzu.md 0.3 as predicates, with the expected counts that the original lacks: a list that is empty is not "all ready".
#include <algorithm>

#include "pkg/base/strings.h"
#include "pkg/topology/topology.h"

namespace slipway::topology {
namespace {

constexpr std::size_t kMessageLimit = 600;

Readiness waiting(std::string reason, std::string message, std::int64_t have = 0, std::int64_t want = 1) {
  Readiness r;
  r.reason = std::move(reason);
  r.message = shorten(message, kMessageLimit);
  r.have = have;
  r.want = want;
  return r;
}

Readiness done(std::string reason, std::string message, std::int64_t count = 1) {
  Readiness r = waiting(std::move(reason), std::move(message), count, count);
  r.ready = true;
  return r;
}

std::string condition_sentence(const json::Value& condition) {
  std::string out = condition["type"].str() + " is " + condition["status"].str("missing");
  if (const auto reason = condition["reason"].as_string(); !reason.empty()) out.append(" (").append(reason).append(")");
  if (const auto message = condition["message"].as_string(); !message.empty()) out.append(": ").append(message);
  return out;
}

// The words of the deepest object: a Machine that says why it is not there yet beats its control plane's "waiting for machines".
std::string deepest(std::span<const kube::ObjectPtr> machines, std::string fallback, bool& failed) {
  for (const kube::ObjectPtr& machine : machines) {
    const json::Value& status = (*machine)["status"];
    if (const auto message = status["failureMessage"].as_string(); !message.empty()) {
      failed = true;
      return kube::describe(*machine) + ": " + std::string(message);
    }
    for (const std::string_view type : {"InfrastructureReady", "BootstrapReady", "Ready"}) {
      const json::Value& condition = kube::condition(*machine, type);
      if (condition["status"].as_string() != "False") continue;
      if (condition["severity"].as_string() == "Error") failed = true;
      if (!condition["message"].as_string().empty() || failed) return kube::describe(*machine) + ": " + condition_sentence(condition);
    }
  }
  return fallback;
}

}  // namespace

Readiness cluster_initialized(const kube::Object& cluster) {
  std::int64_t have = 0;
  Readiness missing;
  for (const std::string_view type : {"InfrastructureReady", "ControlPlaneReady"}) {
    const json::Value& condition = kube::condition(cluster, type);
    if (condition["status"].as_string() == "True") {
      ++have;
      continue;
    }
    if (!missing.reason.empty()) continue;
    missing =
        waiting(condition["reason"].str(type == "InfrastructureReady" ? "WaitingForInfrastructure" : "WaitingForControlPlane"),
                kube::describe(cluster) + ": " + (condition.is_null() ? std::string(type) + " is not reported yet" : condition_sentence(condition)), 0, 2);
    missing.failed = condition["severity"].as_string() == "Error";
  }
  if (have == 2) return done("ClusterInitialized", "infrastructure and control plane are ready", 2);
  missing.have = have;
  return missing;
}

Readiness control_plane_available(std::span<const kube::ObjectPtr> kcps, std::span<const kube::ObjectPtr> machines) {
  if (kcps.size() != 1) return waiting("WaitingForControlPlane", "found " + std::to_string(kcps.size()) + " KubeadmControlPlanes where one is expected");
  const kube::Object& kcp = *kcps.front();
  if (kube::condition_true(kcp, "Available")) return done("ControlPlaneAvailable", kube::describe(kcp) + " is available");
  bool failed = false;
  const json::Value& condition = kube::condition(kcp, "Available");
  Readiness r = waiting("WaitingForControlPlane", "");
  r.message =
      shorten(deepest(machines, kube::describe(kcp) + ": " + (condition.is_null() ? "Available is not reported yet" : condition_sentence(condition)), failed),
              kMessageLimit);
  r.failed = failed;
  if (failed) r.reason = "MachineFailed";
  return r;
}

Readiness control_plane_replicas(std::span<const kube::ObjectPtr> kcps) {
  if (kcps.empty()) return waiting("WaitingForControlPlane", "no KubeadmControlPlane was found");
  std::int64_t have = 0;
  std::int64_t want = 0;
  for (const kube::ObjectPtr& kcp : kcps) {
    want += (*kcp)["spec"]["replicas"].as_int(1);
    have += (*kcp)["status"]["readyReplicas"].as_int(0);
  }
  const std::string message = std::to_string(have) + "/" + std::to_string(want) + " control plane machines are ready";
  return have == want ? done("ControlPlaneReady", message, want) : waiting("WaitingForControlPlaneReplicas", message, have, want);
}

Readiness workers_replicas(std::span<const kube::ObjectPtr> machine_deployments, std::int64_t expected_pools) {
  std::int64_t have = 0;
  std::int64_t want = 0;
  std::string first;
  for (const kube::ObjectPtr& md : machine_deployments) {
    const std::int64_t desired = (*md)["spec"]["replicas"].as_int(1);
    const std::int64_t ready = (*md)["status"]["readyReplicas"].as_int(0);
    want += desired;
    have += std::min(ready, desired);
    if (ready != desired && first.empty()) first = kube::describe(*md) + " has " + std::to_string(ready) + " of " + std::to_string(desired) + " workers ready";
  }
  if (std::cmp_less(machine_deployments.size(), expected_pools))
    return waiting("WaitingForWorkers", std::to_string(machine_deployments.size()) + " of " + std::to_string(expected_pools) + " worker pools exist", have,
                   std::max<std::int64_t>(want, 1));
  if (!first.empty()) return waiting("WaitingForWorkers", std::move(first), have, want);
  return done("WorkersReady", std::to_string(have) + "/" + std::to_string(want) + " workers are ready", want);
}

Readiness machines_have_nodes(std::span<const kube::ObjectPtr> machines, std::int64_t expected) {
  std::int64_t have = 0;
  std::string first;
  for (const kube::ObjectPtr& machine : machines) {
    if ((*machine)["status"]["nodeRef"].is_object()) {
      ++have;
    } else if (first.empty()) {
      first = kube::describe(*machine) + " is still being provisioned (phase " + (*machine)["status"]["phase"].str("unknown") + ")";
    }
  }
  bool failed = false;
  if (have < expected || !first.empty()) {
    const std::string fallback = first.empty() ? std::to_string(machines.size()) + " of " + std::to_string(expected) + " machines exist" : first;
    Readiness r = waiting("WaitingForNodes", deepest(machines, fallback, failed), have, std::max(expected, static_cast<std::int64_t>(machines.size())));
    r.failed = failed;
    if (failed) r.reason = "MachineFailed";
    return r;
  }
  return done("NodesReady", std::to_string(have) + " machines have nodes", have);
}

Readiness deployment_available(const kube::ObjectPtr& deployment, const kube::ObjectKey& key) {
  if (!deployment) return waiting("DeploymentMissing", "Deployment " + key.to_string() + " does not exist yet");
  const kube::Object& d = *deployment;
  if (d["status"]["observedGeneration"].as_int(-1) < kube::generation_of(d))
    return waiting("DeploymentProgressing", kube::describe(d) + ": its controller has not seen the latest change yet");
  if (kube::condition_true(d, "Available")) return done("DeploymentAvailable", kube::describe(d) + " is available");
  Readiness r = waiting("DeploymentUnavailable", kube::describe(d) + ": no replica is available yet");
  for (const std::string_view type : {"ReplicaFailure", "Progressing", "Available"}) {
    const json::Value& condition = kube::condition(d, type);
    const bool bad = type == "ReplicaFailure" ? condition["status"].as_string() == "True" : condition["status"].as_string() == "False";
    if (!bad) continue;
    r.message = shorten(kube::describe(d) + ": " + condition_sentence(condition), kMessageLimit);
    break;
  }
  return r;
}

}  // namespace slipway::topology
