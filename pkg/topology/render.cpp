#include "api/v1alpha1/codec.h"
#include "pkg/topology/topology.h"

namespace slipway::topology {
namespace {

using json::Array;
using json::Object;
using json::Value;

Value strings(const std::vector<std::string>& items) {
  Value out{Array()};
  for (const std::string& item : items) out.push_back(item);
  return out;
}

// Tanzu's annotation is JSON inside a string (tanzu.md 0.5).
std::string operation_info(const std::string& start) {
  return json::dump(Object{{"Operation", "Create"}, {"OperationStartTimestamp", start}, {"OperationTimeout", 1800}});
}

Value topology_variables(const ClusterRequest& request) {
  Value variables{Array()};
  const auto add = [&](std::string_view name, Value value) { variables.push_back(Object{{"name", name}, {"value", std::move(value)}}); };
  if (const auto& endpoint = request.cluster.controlPlane.endpoint) {
    add("apiServerEndpoint", endpoint->host);
    add("apiServerPort", endpoint->port);
  }
  add("cni", request.cluster.network.cni);
  if (request.cluster.variables)
    for (const json::Member& member : request.cluster.variables->object()) add(member.key, member.value);
  return variables;
}

Value worker_pools(const ClusterRequest& request) {
  Value pools{Array()};
  for (const api::WorkerPool& pool : request.cluster.workers) {
    Value entry = Object{{"class", pool.class_}, {"name", pool.name}};
    if (pool.autoscaler) {
      // The autoscaler owns the count: topology leaves it out, and the bounds go where cluster-autoscaler reads them.
      entry.ref({"metadata", "annotations", "cluster.x-k8s.io/cluster-api-autoscaler-node-group-min-size"}) = std::to_string(pool.autoscaler->min);
      entry.ref({"metadata", "annotations", "cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size"}) = std::to_string(pool.autoscaler->max);
    } else {
      entry.set("replicas", api::worker_replicas(request.plan, pool));
    }
    pools.push_back(std::move(entry));
  }
  return pools;
}

}  // namespace

kube::Object render_cluster(const ClusterRequest& request) {
  kube::Object cluster = kube::make_object("cluster.x-k8s.io/v1beta1", "Cluster", request.key);
  cluster.ref({"metadata", "labels", "tkg.tanzu.vmware.com/cluster-name"}) = request.key.name;
  if (request.management) cluster.ref({"metadata", "labels", "cluster-role.tkg.tanzu.vmware.com/management"}) = "";
  if (!request.release.empty()) cluster.ref({"metadata", "labels", "run.tanzu.vmware.com/tkr"}) = request.release;
  Value& annotations = cluster.ref({"metadata", "annotations"});
  annotations.set("tkg/plan", request.plan);
  annotations.set("run.tanzu.vmware.com/resolve-tkr", "");
  if (!request.operation_start.empty()) annotations.set("TKGOperationInfo", operation_info(request.operation_start));
  if (request.infrastructure.provider == "vsphere" && request.cluster.controlPlane.endpoint)
    annotations.set("tkg.tanzu.vmware.com/cluster-controlplane-endpoint", request.cluster.controlPlane.endpoint->host);

  Value& network = cluster.ref({"spec", "clusterNetwork"});
  network.ref({"pods", "cidrBlocks"}) = strings(request.cluster.network.podCIDRs);
  network.ref({"services", "cidrBlocks"}) = strings(request.cluster.network.serviceCIDRs);

  Value& topology = cluster.ref({"spec", "topology"});
  topology.set("class", request.cluster.class_);
  topology.set("version", request.cluster.version);
  Value control_plane = Object{{"replicas", api::control_plane_replicas(request.plan, request.cluster)}};
  if (request.cluster.machineHealthCheck) control_plane.set("machineHealthCheck", *request.cluster.machineHealthCheck);
  topology.set("controlPlane", std::move(control_plane));
  topology.ref({"workers", "machineDeployments"}) = worker_pools(request);
  topology.set("variables", topology_variables(request));
  return cluster;
}

}  // namespace slipway::topology
