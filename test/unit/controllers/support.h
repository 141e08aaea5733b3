// Builders for the tests of the steps: a request, what was observed of it, and the objects that other controllers would have made.
#pragma once

#include <string>
#include <vector>

#include "controllers/managementcluster/observed.h"

namespace slipway::test {

using controllers::Object;
using controllers::ObjectKey;
using controllers::Role;

inline constexpr const char* kNs = "tkg-system";
inline constexpr const char* kName = "tkg-mgmt-vc";
inline constexpr const char* kRelease = "v1.24.9---vmware.1-tkg.1-rc.2";

inline Object condition(std::string_view type, std::string_view status, std::string_view reason = "", std::string_view message = "") {
  return json::Object{{"type", type}, {"status", status}, {"reason", reason}, {"message", message}};
}

inline Object with_conditions(Object object, std::vector<Object> conditions) {
  for (Object& c : conditions) object.ref({"status", "conditions"}).push_back(std::move(c));
  return object;
}

inline Object deployment(std::string_view ns, std::string_view name, bool available) {
  Object d = kube::make_object("apps/v1", "Deployment", {std::string(ns), std::string(name)});
  d.ref({"metadata", "generation"}) = 1;
  d.ref({"status", "observedGeneration"}) = 1;
  return with_conditions(std::move(d), {condition("Available", available ? "True" : "False")});
}

inline Object crd(std::string_view name) {
  return with_conditions(kube::make_object("apiextensions.k8s.io/v1", "CustomResourceDefinition", {"", std::string(name)}), {condition("Established", "True")});
}

inline Object secret(std::string_view ns, std::string_view name, std::string_view key = "value", std::string_view value = "eA==") {
  Object s = kube::make_object("v1", "Secret", {std::string(ns), std::string(name)});
  s.ref({"data", key}) = value;
  return s;
}

inline Object reconciled(Object object) {
  object.ref({"metadata", "generation"}) = 1;
  object.ref({"status", "observedGeneration"}) = 1;
  return with_conditions(std::move(object), {condition("ReconcileSucceeded", "True")});
}

// One control plane machine and `workers` workers, all there; what Cluster API would make of the Cluster `key`.
inline void add_machines(controllers::ClusterView& view, const ObjectKey& key, std::int64_t masters = 1, std::int64_t workers = 1) {
  const auto labelled = [&](Object object) {
    object.ref({"metadata", "labels", "cluster.x-k8s.io/cluster-name"}) = key.name;
    return object;
  };
  Object kcp = labelled(kube::make_object("controlplane.cluster.x-k8s.io/v1beta1", "KubeadmControlPlane", {key.ns, key.name}));
  kcp.ref({"spec", "replicas"}) = masters;
  kcp.ref({"spec", "version"}) = "v1.24.9+vmware.1";
  kcp.ref({"status", "readyReplicas"}) = masters;
  view.add(kube::res::kKubeadmControlPlanes, with_conditions(std::move(kcp), {condition("Available", "True"), condition("Ready", "True")}));
  Object md = labelled(kube::make_object("cluster.x-k8s.io/v1beta1", "MachineDeployment", {key.ns, key.name + "-md-0"}));
  md.ref({"spec", "replicas"}) = workers;
  md.ref({"status", "readyReplicas"}) = workers;
  view.add(kube::res::kMachineDeployments, std::move(md));
  for (std::int64_t i = 0; i < masters + workers; ++i) {
    Object machine = labelled(kube::make_object("cluster.x-k8s.io/v1beta1", "Machine", {key.ns, key.name + "-" + std::to_string(i)}));
    machine.ref({"status", "nodeRef", "name"}) = "node-" + std::to_string(i);
    view.add(kube::res::kMachines, std::move(machine));
  }
}

inline Object ready_cluster(Object cluster) {
  return with_conditions(std::move(cluster), {condition("ControlPlaneReady", "True"), condition("InfrastructureReady", "True"), condition("Ready", "True")});
}

inline const controllers::Apply* applies(const controllers::StepPlan& plan, std::string_view kind, std::string_view name = {}) {
  for (const controllers::Intent& intent : plan.intents)
    if (const auto* apply = std::get_if<controllers::Apply>(&intent))
      if (kube::kind_of(apply->object) == kind && (name.empty() || kube::name_of(apply->object) == name)) return apply;
  return nullptr;
}

template <class T>
const T* intent_of(const controllers::StepPlan& plan) {
  for (const controllers::Intent& intent : plan.intents)
    if (const auto* found = std::get_if<T>(&intent)) return found;
  return nullptr;
}

// A request like the demo's, with one small provider, and everything that it refers to.
struct Fixture {
  api::ManagementClusterRequest request;
  controllers::managementcluster::Observed observed;
  controllers::managementcluster::Env env{WallTime(std::chrono::seconds(1'767'225'600)), "v2.1.0", "tkg"};

  Fixture();
  [[nodiscard]] controllers::managementcluster::Input in() const { return {request, observed, env}; }
  void record(std::string_view custody);  // annotation of the request
  void bootstrap_ready();
  void target_ready();
  // What install() looks at, as if it had been applied and had come up.
  void installed(controllers::ClusterView& view);
  void moved();  // journal and annotation say so; the bootstrap cluster is gone
};

}  // namespace slipway::test
