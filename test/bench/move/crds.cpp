#include "test/bench/move/crds.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "pkg/base/strings.h"
#include "pkg/yaml/yaml.h"
#include "test/bench/runtime/common/flags.h"

namespace slipway::bench {
namespace {

const std::string kLabel = "clusterctl.cluster.x-k8s.io";

struct Shape {
  std::string group, version, kind, plural;
  bool namespaced = true;
  bool hierarchy = false;
};

std::vector<Shape> shapes() {
  const std::string infra = "infrastructure.cluster.x-k8s.io", ipam = "ipam.cluster.x-k8s.io";
  return {{infra, "v1beta1", "VSphereCluster", "vsphereclusters"},
          {infra, "v1beta1", "VSphereClusterTemplate", "vsphereclustertemplates"},
          {infra, "v1beta1", "VSphereMachine", "vspheremachines"},
          {infra, "v1beta1", "VSphereMachineTemplate", "vspheremachinetemplates"},
          {infra, "v1beta1", "VSphereVM", "vspherevms"},
          {infra, "v1beta1", "VSphereClusterIdentity", "vsphereclusteridentities", false, true},
          {infra, "v1beta1", "VSphereFailureDomain", "vspherefailuredomains", false},
          {infra, "v1beta1", "VSphereDeploymentZone", "vspheredeploymentzones", false},
          {ipam, "v1alpha1", "InClusterIPPool", "inclusterippools", true, true},
          {kLabel, "v1alpha3", "Provider", "providers"}};
}

kube::Object crd_of(const Shape& shape) {
  kube::Object crd = kube::make_object("apiextensions.k8s.io/v1", "CustomResourceDefinition", {"", shape.plural + "." + shape.group});
  json::Value& labels = crd.ref({"metadata", "labels"});
  labels.set(kLabel, "");
  if (shape.hierarchy) labels.set(kLabel + "/move-hierarchy", "");
  json::Value& spec = crd.ref("spec");
  spec.set("group", shape.group);
  spec.set("scope", shape.namespaced ? "Namespaced" : "Cluster");
  spec.set("names", json::Object{{"kind", shape.kind}, {"listKind", shape.kind + "List"}, {"plural", shape.plural}, {"singular", to_lower(shape.kind)}});
  json::Value version = json::Object{{"name", shape.version}, {"served", true}, {"storage", true}};
  if (shape.kind != "Provider") version.ref({"subresources", "status"}) = json::Object();
  version.ref({"schema", "openAPIV3Schema"}) = json::Object{{"type", "object"}, {"x-kubernetes-preserve-unknown-fields", true}};
  spec.ref("versions").push_back(std::move(version));
  return crd;
}

void label(kube::Object& crd) {
  crd.ref({"metadata", "labels"}).set(kLabel, "");
  crd.ref({"spec", "conversion"}) = json::Object{{"strategy", "None"}};
}

}  // namespace

std::string read_text(const std::string& path) {
  std::ifstream in(path);
  if (!in) die("cannot read " + path);
  return (std::ostringstream() << in.rdbuf()).str();
}

std::vector<kube::Object> read_documents(const std::string& text, const std::string& source) {
  auto documents = yaml::parse_all(text, source, {.max_bytes = 64UL << 20U, .max_nodes = 4'000'000, .max_depth = 100});
  if (!documents) die(documents.error().message());
  return std::move(*documents);
}

std::vector<kube::Object> all_crds(const std::string& repository) {
  std::vector<kube::Object> crds;
  for (const std::string file : {"cluster-api/v1.14.0/core-components.yaml", "bootstrap-kubeadm/v1.14.0/bootstrap-components.yaml",
                                 "control-plane-kubeadm/v1.14.0/control-plane-components.yaml", "cert-manager/v1.21.1/cert-manager.yaml"}) {
    for (auto& document : read_documents(read_text(repository + "/" + file), file)) {
      if (kube::kind_of(document) != "CustomResourceDefinition") continue;
      label(document);
      crds.push_back(std::move(document));
    }
  }
  for (const auto& shape : shapes()) crds.push_back(crd_of(shape));
  return crds;
}

}  // namespace slipway::bench
