// clusterctl's inventory, as clusterctl.md 1.2 describes it: clusterctl reads what we write.
#include "pkg/providers/providers.h"

namespace slipway::providers {

using json::Array;
using json::Object;
using json::Value;

kube::Object inventory_object(const Components& components) {
  kube::Object object = kube::make_object("clusterctl.cluster.x-k8s.io/v1alpha3", "Provider", {components.ns, components.manifest_label()});
  object.ref({"metadata", "labels"}) = Object{
      {"clusterctl.cluster.x-k8s.io", ""}, {"cluster.x-k8s.io/provider", components.manifest_label()}, {"clusterctl.cluster.x-k8s.io/core", "inventory"}};
  object.set("providerName", components.name);
  object.set("type", components.type);
  object.set("version", components.version);
  return object;
}

kube::Object inventory_crd() {
  kube::Object crd = kube::make_object("apiextensions.k8s.io/v1", "CustomResourceDefinition", {"", "providers.clusterctl.cluster.x-k8s.io"});
  crd.ref({"metadata", "labels"}) = Object{{"clusterctl.cluster.x-k8s.io", ""}, {"clusterctl.cluster.x-k8s.io/core", "inventory"}};
  Value& spec = crd.ref("spec");
  spec.set("group", "clusterctl.cluster.x-k8s.io");
  spec.set("scope", "Namespaced");
  Value categories{Array()};
  categories.push_back("cluster-api");
  spec.set(
      "names",
      Object{{"kind", "Provider"}, {"listKind", "ProviderList"}, {"plural", "providers"}, {"singular", "provider"}, {"categories", std::move(categories)}});
  Value version = Object{{"name", "v1alpha3"}, {"served", true}, {"storage", true}};
  Value& columns = version.ref("additionalPrinterColumns");
  columns.push_back(Object{{"jsonPath", ".metadata.creationTimestamp"}, {"name", "Age"}, {"type", "date"}});
  columns.push_back(Object{{"jsonPath", ".type"}, {"name", "Type"}, {"type", "string"}});
  columns.push_back(Object{{"jsonPath", ".providerName"}, {"name", "Provider"}, {"type", "string"}});
  columns.push_back(Object{{"jsonPath", ".version"}, {"name", "Version"}, {"type", "string"}});
  Value& schema = version.ref({"schema", "openAPIV3Schema"});
  schema.set("type", "object");
  schema.set("description", "An entry of the provider inventory.");
  for (const std::string_view field : {"apiVersion", "kind", "providerName", "type", "version", "watchedNamespace"})
    schema.ref({"properties", field, "type"}) = "string";
  schema.ref({"properties", "metadata", "type"}) = "object";
  version.set("subresources", Object());
  spec.ref("versions").push_back(std::move(version));
  return crd;
}

std::vector<kube::Object> cert_manager_probe() {
  constexpr const char* kNamespace = "slipway-cert-manager-test";
  std::vector<kube::Object> out;
  out.push_back(kube::make_object("v1", "Namespace", {"", kNamespace}));
  kube::Object issuer = kube::make_object("cert-manager.io/v1", "Issuer", {kNamespace, "test-selfsigned"});
  issuer.ref({"spec", "selfSigned"}) = Object();
  out.push_back(std::move(issuer));
  kube::Object certificate = kube::make_object("cert-manager.io/v1", "Certificate", {kNamespace, "selfsigned-cert"});
  certificate.ref({"spec", "dnsNames"}).push_back("example.com");
  certificate.ref({"spec", "secretName"}) = "selfsigned-cert-tls";
  certificate.ref({"spec", "issuerRef", "name"}) = "test-selfsigned";
  out.push_back(std::move(certificate));
  return out;
}

}  // namespace slipway::providers
